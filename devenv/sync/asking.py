"""One question to an agent, on a channel of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from devenv.agent.protocol import VERSION, Decoder, Hello, ProtocolError, Welcome, encode
from devenv.errors import NotRunning
from devenv.sync.channel import ByteStream

ANSWER_SECONDS = 5.0
_Answer = TypeVar("_Answer")


def ask(
    process: str,
    connect: Callable[[str], ByteStream],
    question: Any,
    kind: type[_Answer],
    *,
    timeout_seconds: float = ANSWER_SECONDS,
) -> _Answer:
    """The agent's answer. Raises NotRunning, with what to do, where there is none."""
    try:
        stream = connect(process)
    except OSError as error:
        raise NotRunning(f"{process}: its agent cannot be reached", details=str(error)) from error
    alarm = threading.Timer(timeout_seconds, stream.close)
    alarm.daemon = True
    alarm.start()
    try:
        stream.send(encode(Hello(VERSION)) + encode(question))
        return _answer(process, stream, kind)
    except (OSError, ProtocolError) as error:
        raise NotRunning(f"{process}: its agent does not answer", details=str(error)) from error
    finally:
        alarm.cancel()
        with suppress(OSError):
            stream.close()


def _answer(process: str, stream: ByteStream, kind: type[_Answer]) -> _Answer:
    decoder = Decoder()
    while data := stream.recv():
        for message in decoder.feed(data):
            if isinstance(message, kind):
                return message
            if isinstance(message, Welcome) and message.version != VERSION:
                raise NotRunning(
                    f"{process}: its agent speaks version {message.version}, this devenv speaks {VERSION}",
                    hint="rebuild the image: devenv up --build",
                )
    raise NotRunning(f"{process}: its agent does not answer")
