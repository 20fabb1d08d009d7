from __future__ import annotations

import pytest

from devenv.cli.init import findings_text
from devenv.config import templates_folder
from devenv.detect.project import detect
from devenv.detect.projects import find_projects
from devenv.detect.service_kinds import load_kinds
from tests.unit.detect.trees import tree

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\nimport django\n'
KINDS = load_kinds(templates_folder())
WSGI = 'import os\n\nos.environ["DJANGO_SETTINGS_MODULE"] = "{name}.settings"\napplication = None\n'


def told(**files: str) -> list[str]:
    paths = {name.replace("__", "/") + ".py": text for name, text in files.items()}
    found = tree({"manage.py": MANAGE, "requirements.txt": "Django==5.2\n", "shop/__init__.py": "", **paths})
    remarks = detect(found, find_projects(found)[0], KINDS, name="x", pythons=((3, 13),)).proposal.remarks
    return [findings_text([each]) for each in remarks]


@pytest.mark.parametrize("name", ["{{project_name}}", "{{ project_name }}", "{{ cookiecutter.slug }}"])
def test_a_template_of_a_project_is_told_with_the_line_that_shows_it(name: str) -> None:
    assert told(shop__settings="DATABASES = {}\n", shop__wsgi=WSGI.replace("{name}", name)) == [
        f"open  {name} is not filled in: make a project of this template first, as its README says "
        "(shop/wsgi.py:3)"
    ]


def test_braces_in_a_template_or_a_docstring_are_none() -> None:
    assert told(shop__settings='DATABASES = {}\nMAIL = "{{ name }}"\n"""Of {{ project_name }}"""\n') == []


def test_another_database_is_told_with_its_line() -> None:
    engine = '"django.db.backends.postgresql"'
    settings = f'DATABASES = {{"default": {{"ENGINE": {engine}}}, "logs": {{"ENGINE": {engine}}}}}\n'
    assert told(shop__settings=settings) == [
        "open  DATABASES has others beside default: logs: devenv.yaml has no server for them "
        "(shop/settings.py:1)"
    ]


MAIL = (
    "import os\nDATABASES = {}\nEMAIL_HOST = os.environ['EMAIL_HOST']\nEMAIL_PORT = os.environ['MAIL_PORT']\n"
)
CONSOLE = "EMAIL_BACKEND = 'django.core.mail.backends.console.EmailBackend'\n"
SMTP = "EMAIL_BACKEND = 'django.core.mail.backends.smtp.EmailBackend'\n"


@pytest.mark.parametrize("settings", [MAIL, MAIL + SMTP])
def test_mail_that_no_server_takes_is_told_with_what_would_take_it(settings: str) -> None:
    assert told(shop__settings=settings) == [
        "open  mail goes to localhost, where no server is, likely: "
        "without EMAIL_HOST and MAIL_PORT in app.env, "
        "`mail: mailpit` under services takes it (shop/settings.py:3)"
    ]


@pytest.mark.parametrize(
    "settings",
    [MAIL + CONSOLE, f"{MAIL}EMAIL_BACKEND = environ['EMAIL_BACKEND']\n", "DATABASES = {}\n"],
)
def test_mail_that_goes_to_the_log_is_not_told_of(settings: str) -> None:
    assert told(shop__settings=settings) == []
