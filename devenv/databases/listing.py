"""What is on a server: the words of a `list` script as values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from devenv.databases.names import is_branch_of, snapshot_database, snapshot_of

AUTOMATIC = "before-"
STAMP = "%Y%m%d-%H%M%S"
_AUTOMATIC = re.compile(rf"{AUTOMATIC}[a-z]+-(\d{{8}}-\d{{6}})(?:-\d+)?")
KEPT_AUTOMATIC = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundDatabase:
    """One database. Units: bytes; seconds since 1970, 0 where the server does not say."""

    name: str
    size_bytes: int
    made: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """A copy of the app's database as it was. Units as in FoundDatabase."""

    name: str
    size_bytes: int
    made: int

    @property
    def is_automatic(self) -> bool:
        """devenv took it before something took the database's place."""
        return self.name.startswith(AUTOMATIC)


def read_listing(text: str) -> tuple[FoundDatabase, ...]:
    """What `list` printed: name, bytes and seconds in a line, with tabs. Raises ValueError."""
    rows = (line.split("\t") for line in text.splitlines() if line.strip())
    return tuple(
        FoundDatabase(name=name, size_bytes=int(float(size)), made=int(float(made)))
        for name, size, made in rows
    )


def snapshots_of(database: str, found: Iterable[FoundDatabase]) -> tuple[Snapshot, ...]:
    """The snapshots of a database, the newest first."""
    snapshots = (
        Snapshot(name=name, size_bytes=each.size_bytes, made=_moment(name) or each.made)
        for each in found
        if (name := snapshot_of(database, each.name))
    )
    return tuple(sorted(snapshots, key=lambda each: (each.made, each.name), reverse=True))


def outdated(database: str, before: Iterable[FoundDatabase]) -> tuple[str, ...]:
    """The databases of automatic snapshots that are not needed once there is one more.

    before: what there was; the newest is not looked for, since a clock may have been put back.
    """
    automatic = [each.name for each in snapshots_of(database, before) if each.is_automatic]
    return tuple(snapshot_database(database, name) for name in automatic[KEPT_AUTOMATIC - 1 :])


def automatic_name(database: str, why: str, now: datetime, present: Collection[str]) -> str:
    """The name of the snapshot that is taken before something; no other database's, whatever the clock says.

    present: the databases that there are.
    """
    name = f"{AUTOMATIC}{why}-{stamp(now)}"
    names = (name, *(f"{name}-{number}" for number in range(2, len(present) + 3)))
    return next(each for each in names if snapshot_database(database, each) not in present)


def kept_beside(database: str, found: Collection[FoundDatabase]) -> tuple[str, ...]:
    """What a new server needs beside the live database: those of branches, and snapshots of a person."""
    own = {
        snapshot_database(database, each.name)
        for each in snapshots_of(database, found)
        if not each.is_automatic
    }
    return tuple(sorted(each.name for each in found if is_branch_of(database, each.name) or each.name in own))


def stamp(now: datetime) -> str:
    """A moment of this machine's time as a part of names."""
    return now.strftime(STAMP)


def _moment(snapshot: str) -> int:
    """When an automatic one was taken, 0 for others: the server's time is of what it was renamed from."""
    found = _AUTOMATIC.fullmatch(snapshot)
    return int(datetime.strptime(found[1], STAMP).timestamp()) if found else 0
