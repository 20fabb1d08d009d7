from __future__ import annotations

import re
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from devenv.databases.listing import (
    FoundDatabase,
    Snapshot,
    automatic_name,
    kept_beside,
    outdated,
    read_listing,
    snapshots_of,
)
from devenv.databases.names import LONGEST, branch_database, next_database, snapshot_database, snapshot_of


def test_names_say_what_a_database_is_for() -> None:
    assert branch_database("app", "main") == "app__branch__main"
    assert snapshot_database("app", "monday") == "app__snap__monday"
    assert next_database("app") == "app__next"
    assert snapshot_of("app", "app__snap__monday") == "monday"
    assert snapshot_of("app", "test_app") == ""


def test_what_is_no_plain_name_ends_in_a_digest() -> None:
    name = branch_database("app", "feature/Login ü")
    assert re.fullmatch(r"app__branch__feature-login-[0-9a-f]{8}", name)
    assert branch_database("app", "feature/login") != branch_database("app", "feature-login")


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_branches_never_share_a_database_and_every_name_fits(one: str, other: str) -> None:
    names = [branch_database("shop_of_ada_lovelace", branch) for branch in (one, other)]
    assert (names[0] == names[1]) == (one == other)
    assert all(len(name.encode()) <= LONGEST for name in names)


def test_a_new_server_gets_what_branches_and_persons_have_and_nothing_else() -> None:
    names = ("app", "app__branch__main", "app__snap__monday", "app__snap__before-reset-20260101-000000")
    others = ("app__next", "app__empty", "postgres", "application__branch__main")
    found = [FoundDatabase(name=name, size_bytes=1, made=1) for name in (*names, *others)]
    assert kept_beside("app", found) == ("app__branch__main", "app__snap__monday")


def test_a_listing_is_read_and_snapshots_are_told_from_the_rest_the_newest_first() -> None:
    text = "app\t7000000\t1700000000\napp__snap__b\t10\t5\napp__snap__a\t20.0\t9.5\ntest_app\t1\t0\n"
    found = read_listing(text)
    assert found[0] == FoundDatabase(name="app", size_bytes=7000000, made=1700000000)
    assert snapshots_of("app", found) == (
        Snapshot(name="a", size_bytes=20, made=9),
        Snapshot(name="b", size_bytes=10, made=5),
    )


def test_one_that_devenv_took_says_itself_when() -> None:
    (found,) = snapshots_of("app", read_listing("app__snap__before-reset-20261126-120000\t1\t5\n"))
    assert (found.is_automatic, found.made) == (True, int(datetime(2026, 11, 26, 12).timestamp()))


def test_of_snapshots_that_devenv_took_five_stay_and_of_those_that_a_person_took_all() -> None:
    names = [f"before-{what}-2026112{day}-120000" for day, what in enumerate(("reset", "restore") * 4)]
    found = [
        FoundDatabase(name=snapshot_database("app", name), size_bytes=0, made=0)
        for name in (*names, *(f"mine-{number}" for number in range(9)))
    ]
    assert set(outdated("app", found)) == {snapshot_database("app", name) for name in names[:4]}


def test_a_snapshot_that_is_taken_after_the_clock_was_put_back_stays() -> None:
    of_the_future = [f"before-reset-2099010{day}-120000" for day in range(1, 6)]
    found = [
        FoundDatabase(name=snapshot_database("app", name), size_bytes=0, made=0) for name in of_the_future
    ]
    taken = automatic_name("app", "reset", datetime(2026, 11, 26, 12), {each.name for each in found})
    assert taken == "before-reset-20261126-120000"
    assert outdated("app", found) == (snapshot_database("app", of_the_future[0]),)


def test_two_snapshots_of_one_second_have_two_names() -> None:
    present: set[str] = set()
    for _ in range(3):
        name = automatic_name("app", "restore", datetime(2026, 11, 26, 12), present)
        present.add(snapshot_database("app", name))
    assert present == {
        "app__snap__before-restore-20261126-120000",
        "app__snap__before-restore-20261126-120000-2",
        "app__snap__before-restore-20261126-120000-3",
    }
    assert {
        each.made
        for each in snapshots_of("app", [FoundDatabase(name=n, size_bytes=0, made=1) for n in present])
    } == {int(datetime(2026, 11, 26, 12).timestamp())}
