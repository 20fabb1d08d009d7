"""The hosts' connections: messages in, messages out, never waiting for a slow one."""

from __future__ import annotations

import itertools
import os
import socket
from typing import Any, Callable, List

from .loop import Loop
from .protocol import Decoder, Hello, ProtocolError, encode

BLOCK_BYTES = 1 << 20
_numbers = itertools.count(1)


class Host:
    """One connection."""

    def __init__(self, connection: socket.socket, loop: Loop, hear: Callable[[Host, Any], None]) -> None:
        self.name = "%d-%d" % (os.getpid(), next(_numbers))
        self.greeted = False
        self.on_close: Callable[[Host], None] = lambda _: None
        self._connection = connection
        self._loop = loop
        self._hear = hear
        self._decoder = Decoder()
        self._unsent: List[memoryview] = []
        connection.setblocking(False)
        loop.on_readable(connection, self._read)

    def send(self, message: Any) -> None:
        """Queue one message."""
        waiting = bool(self._unsent)
        self._unsent.append(memoryview(encode(message)))
        if not waiting:
            self._write()

    def close(self) -> None:
        """Forget the host."""
        self._loop.forget(self._connection)
        self._connection.close()
        self._unsent.clear()
        self.on_close(self)

    def _read(self) -> None:
        try:
            block = self._connection.recv(BLOCK_BYTES)
            if not block:
                self.close()
                return
            for message in self._decoder.feed(block):
                self.greeted = self.greeted or isinstance(message, Hello)
                self._hear(self, message)
        except BlockingIOError:
            return
        except (OSError, ProtocolError):
            self.close()

    def _write(self) -> None:
        try:
            while self._unsent:
                sent = self._connection.send(self._unsent[0])
                self._unsent[0] = self._unsent[0][sent:]
                if not self._unsent[0]:
                    del self._unsent[0]
            self._loop.not_writable(self._connection)
        except BlockingIOError:
            self._loop.on_writable(self._connection, self._write)
        except (OSError, KeyError):
            self._unsent.clear()


class Hosts:
    """Every connection, and the socket where new ones arrive."""

    def __init__(self, path: str, loop: Loop, hear: Callable[[Host, Any], None]) -> None:
        self._loop = loop
        self._hear = hear
        self._all: List[Host] = []
        self.on_close: Callable[[Host], None] = lambda _: None
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        if os.path.lexists(path):
            os.unlink(path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        os.chmod(path, 0o600)
        self.listener.listen(64)
        self.listener.setblocking(False)
        loop.on_readable(self.listener, self._accept)

    def broadcast(self, message: Any) -> None:
        """Send to each host that said hello."""
        for host in list(self._all):
            if host.greeted:
                host.send(message)

    def _accept(self) -> None:
        try:
            connection, _ = self.listener.accept()
        except OSError:
            return
        host = Host(connection, self._loop, self._hear)
        host.on_close = self._forget
        self._all.append(host)

    def _forget(self, host: Host) -> None:
        if host in self._all:
            self._all.remove(host)
            self.on_close(host)
