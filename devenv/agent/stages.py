"""What a change passed on its way to being served, and when; all of a machine's processes share the clock."""

from __future__ import annotations

import time
from typing import Any, List, Sequence

PAUSED = "paused"  # nobody accepts
APPLIED = "applied"  # the files are as the host wants them
RESUMED = "resumed"  # the new process was woken
LOADED = "loaded"  # its code is imported
READY = "ready"  # it accepts


class Stages:
    """The stages of one change. began: when the agent heard of it, in seconds of the monotonic clock."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self._passed: List[List[Any]] = []

    def note(self, name: str) -> None:
        """It was passed now."""
        self.add([[name, time.monotonic()]])

    def add(self, passed: Sequence[Sequence[Any]]) -> None:
        """Take over what another process noted: [name, seconds of the clock] each."""
        self._passed += [[name, self._since(at)] for name, at in passed]

    def rows(self) -> List[List[Any]]:
        """[name, milliseconds since it began] each."""
        return [list(row) for row in self._passed]

    def duration_ms(self) -> float:
        """Milliseconds until now."""
        return self._since(time.monotonic())

    def _since(self, at: float) -> float:
        return round(1000 * (at - self.began), 2)
