"""When what ended, or did not start, is started again: at once, then after longer and longer waits."""

from __future__ import annotations

from typing import Callable, Optional

from .loop import Loop, Timer

EARLY_SECONDS = 5.0  # who lived that long was at work
LONGEST_WAIT_SECONDS = 10.0
LONGEST_WAIT_FAILED_SECONDS = 60.0


class Retries:
    """The starts that were in vain since the last change, and the one to come."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._in_vain = 0
        self._failure = ""
        self._next: Optional[Timer] = None

    @property
    def ended_early(self) -> bool:
        """Whether the last process ended before it can be said to have worked."""
        return self._in_vain > 1

    def forget(self) -> None:
        """Something was changed: what comes has not been tried."""
        self._in_vain, self._failure = 0, ""

    def is_news(self, failure: str) -> bool:
        """Whether a start failed for another reason, a traceback, than the one before it."""
        before, self._failure = self._failure, failure
        return failure != before

    def cancel(self) -> None:
        """Somebody else starts it, or nobody."""
        if self._next is not None:
            self._next.cancel()

    def after_failure(self, start: Callable[[], None]) -> None:
        """It did not start; only what is outside of the code can help."""
        self._start_after(min(2.0 * 2**self._in_vain, LONGEST_WAIT_FAILED_SECONDS), start)

    def after_end(self, lived_seconds: float, start: Callable[[], None]) -> None:
        """It was at work for so long, and ended."""
        self._in_vain = self._in_vain + 1 if lived_seconds < EARLY_SECONDS else 0
        is_first = self._in_vain <= 1
        self._start_after(0.0 if is_first else min(0.1 * 2**self._in_vain, LONGEST_WAIT_SECONDS), start)

    def _start_after(self, seconds: float, start: Callable[[], None]) -> None:
        self._in_vain += 1
        self._next = self._loop.after(seconds, start)
