"""Whoever must wait until no request is under way: the data is about to become another branch's."""

from __future__ import annotations

from typing import Callable, Iterable, List, Optional, Set

from .control import AwaitIdle
from .loop import Loop, Timer
from .workers import LEAVING, Worker

REQUEST_SECONDS = 2.0  # a stream or a websocket may never end
TASK_SECONDS = 10.0


class AwaitedIdle:
    """The processes that are still at something, and who is to be told when none is."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._at_work: Set[Worker] = set()
        self._waiting: List[Callable[[], None]] = []
        self._overdue: Optional[Timer] = None

    def of(self, workers: Iterable[Worker], then: Callable[[], None], *, seconds: float) -> None:
        """Call `then` when `workers`, which accept no more, are idle or gone, or after `seconds`."""
        self._at_work |= {each for each in workers if each.phase == LEAVING or each.tell(AwaitIdle())}
        self._waiting.append(then)
        if self._overdue is None:
            self._overdue = self._loop.after(seconds, self._end)
        self._end_if_idle()

    def ends_for(self, worker: Worker) -> None:
        """It has said that it is idle, or is gone."""
        self._at_work.discard(worker)
        self._end_if_idle()

    def _end_if_idle(self) -> None:
        if not self._at_work:
            self._end()

    def _end(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None
        self._at_work.clear()
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            then()
