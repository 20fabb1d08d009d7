"""After any edit the reloaded process is what a cold start of the same files would be.

DEVENV_EDITS=300 makes it the long run (`-s` shows each edit, DEVENV_SEED makes others). Other projects than
the bookstore: DEVENV_HOT_PROJECTS names TOML files (separated as PATH is), each of which says where a project
lies and what to ask it (see `twins.project_of`).
"""

from __future__ import annotations

import importlib.util
import os
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.contract.edits import Author
from tests.contract.edits_bookstore import BookstoreAuthor
from tests.contract.twins import Project, Twins, project_of, running_twins

BOOKSTORE = Path(__file__).parents[2] / "examples" / "bookstore"
NEEDED = ("environ", "django_filters", "whitenoise", "redis")
EDITS = int(os.environ.get("DEVENV_EDITS", "25"))
SEED = int(os.environ.get("DEVENV_SEED", "5"))
OTHERS = [path for path in os.environ.get("DEVENV_HOT_PROJECTS", "").split(os.pathsep) if path]
PATHS = (
    "/", "/probe/", "/api/", "/api/books/?format=json", "/api/books/1/", "/api/authors/?format=json",
    "/api/bestsellers/?format=json", "/api/reports/?format=json", "/admin/login/", "/health/", "/nothing",
)  # fmt: skip
OVERRIDES = """
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR.parent / "db"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers")


def _follow_the_author(twins: Twins) -> None:
    """Most edits should be of an app that runs: a broken one, which must be so in both, is healed."""
    for _ in range(EDITS):
        if not twins.check():
            assert twins.check(twins.author.heal()), "\n".join(twins.story)


@pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in NEEDED), reason="the bookstore's requirements"
)
@pytest.mark.timeout(60 + 20 * EDITS)
def test_a_reloaded_process_is_what_a_cold_start_of_the_same_files_is(tmp_path: Path) -> None:
    bookstore = Project(
        root=BOOKSTORE,
        settings="bookstore.settings",
        paths=PATHS,
        environment={"DEBUG": "true"},
        overrides=OVERRIDES,
        changing=r'(?<="refreshed_at":")[\w:.-]+',
    )
    with running_twins(tmp_path, bookstore, BookstoreAuthor, SEED) as twins:
        _follow_the_author(twins)


@pytest.mark.skipif(not OTHERS, reason="DEVENV_HOT_PROJECTS names no project")
@pytest.mark.parametrize("file", OTHERS)
@pytest.mark.timeout(300 + 60 * EDITS)
def test_a_reloaded_process_of_another_project_is_what_a_cold_start_is(tmp_path: Path, file: str) -> None:
    project, ground = project_of(Path(file))
    with running_twins(tmp_path, project, partial(Author, ground=ground), SEED) as twins:
        _follow_the_author(twins)
