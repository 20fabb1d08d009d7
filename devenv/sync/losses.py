"""Removals that come one by one and add up to most of a tree; pure, time is told."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from devenv.sync.reconcile import SMALL_TREE

QUIET_SECONDS = 5.0


class RecentLosses:
    """What was removed since the tree was last quiet and has not come back. Units: seconds of one clock."""

    def __init__(self) -> None:
        self._lost: set[str] = set()
        self._last_change = 0.0

    def note(self, *, gone: Iterable[str], there: Iterable[str], now: float) -> None:
        """Of the paths that changed now, these are gone and those are there."""
        if now - self._last_change > QUIET_SECONDS:
            self._lost.clear()
        self._last_change = now
        self._lost.difference_update(there)
        self._lost.update(gone)

    def are_most(self, remaining: Collection[str]) -> bool:
        """Whether more was lost than is left of a tree that was not small; `remaining` may hold lost ones."""
        before = len(remaining) + sum(path not in remaining for path in self._lost)
        return before > SMALL_TREE and 2 * len(self._lost) > before

    def clear(self) -> None:
        """Both sides agreed: what is gone is meant to be."""
        self._lost.clear()
