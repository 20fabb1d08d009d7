"""The Debug Adapter Protocol as it passes by: after a reload the editor shall come back. Pure.

debugpy says `terminated` when its process ends. Editors start anew where that says `restart`; where the user
ended the session it stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

LEAVING = {"disconnect", "terminate"}
MAX_HEADER_BYTES = 4096


class Frames:
    """Bytes in, whole messages out, each with its bytes as they came."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> Iterator[tuple[dict[str, object], bytes]]:
        """The messages that are whole now. Raises ValueError where the bytes are none."""
        self._buffer += data
        while True:
            head, separator, rest = self._buffer.partition(b"\r\n\r\n")
            if not separator:
                if len(head) > MAX_HEADER_BYTES:
                    raise ValueError("no message of the Debug Adapter Protocol")
                return
            length = _length(head)
            if len(rest) < length:
                return
            frame = head + separator + rest[:length]
            self._buffer = rest[length:]
            message = json.loads(rest[:length])
            yield (message if isinstance(message, dict) else {}), frame


class Conversation:
    """Both directions of one connection. Each takes what arrived, and gives what to pass on."""

    def __init__(self) -> None:
        self._from_editor, self._from_process = Frames(), Frames()
        self._leaves = False

    def from_editor(self, data: bytes) -> bytes:
        """Passed on as it is."""
        for message, _ in self._from_editor.feed(data):
            self._leaves = self._leaves or message.get("command") in LEAVING
        return data

    def from_process(self, data: bytes) -> bytes:
        """Passed on, but for the end of the process."""
        return b"".join(
            self._with_restart(message) if message.get("event") == "terminated" else frame
            for message, frame in self._from_process.feed(data)
        )

    def _with_restart(self, message: dict[str, object]) -> bytes:
        return frame_of(message if self._leaves else {**message, "body": {"restart": True}})


def frame_of(message: dict[str, object]) -> bytes:
    """A message as it travels."""
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    raise ValueError("a message without its length")
