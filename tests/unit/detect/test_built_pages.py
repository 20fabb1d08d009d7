from __future__ import annotations

from devenv.detect.built_pages import about_pages, built_pages
from devenv.detect.evaluate import Interpreter
from devenv.detect.finding import Place
from tests.unit.detect.trees import tree

SETTINGS = """from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent
TEMPLATES = [{"BACKEND": "django", "DIRS": [BASE_DIR / "templates", BASE_DIR / "front" / "build"]}]
"""
FILES = {
    "settings.py": SETTINGS,
    ".gitignore": "build\n",
    "front/package.json": '{"scripts": {"build": "react-scripts build"}}',
}


def pages(path: str = ".", **others: str) -> tuple[dict[str, str], list[str]]:
    files = tree(FILES | {name.replace("__", "/"): text for name, text in others.items()})
    settings = Interpreter.of(files, (".",), {}).module("settings")
    assert settings is not None
    found = built_pages(settings, files, path)
    return found, [f"{each.value}: {each.why} ({each.evidence[0]})" for each in about_pages(found, settings)]


def test_a_folder_that_a_build_makes_and_git_leaves_out_has_to_be_built() -> None:
    said = (
        "front/build, where TEMPLATES looks, is not built: `cd front && npm install && npm run build` "
        f"on this machine makes it; sync.ignore lets it come along ({Place('settings.py', 3)})"
    )
    assert pages() == ({"front/build": "front/package.json"}, [said])


def test_a_build_that_is_committed_is_there() -> None:
    assert pages(front__build__index="<html>") == ({}, [])


def test_what_is_outside_of_the_apps_folder_does_not_come_along() -> None:
    assert pages("backend") == ({}, [])
