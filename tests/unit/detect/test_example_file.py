"""`.env.example` in step with the settings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devenv.detect.contract import Use
from devenv.detect.example_file import completed, missing_in, shown_default
from devenv.detect.finding import Place

PLACE = Place("shop/settings.py", 7)


def use(name: str, *, required: bool = False, default: str | None = None) -> Use:
    return Use(name=name, places=(PLACE,), is_required=required, default=default)


USES = (use("SECRET_KEY", required=True), use("PAGE_SIZE", default="20"), use("GREETING", default="a b"))


def test_a_new_example_names_everything_and_gives_no_secret() -> None:
    assert completed("", USES) == (
        "# The variables that the settings read; copy it to .env. "
        "`devenv env --write-example` adds new ones.\n"
        "\n# shop/settings.py:7: required\nSECRET_KEY=\n"
        "\n# shop/settings.py:7: optional\n# PAGE_SIZE=20\n"
        "\n# shop/settings.py:7: optional\n# GREETING='a b'\n"
    )


def test_what_is_there_stays_as_it_is_and_what_lacks_is_added_below() -> None:
    before = "# ours\nGREETING=hello   # keep\nexport OLD=1\n# PAGE_SIZE=10"
    assert completed(before, USES) == before + "\n\n# shop/settings.py:7: required\nSECRET_KEY=\n"


@pytest.mark.parametrize(
    "line", ["SECRET_KEY=x", "export SECRET_KEY=x", "#SECRET_KEY=", "  # SECRET_KEY = x"]
)
def test_a_name_is_there_also_as_a_comment(line: str) -> None:
    assert missing_in(line, (use("SECRET_KEY"),)) == ()


@pytest.mark.parametrize(
    ("name", "default", "shown"),
    [
        ("API_TOKEN", "abc", None),
        ("DB_PASS", "abc", None),
        ("DATABASE_URL", "postgres://shop:geheim@db/shop", None),
        ("SITE_URL", "http://localhost:8000", "http://localhost:8000"),
    ],
)
def test_a_default_that_may_be_a_secret_is_not_shown(name: str, default: str, shown: str | None) -> None:
    assert shown_default(use(name, default=default)) == shown


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_no_text_loses_a_byte_and_a_second_time_adds_nothing(before: str) -> None:
    once = completed(before, USES)
    assert once.startswith(before)
    assert completed(once, USES) == once
