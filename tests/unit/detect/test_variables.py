from __future__ import annotations

from collections.abc import Mapping

import pytest

from devenv.config import templates_folder
from devenv.detect.project import detect
from devenv.detect.projects import find_projects
from devenv.detect.service_kinds import load_kinds
from tests.unit.detect.trees import tree

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\nimport django\n'
KINDS = load_kinds(templates_folder())


def env_of(settings: str, **others: str) -> Mapping[str, str]:
    """The variables that are proposed for a project of these settings."""
    head = "import ast, json, os\n"
    files = tree(
        {"manage.py": MANAGE, "settings.py": head + settings, "requirements.txt": "Django==5.2", **others}
    )
    found = detect(files, find_projects(files)[0], KINDS, name="x", pythons=((3, 9), (3, 14)))
    return {name: said.value for name, said in found.proposal.env.items()}


@pytest.mark.parametrize(
    ("debug", "value"),
    [
        ('os.environ.get("DEBUG", "False") == "True"', "True"),
        ('os.environ.get("DEBUG", "").lower() in ("1", "true")', "True"),
        ('bool(int(os.environ.get("DEBUG", 0)))', "1"),
        ('int(os.environ.get("DEBUG", default=0))', "1"),
        ('os.environ.get("DEBUG") == "1"', "1"),
        ('os.getenv("DEBUG", "off") == "on"', "on"),
        ('os.getenv("DEBUG", "no") == "yes"', "yes"),
        ('json.loads(os.environ.get("DEBUG", "false"))', None),
    ],
)
def test_debug_is_switched_on_in_the_words_that_the_settings_take(debug: str, value: str | None) -> None:
    assert env_of(f"DEBUG = {debug}\n").get("DEBUG") == value


@pytest.mark.parametrize(
    ("hosts", "value"),
    [
        ('os.environ["ALLOWED_HOSTS"].split(",")', "*"),
        ('os.environ.get("ALLOWED_HOSTS", "").split()', "*"),
        ('json.loads(os.environ["ALLOWED_HOSTS"])', '["*"]'),
        ('ast.literal_eval(os.environ["ALLOWED_HOSTS"])', '["*"]'),
        ('os.environ.get("ALLOWED_HOSTS", "localhost").split(",")', None),
    ],
)
def test_hosts_are_given_in_the_form_that_the_settings_take(hosts: str, value: str | None) -> None:
    found = env_of(f"DEBUG = False\nALLOWED_HOSTS = {hosts}\n")
    assert found.get("ALLOWED_HOSTS") == value


def test_http_is_not_sent_to_https() -> None:
    settings = 'DEBUG = True\nSECURE_SSL_REDIRECT = os.environ.get("SSL_REDIRECT") != "False"\n'
    assert env_of(settings) == {"SSL_REDIRECT": "False"}


def test_a_branch_that_debug_opens_may_need_more() -> None:
    settings = 'DEBUG = os.getenv("DEBUG") == "1"\nif DEBUG:\n    TOKEN = os.environ["TOKEN"]\n'
    assert env_of(settings) == {"DEBUG": "1", "TOKEN": "development-only"}
