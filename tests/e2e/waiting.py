"""Waiting for a condition, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
POLL_SECONDS = 0.1


def eventually(
    probe: Callable[[], T], condition: Callable[[T], bool] = bool, *, timeout_seconds: float = 120
) -> T:
    """Ask until the answer is as wanted, and return it; nobody listening yet counts as no answer.

    Raises AssertionError with the last answer.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        last: T | OSError
        try:
            last = probe()
            if condition(last):
                return last
        except OSError as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_seconds:.0f} s; the last answer was {last!r}")
        time.sleep(POLL_SECONDS)
