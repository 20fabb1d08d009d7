"""One devenv at a time writes in a checkout; the operating system frees the lock of one that crashed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from devenv.clock import Clock
from devenv.errors import WorkspaceError

RETRY_SECONDS = 0.1

if sys.platform == "win32":
    import msvcrt

    _BEYOND_THE_TEXT = 1 << 30  # the locked byte cannot be read, the process id before it can

    def _try_lock(descriptor: int) -> bool:
        os.lseek(descriptor, _BEYOND_THE_TEXT, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def hold_lock(
    folder: Path,
    clock: Clock,
    *,
    name: str = "write",
    timeout_seconds: float = 0,
    on_wait: Callable[[str], None] = lambda _: None,
) -> Iterator[None]:
    """Hold `folder/<name>.lock`, waiting for another's at most `timeout_seconds`.

    on_wait: called once, with the holder's process id as text, before waiting. Raises WorkspaceError.
    The file stays: removing it would let two hold a lock of the same name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _wait_for_lock(descriptor, path, clock, timeout_seconds, on_wait)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"{os.getpid():<12}".encode("ascii"))
        yield
    finally:
        os.close(descriptor)


@contextmanager
def attempt_lock(folder: Path, name: str) -> Iterator[Callable[[], bool] | None]:
    """Hold `folder/<name>.lock` if nobody else does; None where somebody does.

    What is yielded tells whether the lock still holds: not where its file was deleted since.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _try_lock(descriptor):
            yield None
            return
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"{os.getpid():<12}".encode("ascii"))
        yield lambda: os.fstat(descriptor).st_nlink > 0
    finally:
        os.close(descriptor)


def _wait_for_lock(
    descriptor: int, path: Path, clock: Clock, timeout_seconds: float, on_wait: Callable[[str], None]
) -> None:
    if _try_lock(descriptor):
        return
    holder = path.read_text("ascii", errors="replace").strip() or "?"
    on_wait(holder)
    deadline = clock.monotonic() + timeout_seconds
    while clock.monotonic() < deadline:
        clock.sleep(RETRY_SECONDS)
        if _try_lock(descriptor):
            return
    raise WorkspaceError(
        f"another devenv (process {holder}) is at work in {path.parent.parent}",
        hint="wait for it to end, or end it",
    )
