from __future__ import annotations

import pytest

from devenv.config import templates_folder
from devenv.detect.project import detect
from devenv.detect.projects import find_projects
from devenv.detect.service_kinds import load_kinds
from tests.unit.detect.trees import tree

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\nimport django\n'
KINDS = load_kinds(templates_folder())


def worker_of(command: str, package: str = "") -> str:
    """The worker of a project whose app is in queue_app.py, and whose compose file runs this."""
    files = tree(
        {
            "manage.py": MANAGE,
            "config/__init__.py": package,
            "config/settings.py": 'CELERY_BROKER_URL = "redis://redis/0"\n',
            "queue_app.py": 'from celery import Celery\napp = Celery("shop")\n',
            "requirements.txt": "Django==5.2\ncelery==5.5.3\n",
            "compose.yaml": f"services:\n  worker:\n    build: .\n    command: {command}\n",
        }
    )
    found = detect(files, find_projects(files)[0], KINDS, name="x", pythons=((3, 14),))
    return found.proposal.processes["worker"].value


@pytest.mark.parametrize("option", ["-A config", "--app=config"])
def test_a_worker_of_a_module_without_an_app_is_given_the_one_that_has_it(option: str) -> None:
    assert worker_of(f"celery {option} worker -l info") == f"celery {option[:-6]}queue_app worker -l info"


@pytest.mark.parametrize("named", ["queue_app", "elsewhere", "config"])
def test_a_module_that_may_have_an_app_stays(named: str) -> None:
    said = worker_of(f"celery -A {named} worker", "from queue_app import app as celery\n")
    assert said == f"celery -A {named} worker"


def test_a_worker_changes_no_user() -> None:
    assert worker_of("celery -A queue_app worker --uid=nobody --gid nogroup -l info") == (
        "celery -A queue_app worker -l info"
    )


def test_each_queue_has_its_worker() -> None:
    apps = ["django_q", "django_rq", "huey.contrib.djhuey", "django_tasks_db"]
    files = tree(
        {
            "manage.py": MANAGE,
            "config/__init__.py": "",
            "config/settings.py": f"INSTALLED_APPS = {apps}\nCELERY_BROKER_URL = 'redis://redis/0'\n",
            "config/celery.py": 'from celery import Celery\napp = Celery("shop")\n',
            "requirements.txt": "Django==5.2\ncelery==5.5.3\n",
        }
    )
    found = detect(files, find_projects(files)[0], KINDS, name="x", pythons=((3, 14),))
    commands = {name: each.value for name, each in found.proposal.processes.items() if name != "web"}
    assert commands == {
        "worker": "celery -A config worker --loglevel info",
        "qcluster": "python manage.py qcluster",
        "rq": "python manage.py rqworker",
        "huey": "python manage.py run_huey",
        "tasks": "python manage.py db_worker",
    }


def test_a_worker_from_the_webs_own_released_image_has_no_variables_that_both_have() -> None:
    """The image is built elsewhere: that a service serves is seen by its command."""
    files = tree(
        {
            "manage.py": MANAGE,
            "config/settings.py": (
                "import os\nCELERY_BROKER_URL = 'redis://redis/0'\n"
                "LANGUAGE_CODE, SITE, QUEUE = map(os.environ.get, ('LANGUAGE', 'SITE', 'QUEUE'))\n"
            ),
            "config/celery.py": 'from celery import Celery\napp = Celery("shop")\n',
            "requirements.txt": "Django==5.2\ncelery==5.5.3\n",
            ".env.sample": "LANGUAGE=hu\nSITE=shop.example.com\n",
            "compose.yaml": (
                "services:\n"
                "  server: {image: company/shop, command: gunicorn config.wsgi, env_file: .env}\n"
                "  worker:\n    image: company/shop\n    command: celery -A config worker\n"
                "    env_file: .env\n    environment: [QUEUE=slow]\n"
            ),
        }
    )
    found = detect(files, find_projects(files)[0], KINDS, name="x", pythons=((3, 14),))
    worker = found.proposal.processes["worker"]
    assert {name: said.value for name, said in worker.env.items()} == {"QUEUE": "slow"}


def test_a_development_module_is_taken_in_place_of_the_one_for_production() -> None:
    files = tree(
        {
            "manage.py": MANAGE.replace("config.settings", "config.settings.production"),
            "config/settings/base.py": "INSTALLED_APPS = []\n",
            "config/settings/debug.py": "from config.settings.base import *\nDEBUG = True\n",
            "config/settings/production.py": "from config.settings.base import *\n",
            "requirements.txt": "Django==5.2\n",
        }
    )
    found = detect(files, find_projects(files)[0], KINDS, name="x", pythons=((3, 14),))
    assert found.proposal.settings is not None
    assert found.proposal.settings.value == "config.settings.debug"
