"""A database's new major version gets what the old one has: dumped, restored and counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from devenv.databases.names import next_database
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
    with _older_server(server, older, emit):
        tables = _bring_over(server)
    was_empty = not _rows(server.run("rows", HOST="", NAME=server.database.name))
    kept = replace_live(server, "upgrade", now)
    end_upgrade(folder, name)
    emit(StepFinished(step, clock.monotonic() - began))
    rows = sum(tables.values())
    emit(
        Notice(
            f"{name}: {len(tables)} tables and {rows} rows came over from version {older.version}",
            f"volume {older.volume} is kept; `docker volume rm {older.volume}` once it is not needed",
        )
    )
    if was_empty:
        remove_snapshots(server, [kept])
    else:
        say_kept(emit, kept)


def _bring_over(server: Server) -> dict[str, int]:
    """Dump, restore, and count on both sides."""
    live = server.database.name
    following = next_database(live)
    server.run("drop", NAME=following)
    server.run("create", NAME=following)
    server.run("fetch", HOST=HOST, FROM=live, TO=following)
    before = _rows(server.run("rows", HOST=HOST, NAME=live))
    after = _rows(server.run("rows", HOST="", NAME=following))
    if before != after:
        wrong = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        raise DatabaseFailed(
            f"{server.service.name}: not everything came over",
            details="\n".join(
                f"{name}: {before.get(name)} rows before, {after.get(name)} now" for name in wrong
            ),
            hint="the old volume is whole; take the edit of the version back to go on with it",
        )
    return before


@contextmanager
def _older_server(server: Server, older: Older, emit: Emit) -> Iterator[None]:
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
        yield
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


def _rows(text: str) -> dict[str, int]:
    rows = (line.split("\t") for line in text.splitlines() if "\t" in line)
    return {row[0]: int(row[1]) for row in rows}
