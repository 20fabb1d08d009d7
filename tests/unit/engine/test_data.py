"""What the plan says of data: another branch's, an older version's; in order, with cause and line."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from devenv.compiler.compiled import CompiledProject
from devenv.engine.client import Health, State
from devenv.engine.data import Data, Older, older_data
from devenv.engine.observed import ObservedProject
from devenv.engine.plan import UpOptions, plan_up
from devenv.engine.step import Plan
from tests.unit.engine.bookstore import AS_ASKED, NOTHING, bookstore, images, origin_of, running
from tests.unit.engine.test_plan_table import lines_of
from tests.unit.engine.test_risks import mounting, with_data

OLD, NEW = "bookstore_db-postgres-17", "bookstore_db-postgres-18"
WANTED = with_data(bookstore(postgres="18"), db="db-postgres-18")
SAME = with_data(bookstore(), db="db-postgres-17")
UPGRADES = Data(service="db", upgrades=True)
SWITCHES = Data(service="db", live="main", branch="feature", origin="a copy of main's")


def of_17(*volumes: str) -> ObservedProject:
    """The bookstore runs with PostgreSQL 17."""
    return replace(mounting(running(bookstore()), db=OLD), volumes=volumes or (OLD,))


def of_18() -> ObservedProject:
    return replace(mounting(running(bookstore(postgres="18")), db=NEW), volumes=(OLD, NEW))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    what: str
    data: Data
    wanted: CompiledProject
    there: ObservedProject
    plan: str
    risky: tuple[str, ...] = ()


ROWS = (
    Row(
        "another branch is checked out",
        SWITCHES,
        SAME,
        of_17(),
        """
            switch db: feature is checked out, the data is main's, devenv.yaml:17; next: a copy of main's
        """,
    ),
    Row(
        "another branch, its database stopped",
        SWITCHES,
        SAME,
        replace(
            of_17(),
            containers=tuple(
                replace(each, state=State.EXITED, exit_code=0, health=Health.NONE, ports={})
                for each in of_17().containers
            ),
        ),
        """
            start db: it is stopped
            switch db: feature is checked out, the data is main's, devenv.yaml:17; next: a copy of main's
            start cache: it is stopped
            run migrate: web is started; worker is started
            start web: it is stopped
            start worker: it is stopped
        """,
    ),
    Row(
        "nobody knows of which branch the data is",
        replace(SWITCHES, live="", origin="as before"),
        SAME,
        of_17(),
        """
            switch db: feature is checked out, nobody knows whose the data is, devenv.yaml:17; next: as before
        """,
    ),
    Row(
        "a new major version",
        UPGRADES,
        WANTED,
        of_17(),
        """
            pull db: postgres:18 is not on this machine
            recreate db: services.db.version changed, devenv.yaml:17
            upgrade db: its data is of version 17, in volume bookstore_db-postgres-17, devenv.yaml:17
            run migrate: db is recreated
        """,
        ("upgrade db",),
    ),
    Row(
        "a new major version of a branch with a database of its own",
        replace(SWITCHES, upgrades=True),
        WANTED,
        of_17(),
        """
            pull db: postgres:18 is not on this machine
            recreate db: services.db.version changed, devenv.yaml:17
            upgrade db: its data is of version 17, in volume bookstore_db-postgres-17, devenv.yaml:17
            switch db: feature is checked out, the data is main's, devenv.yaml:17; next: a copy of main's
            run migrate: db is recreated
        """,
        ("upgrade db",),
    ),
    Row(
        "a new major version after a down",
        UPGRADES,
        WANTED,
        replace(NOTHING, images=images(WANTED), volumes=(OLD,)),
        """
            create db: it is not there yet
            upgrade db: its data is of version 17, in volume bookstore_db-postgres-17, devenv.yaml:17
            create cache: it is not there yet
            run migrate: it has not run here yet
            create web: it is not there yet
            create worker: it is not there yet
        """,
        ("upgrade db",),
    ),
    Row("the new version runs, and the old volume is kept", UPGRADES, WANTED, of_18(), ""),
    Row(
        "an upgrade that was cut short",
        replace(UPGRADES, begun=OLD),
        WANTED,
        of_18(),
        """
            upgrade db: its data is of version 17, in volume bookstore_db-postgres-17, devenv.yaml:17
        """,
        ("upgrade db",),
    ),
    Row(
        "back to an older version",
        UPGRADES,
        SAME,
        of_18(),
        """
            pull db: postgres:17 is not on this machine
            recreate db: services.db.version changed, devenv.yaml:17
            run migrate: db is recreated
        """,
        ("recreate db",),
    ),
    Row(
        "a definition that brings nothing over",
        Data(service="db"),
        WANTED,
        of_17(),
        """
            pull db: postgres:18 is not on this machine
            recreate db: services.db.version changed, devenv.yaml:17
            run migrate: db is recreated
        """,
        ("recreate db",),
    ),
    Row("data of a service that is not wanted", replace(SWITCHES, service="other"), SAME, of_17(), ""),
)


def planned(row: Row) -> Plan:
    options = UpOptions(data=(row.data,))
    return plan_up(row.wanted, row.there, AS_ASKED, options=options, origin_of=origin_of)


@pytest.mark.parametrize("row", ROWS, ids=[row.what.replace(" ", "-") for row in ROWS])
def test_the_plan_says_what_becomes_of_the_data(row: Row) -> None:
    plan = planned(row)
    assert list(map(str, plan.steps)) == lines_of(row.plan)
    assert tuple(f"{step.action} {step.subject}" for step in plan.risky) == row.risky


def test_an_upgrade_says_which_volume_is_kept() -> None:
    (step,) = planned(next(row for row in ROWS if row.what == "a new major version")).risky
    assert step.risk == f"gets it dumped, restored and counted in volume {NEW}; volume {OLD} is kept"
    assert step.volume == OLD


def test_the_data_is_that_which_the_container_has_or_of_the_latest_version_before() -> None:
    service = WANTED.service("db")
    of_9, of_16, of_19 = (f"bookstore_db-postgres-{version}" for version in (9, 16, 19))
    volumes = (of_9, of_16, OLD, NEW, of_19, "x-3")
    observed = replace(of_18(), volumes=volumes)
    assert older_data(service, observed) == Older(version="17", volume=OLD, goes_to=NEW)
    assert older_data(service, observed, (of_16, NEW)) == Older(version="16", volume=of_16, goes_to=NEW)
    assert older_data(service, replace(observed, volumes=(NEW, "x-3"))) is None
    assert older_data(WANTED.service("cache"), observed) is None
