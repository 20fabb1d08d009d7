"""The held port from process 1's side: who accepts its connections, and that nobody does for a while."""

from __future__ import annotations

from typing import Callable, Optional

from .control import Pause
from .loop import Loop
from .workers import Worker

PAUSE_SECONDS = 2.0


class Door:
    """accepting: the process that takes the connections that come; None while they wait in the queue."""

    def __init__(self, loop: Loop, log: Callable[[str], None]) -> None:
        self.accepting: Optional[Worker] = None
        self._loop = loop
        self._log = log

    def close(self, then: Callable[[], None]) -> None:
        """Call `then` once no connection is accepted."""
        worker = self.accepting
        if worker is not None and worker.on_paused is not None:
            earlier = worker.on_paused

            def both() -> None:
                earlier()
                then()

            worker.on_paused = both
            return
        if worker is None or worker.paused or not worker.tell(Pause()):
            then()
            return
        overdue = self._loop.after(PAUSE_SECONDS, lambda: self._give_up(worker))

        def paused() -> None:
            overdue.cancel()
            worker.on_paused = None
            worker.paused = True
            then()

        worker.on_paused = paused

    @property
    def is_closed(self) -> bool:
        """Whether connections wait, or will in a moment."""
        worker = self.accepting
        return worker is None or worker.paused or worker.on_paused is not None

    def leave(self, worker: Worker) -> None:
        """The process takes no connection any more."""
        if worker is self.accepting:
            self.accepting = None

    def _give_up(self, worker: Worker) -> None:
        if worker.on_paused is None:
            return
        if not worker.debugged:  # who is stands still, and will hear of its end before it accepts
            self._log("%d did not stop accepting and was killed" % worker.pid)
            worker.kill()
        worker.is_past_pausing()
