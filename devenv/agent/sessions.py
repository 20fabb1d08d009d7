"""Inside the app: who is being debugged. A process in use is neither hurried nor ended."""

from __future__ import annotations

import threading
import time
from typing import Callable

from .checkpoints import Link
from .control import Debugging

POLL_SECONDS = 0.1


class Sessions:
    """The debugging of one process."""

    def __init__(self) -> None:
        self._open = 0
        self._lock = threading.Lock()

    def begin(self, link: Link) -> None:
        """A debugger stops the process somewhere, or may."""
        with self._lock:
            self._open += 1
        link.tell(Debugging(True))

    def end(self, link: Link) -> None:
        """It does not any more."""
        with self._lock:
            self._open -= 1
            is_over = self._open == 0
        if is_over:
            link.tell(Debugging(False))

    @property
    def in_use(self) -> bool:
        """Whether somebody looks into the process."""
        return self._open > 0

    def wait_for(self, is_idle: Callable[[], bool]) -> None:
        """Return when nobody does, or when there is nothing more to look into."""
        while self.in_use and not is_idle():
            time.sleep(POLL_SECONDS)


SESSIONS = Sessions()
