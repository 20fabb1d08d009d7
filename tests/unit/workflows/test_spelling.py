"""The same said in other words is no edit: nothing to do, and no cause of a later edit either."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.workflows.edits import DEVENV_YAML, Edit, plan_of

SPELLINGS = {
    "an image in full": ("  cache: redis:8\n", "  cache: {image: 'redis:8'}\n"),
    "a type and a version": ("  cache: redis:8\n", "  cache: {type: redis, version: '8'}\n"),
    "a version and a type, below each other": (
        "  cache: redis:8\n",
        "  cache:\n    version: '8'\n    type: redis\n",
    ),
    "a type beside its image": ("  db: postgres:17\n", "  db: {image: 'postgres:17', type: postgres}\n"),
    "quotes": ("redis:8", "'redis:8'"),
    "no quotes": ('name: bookstore\npython: "3.13"', "name: 'bookstore'\npython: '3.13'"),
    "a process in full": ("worker: celery -A shop worker", "worker: {command: [celery, -A, shop, worker]}"),
    "a port in full": ("port: 8000", "port: '8000:8000'"),
    "a port as a mapping": ("port: 8000", "port: {container: 8000}"),
    "a job in full": ("migrate: python manage.py migrate", "migrate: {command: python manage.py migrate}"),
    "a list of one file": ("dependencies: requirements.txt", "dependencies: [requirements.txt]"),
    "another order of keys": (
        "  settings: shop.settings\n  wsgi: shop.wsgi:application\n",
        "  wsgi: shop.wsgi:application\n  settings: shop.settings\n",
    ),
    "another order of services": (
        "  db: postgres:17\n  cache: redis:8\n",
        "  cache: redis:8\n  db: postgres:17\n",
    ),
    "a comment and an empty line": ("services:\n", "# what it needs\n\nservices:\n"),
    "an anchor": ("  cache: redis:8\n", "  cache: &cache {image: 'redis:8'}\n"),
}


@pytest.mark.parametrize("what", SPELLINGS)
def test_another_spelling_is_nothing_to_do(what: str, tmp_path: Path) -> None:
    before, after = SPELLINGS[what]
    assert plan_of(Edit(what=what, plan="", before=before, after=after), tmp_path) == []


def test_an_edit_of_what_is_spelled_in_another_way_has_its_own_cause_alone(tmp_path: Path) -> None:
    edit = Edit(
        what="",
        plan="",
        before="  db: postgres:17\n",
        after="  db:\n    type: postgres\n    env: {TZ: UTC}\n    version: '17'\n",
    )
    assert plan_of(edit, tmp_path) == [
        "recreate db",
        "- services.db.env.TZ added, devenv.yaml:13",
        "run migrate",
        "- db is recreated",
    ]


def test_another_version_points_at_the_line_that_says_it(tmp_path: Path) -> None:
    full = DEVENV_YAML.replace("  cache: redis:8\n", "  cache:\n    type: redis\n    version: '8'\n")
    edit = Edit(what="", plan="", before="version: '8'", after="version: '7'", files={"devenv.yaml": full})
    assert "- services.cache.image changed, devenv.yaml:14" in plan_of(edit, tmp_path)
