from __future__ import annotations

from devenv.detect.finding import Place
from devenv.detect.projects import find_projects
from devenv.detect.settings import choose_settings
from tests.unit.detect.trees import tree

MANAGE = """import os, sys
from decouple import config
if __name__ == "__main__":
    if sys.argv[1] == "test":
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.test")
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
"""
FILES = {
    "manage.py": MANAGE,
    "shop/__init__.py": "",
    "shop/settings/__init__.py": "",
    "shop/settings/base.py": "INSTALLED_APPS = []\n",
    "shop/settings/test.py": "from .base import *\n",
    "shop/settings/local.py.example": "from .base import *\n",
    ".env.example": "DJANGO_SETTINGS_MODULE=shop.settings.local\n",
}


def chosen(**others: str) -> tuple[str, tuple[Place, ...]]:
    files = tree({**FILES, **{name.replace("__", "/") + ".py": text for name, text in others.items()}})
    found = choose_settings(files, find_projects(files)[0], {})
    assert found is not None
    return found.value, found.evidence


def test_settings_that_each_developer_copies_go_before_those_for_tests() -> None:
    assert chosen() == ("shop.settings.local", (Place(".env.example"),))


def test_settings_for_development_that_are_there_go_before_those_that_are_copied() -> None:
    wsgi = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings.dev")\n'
    dev = "from .base import *\n"
    assert chosen(shop__wsgi=wsgi, shop__settings__dev=dev)[0] == "shop.settings.dev"


def test_an_example_of_an_env_file_that_names_settings_for_a_server_changes_nothing() -> None:
    files = tree(
        FILES
        | {
            "manage.py": MANAGE.replace("settings.test", "settings.base"),
            ".env.example": "DJANGO_SETTINGS_MODULE=shop.settings.production\n",
            "shop/settings/production.py": "from .base import *\n",
        }
    )
    found = choose_settings(files, find_projects(files)[0], {})
    assert found is not None
    assert found.value == "shop.settings.base"
