"""The least of a debugger's client: the Debug Adapter Protocol over a socket, as an editor speaks it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

PATIENCE_SECONDS = 120


class Client:
    """One connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._file = connection.makefile("rb")
        self._number = 0
        self._events: list[dict[str, Any]] = []

    def send(self, command: str, **arguments: Any) -> int:
        """Ask for something; the number of the request."""
        self._number += 1
        message = {"seq": self._number, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(message).encode()
        self._connection.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return self._number

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Ask, and wait for the answer."""
        return self.answer(self.send(command, **arguments))

    def answer(self, number: int) -> dict[str, Any]:
        while True:
            message = self._read()
            if message["type"] == "response" and message["request_seq"] == number:
                assert message["success"], message
                return dict(message.get("body") or {})
            self._events.append(message)

    def event(self, name: str) -> dict[str, Any]:
        """Wait for an event of that name; others are forgotten."""
        while True:
            message = self._events.pop(0) if self._events else self._read()
            if message["type"] == "event" and message["event"] == name:
                return dict(message.get("body") or {})

    def attach(self, local: str, file: str, line: int) -> None:
        """As VS Code does with what `devenv debug --write` wrote."""
        self.ask("initialize", adapterID="debugpy", clientID="devenv-tests", pathFormat="path")
        mappings = [{"localRoot": local, "remoteRoot": "/app"}]
        attached = self.send("attach", pathMappings=mappings, justMyCode=True, django=True, restart=True)
        self.event("initialized")
        found = self.ask("setBreakpoints", source={"path": file}, breakpoints=[{"line": line}])
        assert [each["verified"] for each in found["breakpoints"]] == [True]
        self.ask("configurationDone")
        self.answer(attached)

    def _read(self) -> dict[str, Any]:
        length = 0
        while (line := self._file.readline()) != b"\r\n":
            if not line:
                raise ConnectionError("the debugger is gone")
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        message: dict[str, Any] = json.loads(self._file.read(length))
        return message


@contextmanager
def connected(port: int) -> Iterator[Client]:
    with closing(socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)) as connection:
        yield Client(connection)
