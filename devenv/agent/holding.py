"""While packages are installed, the process does not react: code that needs them must not start too early."""

from __future__ import annotations

from typing import Any, List, Optional, Sequence, Set

from .decision import Decision

HELD = Decision("none", 0, [], "packages are being installed; it reloads then")
INTERRUPTED = "packages were being installed"  # why it starts anew where who installed them is gone


class Holding:
    """Who holds the process back, and what it has not reacted to."""

    def __init__(self) -> None:
        self._holders: Set[Any] = set()
        self._missed: List[List[str]] = []

    def begin(self, holder: Any) -> None:
        """From now on nothing is reacted to."""
        self._holders.add(holder)

    def keep(self, reactions: Sequence[List[str]]) -> bool:
        """Whether somebody holds; what a change means is kept then."""
        if self._holders:
            self._missed += reactions
        return bool(self._holders)

    def end(self, holder: Any) -> Optional[List[List[str]]]:
        """What is to be reacted to now; None where others hold, or it did not."""
        if holder not in self._holders:
            return None
        self._holders.discard(holder)
        if self._holders:
            return None
        missed, self._missed = self._missed, []
        return missed
