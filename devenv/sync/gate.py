"""What else must be so before the code in the containers changes: the data of another branch, say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Gate(Protocol):
    """Stands between what is saved and the containers; called in the session's thread alone."""

    def enter(self, hold: Callable[[], None]) -> bool:
        """Passed before the host is looked at for what is to be sent; may wait.

        It may call `hold`, after which no request is begun until all has arrived that is there when it
        returns True. Then `leave` follows.
        """
        ...

    def has_moved(self) -> bool:
        """Whether what was looked at since `enter` may be something else already: then it is not sent."""
        ...

    def arrived(self) -> None:
        """After `hold`, when all has arrived and before a request is begun; may wait."""
        ...

    def leave(self) -> None:
        """All has arrived, or the containers cannot be reached any more; without an effect otherwise."""
        ...


class OpenGate:
    """Nothing else must be so."""

    def enter(self, hold: Callable[[], None]) -> bool:  # noqa: ARG002 (of the protocol)
        """Open."""
        return False

    def has_moved(self) -> bool:
        """Never."""
        return False

    def arrived(self) -> None:
        """Nothing to do."""

    def leave(self) -> None:
        """Nothing to do."""
