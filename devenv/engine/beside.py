"""One piece of work beside another, in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType


class Beside:
    """While entered, does `work`; leaving waits for its end."""

    def __init__(self, work: Callable[[], None] | None) -> None:
        self._work = work
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="devenv-beside", daemon=True)

    def __enter__(self) -> Beside:
        if self._work is not None:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._thread.is_alive():
            self._thread.join()

    def is_done(self) -> bool:
        """Whether it has ended well. Raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._work is None or not self._thread.is_alive()

    def _run(self) -> None:
        assert self._work is not None
        try:
            self._work()
        except BaseException as error:  # raised where it is asked for
            self._error = error
