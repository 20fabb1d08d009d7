"""ports/<port>.lock in the user's state folder: which devenv is about to publish on a host port.

Looking whether a port is free says nothing about the next second, and checkouts that come up at once look at
the same ones. Only who holds the lock of a port gives it out, until a container has it.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from devenv.workspace.lock import attempt_lock
from devenv.workspace.register import register_folder


def claims_folder() -> Path:
    """Where this user's claims are."""
    return register_folder().parent / "ports"


class PortClaims:
    """The ports that this one claimed. Leaving it, or a crash, gives them back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[int, bool] = {}
        self._locks = ExitStack()

    def __enter__(self) -> PortClaims:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.clear()
        self._locks.close()

    def claim(self, port: int) -> bool:
        """Whether no other devenv is about to publish on it. An unwritable folder is no hindrance."""
        if port not in self._held:
            try:
                lock = self._locks.enter_context(attempt_lock(self._folder, str(port)))
            except OSError:
                return True
            self._held[port] = lock is not None
        return self._held[port]

    def refuse(self, port: int | None) -> None:
        """The engine cannot publish on it, whatever it looks like from here. None: it did not say which."""
        if port is not None:
            self._held[port] = False
