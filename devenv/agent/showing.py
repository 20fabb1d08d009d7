"""While the code does not start, somebody answers at its port."""

from __future__ import annotations

import socket
from typing import Callable, Optional

from .control import Failed
from .door import Door
from .loop import Loop
from .port import hold_port
from .program import Program
from .responder import begin_responder
from .workers import Worker

PORT_SECONDS = 0.2  # until one that failed has left its port


class Showing:
    """add: takes in the process that answers. generation: the newest one."""

    def __init__(
        self,
        *,
        program: Program,
        listener: Optional[socket.socket],
        loop: Loop,
        door: Door,
        add: Callable[[Worker], None],
        generation: Callable[[], int],
    ) -> None:
        self._program = program
        self._listener = listener
        self._loop = loop
        self._door = door
        self._add = add
        self._generation = generation

    def begin(self, failed: Failed, is_so: Callable[[], bool]) -> None:
        """Answer with what failed, where there is a port. is_so: whether it is still what failed last."""
        if self._listener is not None:
            self._answer(failed, self._listener)
        elif self._program.binds_port:
            self._answer_at_free_port(failed, is_so)

    def _answer_at_free_port(self, failed: Failed, is_so: Callable[[], bool]) -> None:
        """Lend the page the port of a command that binds it by itself; the next start waits for its end."""

        def again() -> None:
            if is_so() and self._door.accepting is None:
                self._answer_at_free_port(failed, is_so)

        try:
            listener = hold_port(self._program.port)
        except OSError:
            self._loop.after(PORT_SECONDS, again)
            return
        with listener:
            self._answer(failed, listener)

    def _answer(self, failed: Failed, listener: socket.socket) -> None:
        responder = begin_responder(failed, self._program, listener, self._generation())
        self._door.accepting = responder
        self._add(responder)
