"""Failures of a start, as a newcomer meets them: each says its cause; the remedy works as it is printed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devenv.errors import BuildFailed, NotRunning, StartFailed
from tests.e2e.project import Project
from tests.e2e.scenario import Scenario

FILES = {
    "devenv.yaml": """name: NAME
python: "3.13"
app:
  settings: shop.settings
processes:
  web: {port: 8000}
  ticker: pythn -c "import time; time.sleep(999)"
jobs:
  migrate: python manage.py migrate --noinput
""",
    "requirements.txt": "django==5.2.19\nno-such-package-of-devenv==1\n",
    "manage.py": """import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
""",
    "shop/__init__.py": "",
    "shop/settings.py": """import os

SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = True
ROOT_URLCONF = "shop.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/tmp/db.sqlite3"}}
""",
    "shop/urls.py": """from django.http import JsonResponse
from django.urls import path

urlpatterns = [path("", lambda request: JsonResponse({}))]
""",
    "shop/wsgi.py": """from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
""",
}


def test_each_failure_of_a_first_start_says_its_cause_and_the_remedy_is_the_line_it_prints(
    scenario: Scenario, tmp_path: Path
) -> None:
    project = scenario.project("cards", tmp_path / "shop")
    for path, text in FILES.items():
        (project.root / path).parent.mkdir(parents=True, exist_ok=True)
        (project.root / path).write_text(
            text.replace("NAME", project.name) if path == "devenv.yaml" else text
        )

    with scenario.step("what was never started is not restarted in silence"):
        assert "there is no container" in project.devenv("restart", code=NotRunning.exit_code).stderr

    with scenario.step("a requirement that there is not"):
        card = failing(project, BuildFailed.exit_code)
        assert (card["kind"], card["cause"]) == (
            "unknown-requirement",
            "there is no package `no-such-package-of-devenv`",
        )
        (project.root / "requirements.txt").write_text("django==5.2.19\n")

    with scenario.step("a variable that the settings need: a warning first, then the job's card"):
        card = failing(project, StartFailed.exit_code)
        assert (card["kind"], card["evidence"]) == (
            "missing-variable",
            ['shop/settings.py:3  SECRET_KEY = os.environ["SECRET_KEY"]', "KeyError: 'SECRET_KEY'"],
        )
        apply(project, card["edit"])

    with scenario.step("an app of which the package is not installed"):
        settings = project.root / "shop/settings.py"
        right = settings.read_text()
        settings.write_text(right + "INSTALLED_APPS = ['rest_framework']\n")
        card = failing(project, StartFailed.exit_code)
        assert (card["kind"], card["cause"], card["next_step"]) == (
            "module-not-found",
            "the package djangorestframework is not installed: there is no module `rest_framework`",
            "add djangorestframework to requirements.txt, then `devenv up`",
        )
        settings.write_text(right)

    with scenario.step("a command that is misspelt, of a process that has no page to say it on"):
        card = failing(project, StartFailed.exit_code)
        assert (card["kind"], card["cause"]) == (
            "command-not-found",
            "there is no command `pythn` in the container; did you mean `python`?",
        )
        apply(project, card["edit"])

    with scenario.step("code that breaks while devenv watches"), project.background("up") as watch:
        watch.says("watching")
        urls = project.root / "shop/urls.py"
        urls.write_text(urls.read_text().replace("from django.http", "from django.htp"))
        watch.says("cause: ")
        assert "shop/urls.py:1  from django.htp import JsonResponse" in watch.said()


def failing(project: Project, code: int) -> Mapping[str, Any]:
    """The last card of an `up` that ends with a code."""
    said = project.devenv("up", "-d", "--format", "json", code=code).stdout
    events = [json.loads(line) for line in said.splitlines()]
    card: Mapping[str, Any] = [event["card"] for event in events if event.get("card")][-1]
    return card


def apply(project: Project, edit: Mapping[str, Any]) -> None:
    """Do to devenv.yaml what a card says."""
    file = project.root / "devenv.yaml"
    lines = file.read_text().splitlines()
    name, line = edit["place"].split(":")
    assert name == file.name
    start = int(line) - (not edit["follows"])
    lines[start : int(line)] = edit["lines"]
    file.write_text("\n".join(lines) + "\n")
