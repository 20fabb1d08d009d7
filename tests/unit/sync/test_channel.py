from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import pytest

from devenv.agent.protocol import VERSION, Decoder, Hello, State, Welcome, encode
from devenv.clock import SystemClock
from devenv.errors import NotRunning
from devenv.sync.channel import ByteStream, Channel, Lost, Received, retry_delay

WELCOME = Welcome(VERSION, "web", "3.13.5", 1000, 0)


class MemoryStream:
    """A stream whose other end the test holds. `gate` holds writing back while it is not set."""

    def __init__(self) -> None:
        self.to_host: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.from_host: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.gate = threading.Event()
        self.gate.set()

    def send(self, data: bytes) -> None:
        self.gate.wait()
        self.from_host.put(data)

    def recv(self) -> bytes:
        return self.to_host.get()

    def close(self) -> None:
        self.gate.set()
        self.to_host.put(b"")


class Other:
    """What the channel connects with: streams, or a reason why there is none."""

    def __init__(self) -> None:
        self.streams: queue.SimpleQueue[MemoryStream | Exception] = queue.SimpleQueue()
        self.reports: queue.SimpleQueue[Received | Lost] = queue.SimpleQueue()
        self.channel = Channel("web", lambda _: self._connect(), self.reports.put, SystemClock())

    def _connect(self) -> ByteStream:
        stream = self.streams.get()
        if isinstance(stream, Exception):
            raise stream
        return stream

    def open(self) -> MemoryStream:
        stream = MemoryStream()
        self.streams.put(stream)
        return stream

    def next_report(self) -> Received | Lost:
        return self.reports.get(timeout=10)


@pytest.fixture
def other() -> Iterator[Other]:
    other = Other()
    other.channel.start()
    yield other
    other.channel.stop()
    other.streams.put(OSError("the test is over"))
    other.channel.join(10)


def sent(stream: MemoryStream) -> list[object]:
    return list(Decoder().feed(stream.from_host.get(timeout=10)))


def test_the_host_greets_first_and_hears_what_comes(other: Other) -> None:
    stream = other.open()
    assert sent(stream) == [Hello(VERSION)]
    stream.to_host.put(encode(WELCOME)[:10])
    stream.to_host.put(encode(WELCOME)[10:])
    assert other.next_report() == Received("web", WELCOME)


def test_a_stream_that_ends_is_told_and_opened_again(other: Other) -> None:
    other.open().to_host.put(b"")
    assert other.next_report() == Lost("web", "the stream ended")
    second = other.open()
    second.to_host.put(encode(WELCOME))
    assert other.next_report() == Received("web", WELCOME)


@pytest.mark.parametrize("error", [OSError("no such container"), NotRunning("no such container")])
def test_what_cannot_be_opened_is_told_and_tried_again(other: Other, error: Exception) -> None:
    other.streams.put(error)
    assert other.next_report() == Lost("web", "no such container")
    other.open().to_host.put(encode(WELCOME))
    assert other.next_report() == Received("web", WELCOME)


def test_bytes_that_are_no_message_end_the_stream(other: Other) -> None:
    other.open().to_host.put(b"Traceback (most recent call last)")
    report = other.next_report()
    assert isinstance(report, Lost)
    assert report.reason.startswith("a frame of ")


def test_patient_frames_let_others_pass(other: Other) -> None:
    stream = other.open()
    stream.to_host.put(encode(WELCOME))
    other.next_report()
    assert sent(stream) == [Hello(VERSION)]
    stream.gate.clear()
    large = [State("large", "", number, "", []) for number in range(3)]
    other.channel.send((encode(message) for message in large), patiently=True)
    other.channel.send([encode(State("small", "", 0, "", []))])
    stream.gate.set()
    processes = [message.process for _ in range(4) for message in sent(stream) if isinstance(message, State)]
    assert sorted(processes) == ["large", "large", "large", "small"]
    assert processes.index("small") < 2  # one frame may have been on its way


def test_attempts_come_ever_more_seldom_up_to_a_limit() -> None:
    assert [retry_delay(failures) for failures in range(7)] == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
