"""When files of a work tree were committed last: git's history, read; nothing of a repository is run."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

_TIMEOUT_SECONDS = 10
_OPTIONS = (
    "-c",
    "core.fsmonitor=false",
    "-c",
    "log.showSignature=false",
    "--no-pager",
)
_ENVIRON = {"GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
_HASHES = {40: hashlib.sha1, 64: hashlib.sha256}  # by the length of an object's name


@dataclass(frozen=True, kw_only=True, slots=True)
class LastCommit:
    """`path`: of several files the one that was committed last. `day`: of that commit, in UTC.

    `is_first`: a shallow clone's history begins with it: the file may be older. `later`: the days of later
    commits of Python code, the first one first.
    """

    path: str
    day: date
    is_first: bool = False
    later: tuple[date, ...] = ()


def last_commit(root: Path, paths: Iterable[str]) -> LastCommit | None:
    """The last commit that changed one of these files, or anything in one of these folders.

    None where nobody knows: no git, no commit of any of them, a file that differs from what is committed.
    """
    found: list[tuple[int, str, str]] = []
    for path in paths:
        said = _git(root, "log", "-1", "--format=%ct %H", "HEAD", "--", f":(literal){path}")
        if said is None or not _is_committed(root, path):
            return None
        if said.strip():
            when, commit = said.split()
            found.append((int(when), path, commit))
    if not found:
        return None
    seconds, path, commit = max(found)
    return LastCommit(
        path=path,
        day=_day(seconds),
        is_first=commit in _first_of_a_shallow_clone(root),
        later=_later(root, seconds),
    )


def _later(root: Path, since: int) -> tuple[date, ...]:
    said = _git(root, "log", "--format=%ct", f"--since={since}", "HEAD", "--", ":(glob)**/*.py") or ""
    return tuple(sorted({_day(int(each)) for each in said.split()} - {_day(since)}))


def _day(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, UTC).date()


def _is_committed(root: Path, path: str) -> bool:
    """Whether a file is as HEAD has it, with whatever line endings; a folder is taken as it is."""
    file = root / path
    if file.is_dir():
        return True
    there = (_git(root, "rev-parse", "--verify", "--quiet", f"HEAD:./{path}") or "").strip()
    try:
        data = file.read_bytes()
    except OSError:
        return False
    return there in {_blob(each, len(there)) for each in (data, data.replace(b"\r\n", b"\n"))}


def _blob(data: bytes, length: int) -> str:
    """An object's name, as git makes it of a file's bytes."""
    make = _HASHES.get(length)
    return make(b"blob %d\0" % len(data) + data).hexdigest() if make else ""


def _first_of_a_shallow_clone(root: Path) -> frozenset[str]:
    place = (_git(root, "rev-parse", "--git-path", "shallow") or "").strip()
    with suppress(OSError):
        return frozenset((root / place).read_text("ascii").split()) if place else frozenset()
    return frozenset()


def _git(root: Path, *arguments: str) -> str | None:
    """What git prints, None where it fails. GIT_DIR and its like may be about another repository."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    with suppress(OSError, subprocess.TimeoutExpired, UnicodeError):
        done = subprocess.run(
            ["git", "-C", str(root), *_OPTIONS, *arguments],
            capture_output=True,
            env={**environ, **_ENVIRON},
            check=False,
            timeout=_TIMEOUT_SECONDS,
            encoding="utf-8",
        )
        return done.stdout if done.returncode == 0 else None
    return None
