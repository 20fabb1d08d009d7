"""The processes of the app that there are, and how each comes to its end."""

from __future__ import annotations

import signal
from typing import Callable, List, Optional

from .control import Stop
from .door import Door
from .loop import Loop
from .program import Program
from .workers import LEAVING, STARTING, Worker

HEAR_SECONDS = 1.0
COMMAND_GRACE_SECONDS = 300.0
EXCLUSIVE_GRACE_SECONDS = 10.0


class Roster:
    """newest: the one that has the newest code, or is about to; None while there is none.

    serves: they accept connections at the held port, and finish theirs within grace_seconds.
    """

    def __init__(
        self,
        *,
        program: Program,
        serves: bool,
        grace_seconds: float,
        door: Door,
        loop: Loop,
        log: Callable[[str], None],
    ) -> None:
        self.newest: Optional[Worker] = None
        self.is_closing = False
        """Whether all are asked to end, whoever is in use."""
        self._workers: List[Worker] = []
        self._program = program
        self._serves = serves
        self._grace_seconds = grace_seconds if serves else COMMAND_GRACE_SECONDS
        self._door = door
        self._loop = loop
        self._log = log

    def __contains__(self, worker: Worker) -> bool:
        return worker in self._workers

    def __bool__(self) -> bool:
        return bool(self._workers)

    @property
    def all(self) -> List[Worker]:
        """Those that are there now, a copy."""
        return list(self._workers)

    def of(self, *phases: str) -> List[Worker]:
        """Those in one of the phases."""
        return [each for each in self._workers if each.phase in phases]

    def add(self, worker: Worker, hear: Callable[[], object]) -> None:
        """It was started. hear: is called when it has told something."""
        self._workers.append(worker)
        self._loop.on_readable(worker.channel, hear)

    def retire(self, worker: Worker) -> None:
        """Let a process finish what is under way, then end it."""
        if worker.phase == LEAVING:
            return
        serves = self._serves and worker.channel is not None and worker.phase != STARTING
        worker.phase = LEAVING
        self._door.leave(worker)
        if worker is self.newest:
            self.newest = None
        if not worker.drains and not serves:
            worker.signal(self._program.end_signal)
        hears = worker.tell(Stop(self._grace_seconds))
        if worker.drains:
            self._loop.after(HEAR_SECONDS if hears else 0.0, lambda: self._insist(worker))
        is_exclusive = self._program.exclusive
        grace_seconds = EXCLUSIVE_GRACE_SECONDS if is_exclusive else self._grace_seconds + 1
        self._loop.after(grace_seconds, lambda: self._overdue(worker))

    def _insist(self, worker: Worker) -> None:
        """Its event loop may wait for a broker that is gone, and hear nothing."""
        if worker in self and not worker.paused:
            worker.signal(signal.SIGTERM)

    def _overdue(self, worker: Worker) -> None:
        if worker in self and worker.debugged and not self.is_closing:
            self._loop.after(self._grace_seconds, lambda: self._overdue(worker))
        elif worker in self:
            self._log("%d did not end in time and was killed" % worker.pid)
            worker.kill()

    def abandon(self, worker: Worker) -> None:
        """End a process that has done nothing yet; one that has not said who it is ends with its channel."""
        worker.phase = LEAVING
        self.newest = None
        worker.kill()
        self.hang_up(worker)
        self._workers.remove(worker)  # who would tell that it is gone may be dropped before it does

    def hang_up(self, worker: Worker) -> None:
        """Nothing more is heard from it."""
        if worker.channel is not None:
            self._loop.forget(worker.channel)
            worker.channel.close()
            worker.channel = None

    def strike(self, worker: Worker) -> None:
        """It is gone."""
        self._workers.remove(worker)
        self.hang_up(worker)
        worker.clear_group()
        worker.is_past_pausing()
        self._door.leave(worker)
