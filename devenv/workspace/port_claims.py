"""ports/<port>.lock in the user's state folder: which devenv is about to publish on a host port.

Looking whether a port is free says nothing about the next second, and checkouts that come up at once look at
the same ones. Only who holds the lock of a port looks at it and gives it out, until a container has it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from devenv.clock import Clock
from devenv.errors import WorkspaceError
from devenv.workspace.lock import hold_lock
from devenv.workspace.register import register_folder

LOOK_SECONDS = 0.5  # so long another devenv may only look at a port


def claims_folder() -> Path:
    """Where this user's claims are."""
    return register_folder().parent / "ports"


class PortClaims:
    """The ports that this one claimed. Leaving it, or a crash, gives them back."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._held: dict[int, ExitStack] = {}
        self._refused: set[int] = set()

    def __enter__(self) -> PortClaims:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for port in list(self._held):
            self._held.pop(port).close()

    def take(self, port: int, is_free: Callable[[int], bool]) -> bool:
        """Whether it is free, and no other devenv is about to publish on it: it is ours then."""
        if port in self._refused or not self._claim(port):
            return False
        if is_free(port):
            return True
        self._held.pop(port).close()
        return False

    def refuse(self, port: int | None) -> None:
        """The engine cannot publish on it, whatever it looks like from here. None: it did not say which."""
        if port is not None:
            self._refused.add(port)

    def _claim(self, port: int) -> bool:
        """An unwritable folder is no hindrance."""
        if port in self._held:
            return True
        lock = ExitStack()
        try:
            lock.enter_context(
                hold_lock(self._folder, self._clock, name=str(port), timeout_seconds=LOOK_SECONDS)
            )
        except WorkspaceError:
            self._refused.add(port)
            return False
        except OSError:
            pass
        self._held[port] = lock
        return True
