"""Where Django projects are found, those without a manage.py too."""

from __future__ import annotations

import pytest

from devenv.detect.finding import Place
from devenv.detect.projects import Project, find_projects
from tests.unit.detect.trees import tree

SETTINGS = "INSTALLED_APPS = []\n"
PYTEST = "[tool:pytest]\nDJANGO_SETTINGS_MODULE = tests.settings\n"
NAMED = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("src/shop/wsgi.py", f"import os\n{NAMED}", 2),
        ("src/shop/__main__.py", f"import os\n{NAMED}execute_from_command_line()\n", 2),
        ("bin/shop.py", f"{NAMED}execute_from_command_line()\n", 1),
        ("pyproject.toml", '[tool.pytest.ini_options]\nDJANGO_SETTINGS_MODULE = "shop.settings"\n', 2),
        ("setup.cfg", "[tool:pytest]\nDJANGO_SETTINGS_MODULE = shop.settings\n", 2),
        ("Dockerfile", "FROM python:3.13\nENV DJANGO_SETTINGS_MODULE=shop.settings\n", 2),
        ("Dockerfile", "FROM python:3.13\nENV DJANGO_SETTINGS_MODULE shop.settings\n", 2),
        ("Procfile", "web: DJANGO_SETTINGS_MODULE=shop.settings gunicorn shop\n", 1),
        (
            "compose.yaml",
            "services:\n  web:\n    environment:\n      DJANGO_SETTINGS_MODULE: shop.settings\n",
            4,
        ),
    ],
)
def test_without_a_manage_py_whatever_names_settings_shows_the_project(
    path: str, text: str, line: int
) -> None:
    files = tree({"src/shop/__init__.py": "", "src/shop/settings.py": SETTINGS, path: text})
    assert find_projects(files) == (Project("src", path, named=("shop.settings", Place(path, line))),)


def test_a_project_without_a_manage_py_is_run_by_django_itself() -> None:
    files = tree({"shop/settings.py": SETTINGS, "shop/wsgi.py": NAMED})
    assert [(each.folder, each.command) for each in find_projects(files)] == [(".", "python -m django")]


@pytest.mark.parametrize(
    "files",
    [
        {
            "lib/__init__.py": "",
            "tests/settings.py": SETTINGS,
            "setup.cfg": "[tool:pytest]\nDJANGO_SETTINGS_MODULE = tests.settings\n",
        },
        {"wsgi.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gone.settings")\n'},
        {"app.py": "from flask import Flask\n", "wsgi.py": "from app import application\n"},
    ],
    ids=["library", "settings that are not there", "no Django"],
)
def test_what_only_tests_name_or_nobody_has_is_no_project(files: dict[str, str]) -> None:
    assert find_projects(tree(files)) == ()
