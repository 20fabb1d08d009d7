"""Which paths to look at, and when; pure, time is told.

The first change of a path is due at once. One that is being written waits for its end, one that vanished
waits a moment for its successor (editors save by renaming), and one that never stops changing gets a turn
a second, while all others go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

QUIET_SECONDS = 0.2
LONGEST_WRITE_SECONDS = 2.0
VANISHED_SECONDS = 0.02
FREE_TURNS = 20  # who saves a file again and again, a person or a program, waits for none of them
TURN_SECONDS = 1.0


class Sign(StrEnum):
    """What was seen of a path."""

    SETTLED = "settled"  # written and closed, renamed to, made, its mode changed
    WRITING = "writing"  # written to, and still open as far as is known
    VANISHED = "vanished"  # removed, or renamed away to where nobody looks
    MODE = "mode"  # its mode or times changed; says nothing of a write under way


@dataclass(frozen=True, slots=True)
class _Entry:
    """`first`: when the path first asked for attention; `due`: when it gets it."""

    first: float
    due: float
    sign: Sign


@dataclass(frozen=True, slots=True)
class _Turns:
    """Turns that a path has left, as of a moment."""

    left: float
    at: float

    def at_moment(self, now: float) -> float:
        return min(FREE_TURNS, self.left + (now - self.at) / TURN_SECONDS)


class Agenda:
    """Paths that asked for attention. Units: seconds of one clock throughout."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._turns: dict[str, _Turns] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def note(self, path: str, sign: Sign, at: float) -> None:
        """`path` asks for attention, seen at `at`."""
        known = self._entries.get(path)
        if sign is Sign.MODE and known is not None and known.sign is Sign.WRITING:
            return
        first = min(known.first, at) if known is not None else at
        due = at
        if sign is Sign.WRITING:
            due = min(at + QUIET_SECONDS, first + LONGEST_WRITE_SECONDS)
        elif sign is Sign.VANISHED:
            due = at + VANISHED_SECONDS
        self._entries[path] = _Entry(first, due, sign)

    def postpone(self, path: str, until: float) -> None:
        """Look at `path` again, not before `until`."""
        known = self._entries.get(path)
        if known is None:
            self._entries[path] = _Entry(until, until, Sign.SETTLED)

    def take(self, now: float) -> dict[str, float]:
        """The paths whose time has come, each with the moment it first asked; they are off the agenda."""
        taken = {path: entry.first for path, entry in self._entries.items() if self._due(path, entry) <= now}
        for path in taken:
            del self._entries[path]
            turns = self._turns.get(path, _Turns(FREE_TURNS, now))
            self._turns[path] = _Turns(turns.at_moment(now) - 1, now)
        if len(self._turns) > 2 * len(taken) + 100:
            self._forget_idle(now)
        return taken

    def next_due(self) -> float | None:
        """When `take` will have something, None for never."""
        return min((self._due(path, entry) for path, entry in self._entries.items()), default=None)

    def clear(self) -> None:
        """Forget what was asked: a look at everything is coming."""
        self._entries.clear()

    def _due(self, path: str, entry: _Entry) -> float:
        turns = self._turns.get(path)
        if turns is None or turns.left >= 1:
            return entry.due
        return max(entry.due, turns.at + (1 - turns.left) * TURN_SECONDS)

    def _forget_idle(self, now: float) -> None:
        self._turns = {p: turns for p, turns in self._turns.items() if turns.at_moment(now) < FREE_TURNS}
