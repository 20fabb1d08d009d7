"""Somebody waits for the process that serves, so it has the processors first; then for what works."""

from __future__ import annotations

from typing import Callable, List

from .loop import Loop, Timer


class GivingWay:
    """What a process is to do once the one that serves is done with the same change."""

    def __init__(self, loop: Loop, seconds: float) -> None:
        self._loop = loop
        self._seconds = seconds
        self._waiting: List[Callable[[], None]] = []
        self._timers: List[Timer] = []

    def then(self, begin: Callable[[], None]) -> None:
        """Call `begin` at `end`, at the latest when the seconds are over; in the order in which they came."""
        self._waiting.append(begin)
        self._timers.append(self._loop.after(self._seconds, self.end))

    def end(self) -> None:
        """Nobody has to wait any more."""
        waiting, self._waiting = self._waiting, []
        for timer in self._timers:
            timer.cancel()
        self._timers = []
        for begin in waiting:
            begin()
