"""A Unix socket that leads to the machine's engine, and may be cut, as a network may."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.e2e.project import Engine

ENGINE = "/var/run/docker.sock"


class EngineProxy:
    """Bytes both ways, until `cut`; nobody gets in until `mend`."""

    def __init__(self, path: Path) -> None:
        self.engine = Engine(environ={"DOCKER_HOST": f"unix://{path}"})
        self._path = path
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.mend()

    def mend(self) -> None:
        """The engine can be reached again."""
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """Every connection ends, and nobody answers."""
        self._path.unlink()
        self._close(self._listener)
        with self._lock:
            ending, self._open = self._open, set()
        for connection in ending:
            self._close(connection)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                engine = socket.socket(socket.AF_UNIX)
                engine.connect(ENGINE)
                with self._lock:
                    self._open |= {client, engine}
                for source, target in ((client, engine), (engine, client)):
                    threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def _close(self, connection: socket.socket) -> None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()


@contextmanager
def engine_proxy() -> Iterator[EngineProxy]:
    """Under a short path: that of a Unix socket has 107 bytes at most."""
    folder = Path(tempfile.mkdtemp(prefix="dvt-"))
    proxy = EngineProxy(folder / "engine.sock")
    try:
        yield proxy
    finally:
        proxy.cut()
        shutil.rmtree(folder)
