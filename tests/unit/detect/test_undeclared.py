from __future__ import annotations

import pytest

from devenv.cli.init import findings_text
from devenv.config import templates_folder
from devenv.detect.project import Detected, detect
from devenv.detect.projects import find_projects
from devenv.detect.render import render_yaml
from devenv.detect.service_kinds import load_kinds
from tests.unit.detect.trees import tree

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\nimport django\n'
KINDS = load_kinds(templates_folder())
SILK = 'INSTALLED_APPS = ["silk", "django.contrib.auth"]\n'


def detected(settings: str, requirements: str) -> Detected:
    files = tree({"manage.py": MANAGE, "settings.py": settings, "requirements.txt": requirements})
    return detect(files, find_projects(files)[0], KINDS, name="x", pythons=((3, 9), (3, 14)))


def told(settings: str, requirements: str) -> list[str]:
    remarks = detected(settings, requirements).proposal.remarks
    return [findings_text([each]) for each in remarks if "does not list" in each.value]


def installed(settings: str, requirements: str) -> list[str]:
    """The lines of the file that is installed beside the project's own."""
    text = detected(settings, requirements).proposal.files.get("requirements.devenv.txt", "")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_what_a_list_of_direct_packages_lacks_is_installed_beside_it() -> None:
    assert told(SILK, "Django==5.2  # https://djangoproject.com\n") == []
    assert installed(SILK, "Django==5.2  # https://djangoproject.com\n") == ["django-silk"]


def test_what_a_package_at_an_address_may_bring_is_told_and_not_installed() -> None:
    requirements = "Django==5.2\ngit+https://example.org/silk.git\n"
    assert installed(SILK, requirements) == []
    assert told(SILK, requirements) == [
        "open  requirements.txt does not list django-silk, guess: the settings need its silk: "
        "add `django-silk`, unless another package brings it (settings.py:1)"
    ]
    assert "django-silk" not in render_yaml(detected(SILK, requirements).proposal)


def test_a_fork_may_bring_what_is_not_listed() -> None:
    settings = 'INSTALLED_APPS = ["rest_framework_jwt"]\n'
    assert installed(settings, "Django==2.2\ndjangorestframework\ndrf-jwt==1.19\n") == []
    assert installed(settings, "Django==2.2\ndjangorestframework\n") == ["djangorestframework-jwt"]


def test_what_a_list_of_all_that_is_installed_lacks_is_installed_beside_it() -> None:
    frozen = "asgiref==3.8.1\nDjango==5.2\nsqlparse==0.5.3\n"
    assert told(SILK, frozen) == []
    assert installed(SILK, frozen) == ["django-silk"]
    assert "dependencies: [requirements.txt, requirements.devenv.txt]" in render_yaml(
        detected(SILK, frozen).proposal
    )


def test_what_others_often_bring_is_missed_in_a_frozen_list_alone() -> None:
    settings = 'INSTALLED_APPS = ["rest_framework"]\n'
    assert told(settings, "Django==5.2\ndrf-yasg\n") == []
    assert installed(settings, "Django==5.2\ndrf-yasg\n") == []
    assert installed(settings, "Django==5.2\nsqlparse==0.5.3\n") == ["djangorestframework"]


def test_a_package_that_has_another_module_for_certain_is_not_taken_for_one_that_may_bring_it() -> None:
    settings = 'INSTALLED_APPS = ["rest_framework", "rest_framework_simplejwt"]\n'
    frozen = "Django==5.2\ndjangorestframework==3.15.2\nsqlparse==0.5.3\n"
    assert installed(settings, frozen) == ["djangorestframework-simplejwt"]
    cors = 'INSTALLED_APPS = ["corsheaders"]\n'
    assert installed(cors, "Django==1.10\ndjango-cors-middleware==1.3.1\nsqlparse==0.3.0\n") == []


def test_a_module_whose_package_is_not_known_is_not_told() -> None:
    settings = 'from kombu import Queue\nINSTALLED_APPS = ["dal", "task_processor"]\n'
    assert told(settings, "Django==5.2\nsqlparse==0.5.3\n") == []


def test_what_a_package_of_a_like_name_may_bring_is_not_told() -> None:
    settings = 'import yaml\nINSTALLED_APPS = ["strawberry_django", "bootstrap4form"]\n'
    requirements = "Django==5.2\nPyYAML==6.0\nstrawberry-graphql-django\ndjango-bootstrap4-form\n"
    assert told(settings, requirements) == []


def test_what_newer_versions_no_longer_have_holds_them_back() -> None:
    named = '{"DEFAULT_SCHEMA_CLASS": "rest_framework.schemas.coreapi.AutoSchema"}'
    settings = f'INSTALLED_APPS = ["rest_framework"]\nREST_FRAMEWORK = {named}\n'
    assert installed(settings, "Django==5.2\ndjangorestframework>=3.14\n") == ["djangorestframework<3.17"]
    assert installed(settings, "Django==5.2\ndjangorestframework==3.15.2\n") == []
    assert installed('REST_FRAMEWORK = {"PAGE_SIZE": 10}\n', "Django==5.2\ndjangorestframework\n") == []
    cache = 'CACHES = {"default": {"OPTIONS": {"PARSER_CLASS": "redis.connection.HiredisParser"}}}\n'
    assert installed(cache, "Django==5.2\nredis>=4.6\n") == ["redis<5"]
    assert installed(cache, "Django==5.2\nredis>=4.6\ncelery>=5.3\n") == ["redis<5", "kombu<5.5"]
    assert installed(cache, "Django==5.2\nredis>=4.6\ncelery==5.5.3\n") == ["redis<5"]


def test_an_env_file_that_is_made_is_sent_where_git_ignores_it() -> None:
    settings = 'from dotenv import dotenv_values\nTITLE = dotenv_values("env/local.env")["TITLE"]\n'
    files = tree({"manage.py": MANAGE, "settings.py": settings, ".gitignore": "*.env\n"})
    found = detect(files, find_projects(files)[0], KINDS, name="x", pythons=((3, 14),)).proposal
    assert found.files["env/local.env"].splitlines()[1:] == ["TITLE='development'"]
    assert found.sent == ("local.env",)


def test_the_client_of_the_broker_is_installed_where_a_list_of_all_lacks_it() -> None:
    settings = 'CELERY_BROKER_URL = "redis://localhost/0"\n'
    assert installed(settings, "Django==5.2\nsqlparse==0.5\ncelery==5.5.3\n") == ["celery[redis]"]
    assert installed(settings, "Django==5.2\nsqlparse==0.5\ncelery==5.5.3\nredis==6.2\n") == []
    assert installed(settings, "Django==5.2\ncelery[redis]==5.5.3\n") == []


def test_an_import_that_may_fail_is_not_told() -> None:
    settings = "try:\n    import MySQLdb\nexcept ImportError:\n    pass\n"
    assert told(settings, "Django==5.2\n") == []


def test_who_names_no_packages_gets_the_django_whose_documentation_the_settings_point_to() -> None:
    settings = '"""See https://docs.djangoproject.com/en/1.6/topics/settings/"""\nINSTALLED_APPS = []\n'
    files = tree({"manage.py": MANAGE, "settings.py": settings})
    found = detect(files, find_projects(files)[0], KINDS, name="x", pythons=((3, 14), (2, 7)))
    assert found.proposal.python.value == "2.7"
    assert {name: job.value for name, job in found.proposal.jobs.items()} == {
        "tables": "python manage.py syncdb --noinput"
    }
    assert "Django~=1.6.0" in found.proposal.files["requirements.devenv.txt"].splitlines()


def test_what_only_sounds_alike_brings_nothing() -> None:
    frozen = "asgiref==3.8.1\nDjango==5.2\nsqlparse==0.5.3\ntyping-extensions==4.12.2\n"
    assert installed('INSTALLED_APPS = ["django_extensions"]\n', frozen) == ["django-extensions"]


SIMPLEJWT = "Django==4.2\ndjangorestframework-simplejwt==5.3.0\n"


@pytest.mark.parametrize(
    "lists",
    [
        {
            "poetry.lock": '[[package]]\nname = "django"\nversion = "4.2"\n'
            '[[package]]\nname = "djangorestframework-simplejwt"\nversion = "5.3.0"\n'
        },
        {"requirements.txt": f"{SIMPLEJWT}pywin32==306\n"},
    ],
    ids=["a lock", "a list of Windows"],
)
def test_a_list_that_is_made_has_what_goes_with_its_packages(lists: dict[str, str]) -> None:
    files = tree({"manage.py": MANAGE, "settings.py": "", **lists})
    found = detect(files, find_projects(files)[0], KINDS, name="x", pythons=((3, 12),)).proposal
    assert found.files["requirements.devenv.txt"].endswith(
        "\n# djangorestframework-simplejwt 5.3.0 imports pkg_resources, which setuptools has up to 80\n"
        "setuptools<81\n"
    )
    assert found.as_of is None


@pytest.mark.parametrize(
    ("requirements", "lines"),
    [("channels~=4.0.0\n", ["daphne"]), ("channels[daphne]==4.3.1\n", []), ("daphne\n", [])],
)
def test_daphne_comes_with_channels_only_where_that_is_asked_for(requirements: str, lines: list[str]) -> None:
    settings = 'INSTALLED_APPS = ["daphne", "channels"]\n'
    extra = "" if "channels" in requirements else "channels\n"
    assert installed(settings, f"Django==5.2\n{requirements}{extra}") == lines
