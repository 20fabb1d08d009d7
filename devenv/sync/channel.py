"""The open stream to one agent: connected, lost and connected again by its own two threads."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from devenv.agent.protocol import VERSION, Decoder, Hello, ProtocolError, encode
from devenv.clock import Clock
from devenv.errors import DevenvError

FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 2.0


class ByteStream(Protocol):
    """Bytes to a relay and back. OSError means that it is lost."""

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        ...

    def recv(self) -> bytes:
        """Some bytes as soon as there are any; b"" at the end."""
        ...

    def close(self) -> None:
        """End it, from any thread; a `recv` or `send` that waits returns."""
        ...


@dataclass(frozen=True, slots=True)
class Received:
    """A message from the agent of `process`."""

    process: str
    message: object


@dataclass(frozen=True, slots=True)
class Lost:
    """The channel to `process` is gone, or could not be opened; it is tried again."""

    process: str
    reason: str


Report = Callable[[Received | Lost], None]


def retry_delay(failures: int) -> float:
    """Seconds until the next attempt after so many in a row failed."""
    return min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2.0 ** min(failures, 10))


class Channel:
    """Frames to the agent of one process, and its messages back.

    Reading (and connecting) is one thread's work, writing another's, so that an agent that does not read, a
    container that is paused or a slow `connect` delays nobody else.
    """

    def __init__(
        self, process: str, connect: Callable[[str], ByteStream], report: Report, clock: Clock
    ) -> None:
        self.process = process
        self._connect = connect
        self._report = report
        self._clock = clock
        self._stopped = threading.Event()
        self._stream: ByteStream | None = None
        self._outbox: _Outbox | None = None
        self.moved_at = clock.monotonic()
        self._thread = threading.Thread(target=self._keep_open, name=f"devenv-sync {process}", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def send(self, frames: Iterable[bytes], *, patiently: bool = False) -> None:
        """Send `frames`, made as they go. Patient ones let all others pass between two of their frames."""
        outbox = self._outbox
        if outbox is not None:
            self.moved_at = self._clock.monotonic()
            outbox.put(iter(frames), patiently=patiently)

    def drop(self) -> None:
        """Give up on the stream as it is; a new one is opened."""
        stream = self._stream
        if stream is not None:
            stream.close()

    def stop(self) -> None:
        """Close for good; `join` waits for the end."""
        self._stopped.set()
        self.drop()

    def join(self, timeout_seconds: float) -> None:
        """Wait until the channel's threads have ended."""
        self._thread.join(timeout_seconds)

    def _keep_open(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            try:
                self._stream = stream = self._connect(self.process)
            except (OSError, DevenvError) as error:
                self._report(Lost(self.process, str(error)))
            else:
                heard, reason = self._serve(stream)
                failures = 0 if heard else failures
                if not self._stopped.is_set():
                    self._report(Lost(self.process, reason))
            failures += 1
            self._stopped.wait(retry_delay(failures - 1))

    def _serve(self, stream: ByteStream) -> tuple[bool, str]:
        """Read until the stream ends: whether anything came, and why it ended."""
        if self._stopped.is_set():
            stream.close()
        outbox = self._outbox = _Outbox()
        writer = threading.Thread(
            target=self._write, args=(stream, outbox), name=f"devenv-sync to {self.process}", daemon=True
        )
        writer.start()
        heard = False
        try:
            outbox.put(iter([encode(Hello(VERSION))]), patiently=False)
            decoder = Decoder()
            while data := stream.recv():
                self.moved_at = self._clock.monotonic()
                for message in decoder.feed(data):
                    heard = True
                    self._report(Received(self.process, message))
            return heard, "the stream ended"
        except (OSError, ProtocolError) as error:
            return heard, str(error)
        finally:
            self._outbox = None
            outbox.close()
            stream.close()

    def _write(self, stream: ByteStream, outbox: _Outbox) -> None:
        try:
            for frame in outbox.frames():
                stream.send(frame)
                self.moved_at = self._clock.monotonic()
        except OSError:
            stream.close()  # the reader sees the end and tells


class _Outbox:
    """What waits to be written: two lines, and the patient one moves only while the other is empty."""

    def __init__(self) -> None:
        self._wakeups: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._prompt: deque[Iterator[bytes]] = deque()
        self._patient: deque[Iterator[bytes]] = deque()
        self._closed = False

    def put(self, frames: Iterator[bytes], *, patiently: bool) -> None:
        """Add to a line."""
        (self._patient if patiently else self._prompt).append(frames)
        self._wakeups.put(None)

    def close(self) -> None:
        """End `frames`."""
        self._closed = True
        self._wakeups.put(None)

    def frames(self) -> Iterator[bytes]:
        """Frames to write, waiting for more, until closed."""
        while not self._closed:
            line = self._prompt or self._patient
            if not line:
                self._wakeups.get()
                continue
            frame = next(line[0], None)
            if frame is None:
                line.popleft()
            elif frame:
                yield frame
