"""One thread that waits for files, timers and signals; callbacks must not block."""

from __future__ import annotations

import heapq
import itertools
import selectors
import signal
import socket
import time
from typing import Any, Callable, Dict, List, Tuple

Callback = Callable[[], object]


class Timer:
    """A callback to come; `cancel` prevents it."""

    def __init__(self, callback: Callback) -> None:
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        """Never call back."""
        self.cancelled = True


class Loop:
    """The agent's event loop."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._timers: List[Tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._signals: Dict[int, Callback] = {}
        self._wakeup, self._wakeup_writer = socket.socketpair()
        for end in (self._wakeup, self._wakeup_writer):
            end.setblocking(False)
        self.on_readable(self._wakeup, self._take_signals)
        self.running = True

    def on_readable(self, file: Any, callback: Callback) -> None:
        """Call back whenever `file` can be read, until `forget`."""
        self._selector.register(file, selectors.EVENT_READ, (callback, None))

    def on_writable(self, file: Any, callback: Callback) -> None:
        """Call back as well while `file` can be written, until `not_writable`."""
        read = self._selector.get_key(file).data[0]
        self._selector.modify(file, selectors.EVENT_READ | selectors.EVENT_WRITE, (read, callback))

    def not_writable(self, file: Any) -> None:
        """Stop what `on_writable` began."""
        read = self._selector.get_key(file).data[0]
        self._selector.modify(file, selectors.EVENT_READ, (read, None))

    def forget(self, file: Any) -> None:
        """Watch `file` no more; unknown files are fine."""
        try:
            self._selector.unregister(file)
        except (KeyError, ValueError):
            pass

    def after(self, seconds: float, callback: Callback) -> Timer:
        """Call back once, `seconds` from now."""
        timer = Timer(callback)
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._order), timer))
        return timer

    def on_signal(self, number: int, callback: Callback) -> None:
        """Call back in the loop, never in the middle of other work."""
        self._signals[number] = callback
        signal.signal(number, lambda *_: None)
        signal.siginterrupt(number, False)
        signal.set_wakeup_fd(self._wakeup_writer.fileno(), warn_on_full_buffer=False)

    def run(self) -> None:
        """Serve until `running` is made false."""
        while self.running:
            for key, events in self._selector.select(self._timeout()):
                read, write = key.data
                if events & selectors.EVENT_WRITE and write is not None:
                    write()
                if events & selectors.EVENT_READ and self._is_watched(key.fileobj, read):
                    read()
            self._call_timers()

    def _is_watched(self, file: Any, callback: Callback) -> bool:
        """Whether an earlier callback of the same round left this one in place."""
        try:
            return bool(self._selector.get_key(file).data[0] is callback)
        except (KeyError, ValueError):
            return False

    def _timeout(self) -> Any:
        while self._timers and self._timers[0][2].cancelled:
            heapq.heappop(self._timers)
        return max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else None

    def _call_timers(self) -> None:
        while self._timers and self._timers[0][0] <= time.monotonic():
            timer = heapq.heappop(self._timers)[2]
            if not timer.cancelled:
                timer.callback()

    def _take_signals(self) -> None:
        try:
            numbers = self._wakeup.recv(4096)
        except BlockingIOError:
            return
        for number in sorted(set(numbers)):
            if number in self._signals:
                self._signals[number]()
