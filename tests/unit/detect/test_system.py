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
