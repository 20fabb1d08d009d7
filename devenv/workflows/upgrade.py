"""A database's new major version gets what the old one has: dumped, restored and counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from devenv.databases.names import next_database
from devenv.engine.compose_door import Beside
from devenv.engine.observed import ObservedProject, repository_of
from devenv.errors import DatabaseFailed, UsageError
from devenv.events import Emit, Notice, StepFinished, StepStarted
from devenv.workflows.databases import Server, remove_snapshots, replace_live, say_kept

HOST = "devenv-older"
START_SECONDS = 120.0
RETRY_SECONDS = 0.5


def older_volume(server: Server, observed: ObservedProject) -> tuple[str, str] | None:
    """The data of the latest major version before this one, and that version; None where there is none."""
    mine = next((each.volume for each in server.service.mounts if each.volume), "")
    stem, _, major = mine.rpartition("-")
    if not server.database.data_paths or not major.isdecimal():
        return None
    pattern = re.compile(rf"{re.escape(observed.project_name)}_{re.escape(stem)}-(\d+)")
    found = {int(match[1]): match[0] for name in observed.volumes if (match := pattern.fullmatch(name))}
    earlier = [version for version in found if version < int(major)]
    return (found[max(earlier)], str(max(earlier))) if earlier else None


def upgrade(server: Server, emit: Emit, now: datetime) -> None:
    """Bring the data of the older version over; its volume is kept. Raises UsageError, DatabaseFailed."""
    older = older_volume(server, server.project.observe())
    if older is None or "fetch" not in server.database.scripts:
        raise UsageError(
            f"there is no data of an older version of {server.service.name} to bring over",
            hint="a volume of another major version is looked for, such as db-postgres-16",
        )
    volume, version = older
    step = f"bring {server.service.name}'s data over from version {version}: {volume}"
    began = server.project.machine.clock.monotonic()
    emit(StepStarted(step))
    with _older_server(server, volume, version, emit):
        tables = _bring_over(server)
    was_empty = not _rows(server.run("rows", HOST="", NAME=server.database.name))
    kept = replace_live(server, "upgrade", now)
    emit(StepFinished(step, server.project.machine.clock.monotonic() - began))
    rows = sum(tables.values())
    emit(
        Notice(
            f"{server.service.name}: {len(tables)} tables and {rows} rows came over from version {version}",
            f"volume {volume} is kept as it was; `docker volume rm {volume}` once it is not needed",
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
def _older_server(server: Server, volume: str, version: str, emit: Emit) -> Iterator[None]:
    """The old version on the old data, where the new one finds it, for as long as the block takes."""
    project, paths = server.project, server.database.data_paths
    path = paths[max(first for first in paths if first <= int(version))]
    beside = Beside(
        name=f"{project.name}-{server.service.name}-older",
        image=f"{repository_of(server.service.image)}:{version}",
        volume=volume,
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
