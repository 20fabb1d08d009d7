"""When the work of rules is done: a burst is one run, a change during a run one more. Pure; time is told."""

from __future__ import annotations

from dataclasses import dataclass, replace

from devenv.reload.on_change import Work

GATHER_SECONDS = 0.1
LONGEST_GATHER_SECONDS = 2.0
AFTERMATH_SECONDS = 0.5  # what a run wrote may be seen that late
RUNS_IN_A_ROW = 3
"""So often a rule runs because of changes that came during its own run; then it feeds itself."""


@dataclass(frozen=True, slots=True)
class _Pending:
    work: Work
    first: float
    due: float


class Schedule:
    """What rules ask for, one thing at a time, in the order in which it was first asked.

    is_fed_back: what a run writes is seen as a change, since the folder is mounted.
    """

    def __init__(self, *, is_fed_back: bool) -> None:
        self._is_fed_back = is_fed_back
        self._pending: dict[str, _Pending] = {}
        self._running = ""
        self._ended: dict[str, float] = {}
        self._in_a_row: dict[str, int] = {}

    def ask(self, work: Work, now: float) -> bool:
        """Ask for work; False where the rule feeds itself, and so is left until something else changes."""
        key = work.rule
        is_own = self._running == key or now < self._ended.get(key, float("-inf")) + AFTERMATH_SECONDS
        known = self._pending.get(key)
        if not is_own:
            self._in_a_row[key] = 0
        elif known is None:
            self._in_a_row[key] = self._in_a_row.get(key, 0) + 1
        if self._is_fed_back and self._in_a_row.get(key, 0) >= RUNS_IN_A_ROW:
            return False
        first = known.first if known else now
        paths = tuple(dict.fromkeys((*(known.work.paths if known else ()), *work.paths)))
        due = min(now + GATHER_SECONDS, first + LONGEST_GATHER_SECONDS)
        self._pending[key] = _Pending(replace(work, paths=paths), first, due)
        return True

    def next_due(self) -> float | None:
        """When `take` will have something; None for not before something is asked, or a run ends."""
        return None if self._running else min((item.due for item in self._pending.values()), default=None)

    def take(self, now: float) -> Work | None:
        """The work to begin now; `end` tells when it is over."""
        if self._running:
            return None
        for key, item in self._pending.items():
            if item.due <= now:
                del self._pending[key]
                self._running = key
                return item.work
        return None

    def end(self, now: float) -> None:
        """What was taken is done."""
        self._ended[self._running] = now
        self._running = ""
