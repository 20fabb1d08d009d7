"""A database's name says what it is for: the app's own, a snapshot of it, another branch's."""

from __future__ import annotations

import hashlib
import re

LONGEST = 63  # PostgreSQL's; MySQL has 64
SNAPSHOT_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_NOT_PLAIN = re.compile(r"[^a-z0-9_-]+")
_SNAPSHOT, _BRANCH, _NEXT, _EMPTY = "__snap__", "__branch__", "__next", "__empty"


def snapshot_database(database: str, snapshot: str) -> str:
    """The database that holds a snapshot."""
    return _fitted(f"{database}{_SNAPSHOT}", snapshot)


def branch_database(database: str, branch: str) -> str:
    """The database of a branch while another one is checked out."""
    return _fitted(f"{database}{_BRANCH}", branch)


def next_database(database: str) -> str:
    """The one that is being made, to take the place of the app's own."""
    return _fitted(database, _NEXT)


def empty_database(database: str) -> str:
    """What has made room for another one, and never had anything in it."""
    return _fitted(database, _EMPTY)


def is_branch_of(database: str, found: str) -> bool:
    """Whether `found` is that of a branch."""
    return found.startswith(f"{database}{_BRANCH}")


def snapshot_of(database: str, found: str) -> str:
    """The snapshot's name, "" where `found` is none of `database`."""
    prefix = f"{database}{_SNAPSHOT}"
    return found.removeprefix(prefix) if found.startswith(prefix) else ""


def _fitted(prefix: str, name: str) -> str:
    """A name that says as much as fits, and is no other's."""
    plain = _NOT_PLAIN.sub("-", name.lower()).strip("-")
    whole = (prefix + plain).encode("utf-8", "surrogateescape")
    if plain == name and len(whole) <= LONGEST:
        return prefix + plain
    digest = hashlib.sha256(f"{prefix}{name}".encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{whole[: LONGEST - 9].decode('utf-8', 'ignore')}-{digest}"
