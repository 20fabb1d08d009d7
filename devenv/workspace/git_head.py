"""Which branch is checked out: git's own files, read; and how far branches are apart."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from math import inf
from pathlib import Path

from devenv.clock import Clock

_BRANCH = "ref: refs/heads/"
_TIMEOUT_SECONDS = 10
ABANDONED_SECONDS = 10.0
HEAD_SECONDS = 0.3  # after the index, on a busy machine
CLOCK_SECONDS = 1.0  # a file system's clock may be so far off


def git_folder(root: Path) -> Path | None:
    """The folder with the HEAD of the work tree around `root`, also of a linked one; None without git."""
    for folder in (root, *root.parents):
        found = folder / ".git"
        if found.is_dir():
            return found
        if found.is_file():
            text = found.read_text("utf-8", "surrogateescape").strip()
            return (folder / text.removeprefix("gitdir: ")).resolve() if text.startswith("gitdir: ") else None
    return None


def read_branch(git: Path) -> str:
    """The branch that is checked out; "" for a detached HEAD (a rebase, a bisection, a tag)."""
    try:
        text = (git / "HEAD").read_text("utf-8", "surrogateescape").strip()
    except OSError:
        return ""
    return text.removeprefix(_BRANCH) if text.startswith(_BRANCH) else ""


def is_busy(git: Path) -> bool:
    """git is changing the work tree, or has just done so: it writes the files, then the index, then HEAD.

    A lock that a crash left behind is not waited for.
    """
    index = _age(git / "index")
    return _age(git / "index.lock") < ABANDONED_SECONDS or index < min(HEAD_SECONDS, _age(git / "HEAD"))


class GitFollowed:
    """The same for who looks again and again: a lock that was new when it was first seen is waited for.

    However old it seems by then: the machine may have slept while git worked, or its clock have been set.
    """

    def __init__(self, git: Path, clock: Clock) -> None:
        self._git = git
        self._clock = clock
        self._lock: int | None = None  # its inode
        self._until = -inf

    def is_busy(self) -> bool:
        """Whether git is changing the work tree, or has just done so."""
        lock, now = _inode(self._git / "index.lock"), self._clock.monotonic()
        if lock != self._lock:
            is_new = _age(self._git / "index.lock") < ABANDONED_SECONDS
            self._lock, self._until = lock, now + ABANDONED_SECONDS if is_new else -inf
        return is_busy(self._git) or (lock is not None and now < self._until)


def _inode(file: Path) -> int | None:
    try:
        return file.stat().st_ino
    except OSError:
        return None


def _age(file: Path) -> float:
    """In seconds since it was written; without end for a file that is not there, or of the future."""
    try:
        age = time.time() - file.stat().st_mtime
    except OSError:
        return inf
    return age if age >= -CLOCK_SECONDS else inf


def nearest(root: Path, branch: str, others: Iterable[str]) -> tuple[str, ...]:
    """Those of `others` that are branches still, first the one with the fewest commits up to `branch`."""
    distances = {other: _distance(root, branch, other) for other in others}
    known = {other: distance for other, distance in distances.items() if distance is not None}
    return tuple(sorted(known, key=lambda other: known[other]))


def former_names(root: Path, branch: str) -> tuple[str, ...]:
    """What the branch was called before, the latest first, but for names that another branch has by now."""
    said = _git(root, "reflog", "show", "--format=%gs", f"refs/heads/{branch}", "--") or ""
    renamed = re.findall(r"^Branch: renamed refs/heads/(\S+) to ", said, re.MULTILINE)
    return tuple(each for each in renamed if _distance(root, each, each) is None)


def _distance(root: Path, branch: str, other: str) -> int | None:
    said = _git(root, "rev-list", "--count", f"refs/heads/{other}..refs/heads/{branch}", "--")
    return int(said) if said else None


def _git(root: Path, *arguments: str) -> str | None:
    """What git prints, None where it fails."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    with suppress(OSError, subprocess.TimeoutExpired, UnicodeError):
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            env=environ,
            check=False,
            timeout=_TIMEOUT_SECONDS,
            text=True,
        )
        return done.stdout if done.returncode == 0 else None
    return None
