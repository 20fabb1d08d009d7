"""Starting the app's process: from the deepest checkpoint that is still true, else from cold."""

from __future__ import annotations

import socket
from typing import NamedTuple, Optional, Tuple

from . import control
from .decision import FOREIGN
from .execution import execute, execute_app, execute_old
from .ladder import Ladder
from .program import Program
from .workers import Worker

CHAIN_RUNG, COLD_RUNG = "chain", "cold"


class Starts(NamedTuple):
    """What every start has in common. listener: the held socket, if it serves that."""

    program: Program
    listener: Optional[socket.socket]
    ladder: Ladder

    def start(self, position: int, cause: str, generation: int, *, checks_first: bool) -> Worker:
        """A process that has not seen what is at `position` of the history."""
        obstacle = self.ladder.obstacle_before(position)
        resumed = self.ladder.resume(position, generation, checks_first=checks_first)
        if resumed is None:
            worker = self._cold(cause, generation, checks_first=checks_first)
        else:
            worker = Worker(channel=resumed.channel, generation=generation, rung=CHAIN_RUNG, cause=cause)
            worker.pid, worker.before = resumed.pid, resumed.before
        worker.obstacle = obstacle
        return worker

    def _cold(self, cause: str, generation: int, *, checks_first: bool) -> Worker:
        program, recent = self.program, self.ladder.recent
        mine, theirs = control.pair()
        worker = Worker(channel=mine, generation=generation, rung=COLD_RUNG, cause=cause)
        with theirs:
            if program.cold and program.invocation:
                worker.pid = execute_old(program, theirs, self.listener)
            elif program.kind == FOREIGN:
                worker.pid = execute(program.command, [])
            else:
                worker.pid = execute_app(
                    program, theirs, self.listener, generation, recent, checks_first=checks_first
                )
        return worker

    def rung(self, position: int) -> Tuple[str, str, str]:
        """Where a start at `position` would come from: the rung, what stands next, the obstacle."""
        checkpoint = self.ladder.deepest(position)
        obstacle = self.ladder.obstacle_before(position)
        return (CHAIN_RUNG, checkpoint.before, obstacle) if checkpoint else (COLD_RUNG, "", obstacle)
