from __future__ import annotations

from devenv.config import templates_folder
from devenv.detect.project import detect
from devenv.detect.projects import find_projects
from devenv.detect.service_kinds import load_kinds
from tests.unit.detect.trees import tree

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\nimport django\n'
KINDS = load_kinds(templates_folder())


def remarks_of(settings: str, requirements: str) -> list[str]:
    files = tree({"manage.py": MANAGE, "settings.py": settings, "requirements.txt": requirements})
    found = detect(files, find_projects(files)[0], KINDS, name="x", pythons=((3, 9), (3, 14)))
    return [each for each in found.proposal.remarks if "no file lists" in each]


def test_what_the_settings_import_and_no_file_lists_is_told_with_the_line_to_add() -> None:
    assert remarks_of("from packaging import version\n", "Django==5.2\n") == [
        "settings.py:1 needs packaging, and no file lists packaging: "
        "add `packaging` to requirements.txt, unless another package brings it"
    ]


def test_an_app_that_no_file_lists_is_told_by_the_name_of_its_package() -> None:
    assert remarks_of('INSTALLED_APPS = ["rest_framework", "django.contrib.auth"]\n', "Django==5.2\n") == [
        "settings.py:1 needs rest_framework, and no file lists djangorestframework: "
        "add `djangorestframework` to requirements.txt, unless another package brings it"
    ]


def test_what_a_package_of_a_like_name_may_bring_is_not_told() -> None:
    settings = 'import yaml\nINSTALLED_APPS = ["strawberry_django", "bootstrap4form"]\n'
    requirements = "Django==5.2\nPyYAML==6.0\nstrawberry-graphql-django\ndjango-bootstrap4-form\n"
    assert remarks_of(settings, requirements) == []


def test_an_import_that_may_fail_is_not_told() -> None:
    settings = "try:\n    import MySQLdb\nexcept ImportError:\n    pass\n"
    assert remarks_of(settings, "Django==5.2\n") == []
