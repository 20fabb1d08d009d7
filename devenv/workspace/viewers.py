"""Who watches tells others in the same checkout what happens: lines of text over the loopback.

`watch.json` says where, and has the token that a viewer shows first: only the checkout's owner can read it.
It works alike on each system, and in a folder whose path is too long for a Unix socket.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import Full, Queue

from devenv.workspace.files import Content, read_file, write_files

FILE_NAME = "watch.json"
LOOPBACK = "127.0.0.1"
GREETING_SECONDS = 2.0
WAKE_SECONDS = 0.5  # a wait without an end cannot be interrupted on Windows
WAITING_LINES = 1000
READ_SIZE_BYTES = 1 << 16


class Broadcast:
    """Tells every viewer each line. One that does not keep up is let go; it never holds back who watches."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._token = secrets.token_hex(16)
        self._listening = socket.create_server((LOOPBACK, 0))
        self._viewers: dict[socket.socket, Queue[bytes]] = {}
        self._lock = threading.Lock()
        self.announce()
        threading.Thread(target=self._accept, name="devenv-viewers", daemon=True).start()

    @property
    def viewers(self) -> int:
        """How many look just now."""
        return len(self._viewers)

    def announce(self) -> None:
        """Say in the folder where to look; once more where it was deleted."""
        where = {"pid": os.getpid(), "port": self._listening.getsockname()[1], "token": self._token}
        write_files(self._folder, {FILE_NAME: Content(json.dumps(where).encode(), 0o600)})

    def send(self, line: str) -> None:
        """A line without its end, to all who look just now."""
        with self._lock:
            for viewer, waiting in list(self._viewers.items()):
                try:
                    waiting.put_nowait(line.encode("utf-8", "backslashreplace") + b"\n")
                except Full:
                    self._let_go(viewer)

    def close(self) -> None:
        """Let all go."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes who accepts; a close alone does not on Linux
        self._listening.close()
        with self._lock:
            for viewer in list(self._viewers):
                self._let_go(viewer)

    def _accept(self) -> None:
        while True:
            try:
                viewer, _ = self._listening.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(viewer,), name="devenv-viewer", daemon=True).start()

    def _serve(self, viewer: socket.socket) -> None:
        waiting: Queue[bytes] = Queue(WAITING_LINES)
        with suppress(OSError), viewer:
            viewer.settimeout(GREETING_SECONDS)
            shown = viewer.recv(len(self._token))
            if not secrets.compare_digest(shown, self._token.encode()):
                return
            viewer.settimeout(None)
            with self._lock:
                self._viewers[viewer] = waiting
            try:
                while line := waiting.get():
                    viewer.sendall(line)
            finally:
                with self._lock:
                    self._viewers.pop(viewer, None)

    def _let_go(self, viewer: socket.socket) -> None:
        """Its thread sends what waits and ends; where the queue is full, it ends by the connection's end."""
        try:
            self._viewers.pop(viewer).put_nowait(b"")
        except Full:
            with suppress(OSError):
                viewer.shutdown(socket.SHUT_RDWR)


def lines_of(folder: Path, on_connect: Callable[[int], None]) -> Iterator[str]:
    """What the devenv that watches `folder` tells, until it ends. Raises OSError where none does.

    on_connect: called with its process id.
    """
    try:
        where = json.loads(read_file(folder / FILE_NAME) or b"")
        port, token, pid = int(where["port"]), str(where["token"]), int(where["pid"])
    except (ValueError, TypeError, KeyError) as error:
        raise ConnectionError(f"{folder / FILE_NAME} does not say where") from error
    with socket.create_connection((LOOPBACK, port), GREETING_SECONDS) as connection:
        connection.sendall(token.encode())
        on_connect(pid)
        connection.settimeout(WAKE_SECONDS)
        yield from _lines(connection)


def _lines(connection: socket.socket) -> Iterator[str]:
    rest = b""
    while True:
        try:
            data = connection.recv(READ_SIZE_BYTES)
        except TimeoutError:
            continue
        except OSError:
            return
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        yield from (line.decode("utf-8", "replace") for line in lines)
