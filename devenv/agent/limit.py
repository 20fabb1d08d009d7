"""Inside the app: a start that does not end is ended, with the stack of where it hangs.

A timer does not survive a fork: whoever goes on after one sets it again (see checkpoints.py).
"""

from __future__ import annotations

import os
import signal
import threading
from typing import Any, Callable

START_SECONDS = float(os.environ.get("DEVENV_START_SECONDS") or 30)
TOLD = "the start did not end within %g s; it was here (DEVENV_START_SECONDS under app.env gives it longer)"


class StartTakesTooLong(BaseException):
    """No Exception: code that catches those and goes on would swallow it."""

    __module__ = "builtins"  # a traceback names it alone


def begin() -> None:
    """Give the start its time. An app that uses this alarm itself goes without a limit."""
    signal.signal(signal.SIGALRM, _expire)
    resume(START_SECONDS)


def suspend() -> float:
    """Stop the clock; the seconds that were left, 0 if it did not run."""
    return signal.setitimer(signal.ITIMER_REAL, 0)[0]


def resume(seconds: float) -> None:
    """Let the clock run for `seconds` more; 0 stops it."""
    signal.setitimer(signal.ITIMER_REAL, seconds)


def stand_still() -> Callable[[], None]:
    """No time passes for a start that somebody looks into, until the returned function is called."""
    is_running = signal.getsignal(signal.SIGALRM) is _expire and suspend() > 0
    return (lambda: resume(START_SECONDS)) if is_running else (lambda: None)


def end() -> None:
    """The start is over: the alarm is the app's."""
    if signal.getsignal(signal.SIGALRM) is _expire:
        suspend()
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _expire(*_: Any) -> None:
    raise StartTakesTooLong(TOLD % START_SECONDS)
