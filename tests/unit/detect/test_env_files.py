"""Env files and their examples."""

from __future__ import annotations

from dataclasses import replace

from devenv.detect.env_files import is_ignored, read_env_text
from tests.unit.detect.trees import tree


def test_a_reference_is_filled_in_and_what_names_nothing_is_left_out() -> None:
    text = (
        "DOMAIN=shop.example.com\n"
        "SITE=https://${DOMAIN}/\n"
        "HOME_PAGE=${SITE}start\n"
        "REGION=${REGION_OF_THE_MACHINE}\n"
        "GREETING=${WORD:-hello} ${WORD-all}\n"
        "CIRCLE=${CIRCLE}\n"
        "PRICE=5$\n"
        "HASH=pbkdf2$100$abc\n"
    )
    assert read_env_text(text) == {
        "DOMAIN": "shop.example.com",
        "SITE": "https://shop.example.com/",
        "HOME_PAGE": "https://shop.example.com/start",
        "GREETING": "hello all",
        "PRICE": "5$",
        "HASH": "pbkdf2$100$abc",
    }


def test_what_git_has_in_its_index_is_committed_though_it_ignores_it() -> None:
    files = tree({".gitignore": "*.sqlite3\n", "db.sqlite3": "", "old.sqlite3": ""})
    files = replace(files, tracked=frozenset(("db.sqlite3",)))
    assert [path for path in files.paths if is_ignored(files, path)] == ["old.sqlite3"]
