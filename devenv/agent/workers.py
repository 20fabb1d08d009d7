"""A process of the app as the agent sees it."""

from __future__ import annotations

import os
import signal
import socket
import time
from typing import Callable, Optional

from . import control

STARTING = "starting"
SERVING = "serving"
FAILED = "failed"
LEAVING = "leaving"

GONE = ("", "Z", "X")
STILL = ("T", "t", *GONE)  # of the kernel's letters for a process: stopped, or gone
STANDSTILL_SECONDS = 0.05


class Worker:
    """One process of the app, from its start to its end."""

    def __init__(self, *, channel: Optional[socket.socket], generation: int, rung: str, cause: str) -> None:
        self.channel = channel
        self.generation = generation
        self.rung = rung
        self.cause = cause
        self.before = ""  # the module that a checkpoint stands before
        self.obstacle = ""  # why no later checkpoint stands, see protocol.Reloaded
        self.pid = 0  # unknown until it says so
        self.phase = STARTING
        self.paused = False
        self.debugged = False
        self.failure = ""  # what it raised when it was at work
        self.drains = False  # it puts its work away when it hears of its end
        self.on_paused: Optional[Callable[[], None]] = None
        self.since = time.monotonic()

    def tell(self, message: object) -> bool:
        """Send to the process; false when it is past listening."""
        if self.channel is None:
            return False
        try:
            control.send(self.channel, message)
        except OSError:
            return False
        return True

    def has_paused(self) -> None:
        """It accepts no connection any more."""
        self.paused = True
        self.is_past_pausing()

    def is_past_pausing(self) -> None:
        """Whoever waits for its pause goes on: it accepts no more, or is gone."""
        if self.on_paused is not None:
            self.on_paused()

    def signal(self, number: int) -> None:
        """Signal the process alone."""
        if self.pid:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                pass

    def is_alive(self) -> bool:
        """Whether it runs, whoever's child it is."""
        return self._state() not in GONE

    def _state(self) -> str:
        """The kernel's letter for it, "" when it is gone."""
        try:
            with open("/proc/%d/stat" % self.pid) as file:
                return file.read().rpartition(")")[2].split()[0]
        except OSError:
            return ""

    def stand_still(self) -> None:
        """Let the process do nothing more until `go_on`, and return when it does nothing."""
        self.signal(signal.SIGSTOP)
        deadline = time.monotonic() + STANDSTILL_SECONDS
        while self._state() not in STILL and time.monotonic() < deadline:
            time.sleep(0.0002)

    def go_on(self) -> None:
        """The opposite of `stand_still`."""
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the process and whatever it started."""
        self.signal(signal.SIGKILL)
        self.clear_group()

    def clear_group(self) -> None:
        """End what the process left behind."""
        if self.pid:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
