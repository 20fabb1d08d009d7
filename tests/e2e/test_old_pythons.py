"""Django 1.5 on Python 2.7 and Django 2.1 on 3.7, up at once next to a project of today."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e import checks
from tests.e2e.bookstore import NOT_COPIED, replaced
from tests.e2e.conftest import Shop
from tests.e2e.project import Engine, Project
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually

LEGACY = Path(__file__).parent / "legacy"
IMAGES = ("python:2.7-slim", "python:3.7-slim")
COLD = "Python {} is too old to keep checkpoints"
# What the agent's own Python needs is no variable of the app's.
VERSION = "import os, sys; print('%d.%d %s' % (sys.version_info[:2] + (os.environ.get('LD_LIBRARY_PATH'),)))"


@pytest.fixture
def _old_images() -> None:
    """The lab has them where the machine has their interpreters."""
    for image in IMAGES:
        if Engine().code("image", "inspect", image) and Engine().code("pull", "--quiet", image):
            pytest.skip(f"{image} is neither here nor to be pulled")


@pytest.mark.usefixtures("_old_images")
def test_old_pythons_are_up_next_to_a_new_one(scenario: Scenario, shop: Shop) -> None:
    django15, django21 = legacy(scenario, "django15"), legacy(scenario, "django21")
    both = (django15, django21)

    with scenario.step("both come up, and each job made the tables"):
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda project: project.devenv("up", "-d"), both))
        assert [about(project) for project in both] == [
            {"django": "1.5.12", "greeting": "hello", "python": "2.7", "questions": 0},
            {"django": "2.1.15", "greeting": "hello", "python": "3.7", "questions": 0},
        ]
        assert len(checks.titles(shop.project)) == 12

    with scenario.step("static files are served as by any development server"):
        sheets = [checks.ask(project, "/static/polls.css").text for project in both]
        assert sheets == ["body { color: teal }\n"] * 2

    with scenario.step("commands run on the app's own Python"):
        said = [project.devenv("run", "-T", "web", "python", "-c", VERSION).stdout for project in both]
        assert said == ["2.7 None\n", "3.7 None\n"]
        assert "0 errors found" in django15.devenv("manage", "validate").stdout
        assert "no issues" in django21.devenv("manage", "check").stdout

    with scenario.step("status and log say that reloads are cold"):
        assert f"reloads     are cold: {COLD.format('2.7')}\n" in django15.devenv("status").stdout
        assert (
            django21.devenv("logs", "web").stdout.count(f"web: reloads are cold: {COLD.format('3.7')}") == 1
        )

    with django15.watching() as first, django21.watching() as second:
        with scenario.step("so does the watch view; a saved view is served"):
            for project, watch in zip(both, (first, second), strict=True):
                assert watch.said().count("reloads are cold: ") == 1
                save(project, "polls/views.py", '"hello"', '"bonjour"')
                watch.says(": served after")
                assert about(project)["greeting"] == "bonjour"

        with scenario.step("code that does not start is shown until it is repaired"):
            save(django15, "polls/models.py", "from django.db", "from django.nowhere")
            first.says("web: does not start: polls/models.py")
            broken = checks.ask(django15, "/")
            assert (broken.status, "nowhere" in broken.json()["detail"]) == (500, True)
            save(django15, "polls/models.py", "from django.nowhere", "from django.db")
            eventually(lambda: checks.ask(django15, "/").status == 200)


def legacy(scenario: Scenario, name: str) -> Project:
    """A copy of a project in `legacy/`; nothing is brought up yet."""
    root = scenario.folder / name
    shutil.copytree(LEGACY / name, root, ignore=NOT_COPIED)
    project = scenario.project(name, root)
    save(project, "devenv.yaml", "name: polls", f"name: {project.name}")
    return project


def save(project: Project, path: str, old: str, new: str) -> None:
    file = project.root / path
    file.write_text(replaced(file.read_text(encoding="utf-8"), old, new), encoding="utf-8")


def about(project: Project) -> dict[str, object]:
    """What the project says of itself, its Python without the patch level."""
    answer: dict[str, object] = checks.ask(project, "/").json()
    return {**answer, "python": str(answer["python"]).rpartition(".")[0]}
