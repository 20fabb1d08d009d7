"""A database's new major version gets what the old one has: dumped, restored and counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from devenv.databases.listing import kept_beside
from devenv.databases.names import empty_database, next_database
from devenv.engine.compose_door import Beside
from devenv.engine.data import Older, older_data
from devenv.engine.observed import repository_of
from devenv.engine.step import Action, Plan, Step
from devenv.errors import DatabaseFailed, UsageError
from devenv.events import Emit, Notice, StepFinished, StepStarted
from devenv.workflows.databases import Server, remove_snapshots, replace_live, say_kept
from devenv.workflows.project import Project
from devenv.workspace.upgrades import begin_upgrade, end_upgrade, read_upgrades

HOST = "devenv-older"
START_SECONDS = 120.0
RETRY_SECONDS = 0.5


def begin_upgrades(project: Project, plan: Plan) -> None:
    """What the plan brings over is known from now on, should it be cut short. Raises WorkspaceError."""
    for step in plan.steps:
        if step.action is Action.UPGRADE:
            begin_upgrade(project.checkout.folder, step.subject, step.volume)


def upgrade(server: Server, emit: Emit, now: datetime, planned: Step | None = None) -> None:
    """Bring the data of the older version over; its volume is kept. Raises UsageError, DatabaseFailed."""
    project, name = server.project, server.service.name
    folder, clock = project.checkout.folder, project.machine.clock
    preferred = planned.volume if planned else read_upgrades(folder).get(name, "")
    older = older_data(project.checkout.compiled.service(name), project.observe(), (preferred,))
    if older is None or "fetch" not in server.database.scripts:
        raise UsageError(
            f"there is no data of an older version of {name} to bring over",
            hint="a volume of another major version is looked for, such as db-postgres-16",
        )
    step = str(planned or f"upgrade {name}: its data is of version {older.version}, in volume {older.volume}")
    began = clock.monotonic()
    emit(StepStarted(step))
    with _older_server(server, older, emit) as older_server:
        others = _bring_over_others(server, older_server)
        tables = _bring_over(server, server.database.name)
    was_empty = not _rows(server.run("rows", HOST="", NAME=server.database.name))
    kept = replace_live(server, "upgrade", now)
    end_upgrade(folder, name)
    emit(StepFinished(step, clock.monotonic() - began))
    what = f"{_count(len(tables), 'table')} and {_count(sum(tables.values()), 'row')}"
    emit(
        Notice(
            f"{name}: {what} came over from version {older.version}" + _and_others(others),
            f"volume {older.volume} is kept; `docker volume rm {older.volume}` once it is not needed",
        )
    )
    if was_empty:
        remove_snapshots(server, [kept])
    else:
        say_kept(emit, kept)


def _bring_over_others(server: Server, older_server: Server) -> int:
    """Branches' databases and snapshots that are not here yet; how many."""
    live, here = server.database.name, {each.name for each in server.found()}
    following, empty = next_database(live), empty_database(live)
    others = [
        name
        for name in kept_beside(live, older_server.found())
        if name not in here or not _rows(server.run("rows", HOST="", NAME=name))
    ]
    for name in others:
        _bring_over(server, name)
        if name not in here:
            server.run("create", NAME=name)
        server.run("drop", NAME=empty)
        server.run("swap", NAME=name, ASIDE=empty, NEXT=following)
        server.run("drop", NAME=empty)
    return len(others)


def _bring_over(server: Server, name: str) -> dict[str, int]:
    """Dump one, restore it as the following, and count on both sides."""
    following = next_database(server.database.name)
    server.run("drop", NAME=following)
    server.run("create", NAME=following)
    server.run("fetch", HOST=HOST, FROM=name, TO=following)
    before = _rows(server.run("rows", HOST=HOST, NAME=name))
    after = _rows(server.run("rows", HOST="", NAME=following))
    if before != after:
        wrong = sorted(
            table for table in before.keys() | after.keys() if before.get(table) != after.get(table)
        )
        raise DatabaseFailed(
            f"{server.service.name}: not everything came over",
            details="\n".join(
                f"{table}: {before.get(table)} rows before, {after.get(table)} now" for table in wrong
            ),
            hint="the old volume is whole; take the edit of the version back to go on with it",
        )
    return before


@contextmanager
def _older_server(server: Server, older: Older, emit: Emit) -> Iterator[Server]:
    """The old version on the old data, where the new one finds it, for as long as the block takes."""
    project, paths = server.project, server.database.data_paths
    path = paths[max(first for first in paths if first <= int(older.version))]
    beside = Beside(
        name=f"{project.name}-{server.service.name}-older",
        image=f"{repository_of(server.service.image)}:{older.version}",
        volume=older.volume,
        path=path,
        alias=HOST,
        env=server.service.env,
    )
    engine = project.machine.engine
    engine.remove(beside.name)  # of one that was killed
    project.compose.run_beside(beside, emit)
    try:
        _wait_until_it_answers(server)
        yield replace(server, container_id=beside.name)
    finally:
        engine.remove(beside.name)


def _wait_until_it_answers(server: Server) -> None:
    clock = server.project.machine.clock
    deadline = clock.monotonic() + START_SECONDS
    while True:
        try:
            server.run("rows", HOST=HOST, NAME=server.database.name)
        except DatabaseFailed:
            if clock.monotonic() > deadline:
                raise
            clock.sleep(RETRY_SECONDS)
        else:
            return


def _and_others(number: int) -> str:
    """Branches and snapshots, "" where there are none."""
    return f", and {_count(number, 'other database')}" if number else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _rows(text: str) -> dict[str, int]:
    rows = (line.split("\t") for line in text.splitlines() if "\t" in line)
    return {row[0]: int(row[1]) for row in rows}
