from __future__ import annotations

import pytest

from devenv.detect.outside import is_free, is_in_the_way, outer_folders
from devenv.detect.proposal import Noted
from tests.unit.detect.trees import gone_through, tree

SETTINGS = """
LOG_DIR = "/var/log/shop"
MEDIA_ROOT = BASE + "/media" if False else "/data/media/"
STATIC_ROOT = "static"
CACHE_PATH = "/tmp/cache"
HOMEPAGE_PATH = "/start"
FILE_DIR = ""
"""


def test_a_folder_that_the_settings_name_is_a_volume_of_its_name() -> None:
    settings, _ = gone_through(SETTINGS)
    assert outer_folders(settings, tree({}), ".") == {
        "shop": Noted("/var/log/shop", "settings.py:2"),
        "media": Noted("/data/media", "settings.py:3"),
    }


def test_no_volume_hides_a_folder_of_the_projects_own() -> None:
    settings, _ = gone_through('STATIC_ROOT = "/app/static/"\nLOG_DIR = "/app/logs"\n')
    files = tree({"web/manage.py": "", "web/static/shop.css": ""})
    assert outer_folders(settings, files, "web") == {"logs": Noted("/app/logs", "settings.py:2")}


@pytest.mark.parametrize(
    "path", ["/", "/usr/share/x", "/tmp/x", "/var", "/var/lib", "/var/tmp", "/home/me", "logs"]
)
def test_what_is_the_systems_is_left_alone(path: str) -> None:
    assert not is_free(path)


def test_who_writes_below_the_projects_folder_in_app_has_the_whole_repository_there() -> None:
    settings, _ = gone_through("LOG_DIR = '/app/backend/logs'\n")
    files = tree({"backend/manage.py": "", "frontend/package.json": ""})
    assert is_in_the_way(settings, files, "backend")
    assert not is_in_the_way(settings, files, ".")
    assert not is_in_the_way(settings, files, "server")
