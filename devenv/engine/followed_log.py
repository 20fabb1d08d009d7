"""A container's log, read by a thread while the one who waits for the container goes on looking."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import Empty, SimpleQueue

from devenv.engine.client import Engine
from devenv.errors import DevenvError

LAST_LINES_SECONDS = 2.0


class FollowedLog:
    """The lines of the container's last run as they come."""

    def __init__(self, engine: Engine, container_id: str) -> None:
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._thread = threading.Thread(
            target=self._follow, args=(engine, container_id), name="job-log", daemon=True
        )
        self._thread.start()

    def new_lines(self) -> Iterator[str]:
        """What came since the last call."""
        while True:
            try:
                yield self._lines.get_nowait()
            except Empty:
                return

    def last_lines(self) -> Iterator[str]:
        """What is still to come of a container that ended."""
        self._thread.join(LAST_LINES_SECONDS)
        yield from self.new_lines()

    def _follow(self, engine: Engine, container_id: str) -> None:
        try:
            for line in engine.follow_log(container_id):
                self._lines.put(line)
        except DevenvError:
            return  # the container or the engine went away; the one who waits for it finds that out
