from __future__ import annotations

import pytest

from devenv.config import templates_folder
from devenv.detect.project import detect
from devenv.detect.projects import find_projects
from devenv.detect.proposal import Proposal
from devenv.detect.service_kinds import load_kinds
from tests.unit.detect.trees import tree

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")\nimport django\n'
KINDS = load_kinds(templates_folder())
POSTGIS = 'DATABASES = {"default": {"ENGINE": "django.contrib.gis.db.backends.postgis", "HOST": "db"}}\n'


def proposal_of(settings: str, models: str = "") -> Proposal:
    requirements = "Django==5.2\npsycopg[binary]\n"
    files = tree(
        {
            "manage.py": MANAGE,
            "settings.py": settings,
            "requirements.txt": requirements,
            "shop/models.py": models,
        }
    )
    return detect(files, find_projects(files)[0], KINDS, name="x", pythons=((3, 9), (3, 14))).proposal


@pytest.mark.parametrize(
    ("settings", "models", "why"),
    [
        (POSTGIS, "", "GeoDjango"),
        ('INSTALLED_APPS = ["django.contrib.gis"]\n', "", "GeoDjango"),
        ("", "import os\nfrom django.contrib.gis.db import models\n", "GeoDjango: shop/models.py:2"),
    ],
)
def test_geodjango_needs_its_libraries(settings: str, models: str, why: str) -> None:
    found = {said.value: said.note for said in proposal_of(settings, models).system_packages}
    assert found == dict.fromkeys(("binutils", "gdal-bin", "libproj-dev"), why)


def test_the_database_of_geodjango_is_postgis_and_says_so() -> None:
    (service,) = proposal_of(POSTGIS).services
    assert (service.image, service.note) == ("postgis/postgis:17-3.5", "the engine is PostGIS")


def test_places_by_address_need_no_libraries() -> None:
    assert proposal_of("", "from django.contrib.gis.geoip2 import GeoIP2\n").system_packages == ()


FILES = """[
    {file = "swift-2.0.0-cp39-cp39-manylinux2010_x86_64.whl", hash = "sha256:1"},
    {file = "swift-2.0.0-cp310-cp310-win_amd64.whl", hash = "sha256:2"},
    {file = "swift-2.0.0.tar.gz", hash = "sha256:3"},
]"""
EVERYWHERE = '[{file = "easy-1.0-py2.py3-none-any.whl"}, {file = "easy-1.0.tar.gz"}]'
OF_WINDOWS = '[{file = "pipes-1.0-cp39-cp39-win_amd64.whl"}]'
PACKAGES = '[[package]]\nname = "{}"\nversion = "{}"\n{}\n'


@pytest.mark.parametrize(
    "lock",
    [
        PACKAGES.format("swift", "2.0.0", f"files = {FILES}")
        + PACKAGES.format("easy", "1.0", f"files = {EVERYWHERE}")
        + PACKAGES.format("pipes", "1.0", f"files = {OF_WINDOWS}"),
        PACKAGES.format("swift", "2.0.0", "")
        + PACKAGES.format("easy", "1.0", "")
        + PACKAGES.format("pipes", "1.0", "")
        + f"[metadata.files]\nswift = {FILES}\neasy = {EVERYWHERE}\npipes = {OF_WINDOWS}\n",
    ],
    ids=["since 2022", "before"],
)
@pytest.mark.parametrize(("python", "compiler"), [((3, 9), set()), ((3, 10), {"gcc", "libc6-dev"})])
def test_what_poetrys_lock_has_no_wheel_of_is_compiled(
    lock: str, python: tuple[int, int], compiler: set[str]
) -> None:
    files = tree(
        {
            "manage.py": MANAGE,
            "settings.py": "",
            "poetry.lock": PACKAGES.format("django", "4.0", "") + lock,
            "pyproject.toml": '[tool.poetry.dependencies]\ndjango = "4.0"\n',
        }
    )
    found = detect(files, find_projects(files)[0], KINDS, name="x", pythons=(python,)).proposal
    assert {said.value for said in found.system_packages} == compiler


@pytest.mark.parametrize(
    ("source", "packages"),
    [
        ('{ git = "https://example.com/design.git?rev=1#2" }', ["git"]),
        ('{ registry = "https://x/simple" }', []),
    ],
)
def test_a_lock_of_uv_with_a_repository_among_its_sources_needs_git(source: str, packages: list[str]) -> None:
    lock = f'[[package]]\nname = "design"\nversion = "1"\nsource = {source}\n'
    lock += '\n[[package]]\nname = "django"\nversion = "5.2"\n'
    project = '[project]\nname = "x"\ndependencies = ["django", "design"]\n'
    files = tree({"manage.py": MANAGE, "settings.py": "", "pyproject.toml": project, "uv.lock": lock})
    found = detect(files, find_projects(files)[0], KINDS, name="x", pythons=((3, 13),)).proposal
    assert [said.value for said in found.system_packages] == packages
