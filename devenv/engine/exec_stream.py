"""A ByteStream to a command in a container: over the engine's socket, or through `docker exec -i`.

The second serves the engines whose connections are not plain sockets (named pipe, SSH, TLS): there the
docker CLI, started once per stream, speaks the transport.
"""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress

READ_SIZE_BYTES = 1 << 16
ERRORS_SIZE_BYTES = 1 << 16
STDERR = 2


class Demultiplexer:
    """Splits the engine's frames (1 byte stream, 3 zero bytes, 4 bytes length, content); no I/O.

    Source: https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Container/operation/ContainerAttach
    """

    def __init__(self) -> None:
        self._header = b""
        self._left = 0
        self._stream = 0

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """(stream, content) of what is known so far; a frame may come in several pieces."""
        pieces = []
        while data:
            if not self._left:
                wanted = 8 - len(self._header)
                self._header, data = self._header + data[:wanted], data[wanted:]
                if len(self._header) < 8:
                    break
                self._stream, self._left = self._header[0], int.from_bytes(self._header[4:], "big")
                self._header = b""
                continue
            content, data = data[: self._left], data[self._left :]
            self._left -= len(content)
            pieces.append((self._stream, content))
        return pieces


class SocketStream:
    """A ByteStream over an upgraded connection to the engine."""

    def __init__(self, connection: socket.socket, received: bytes = b"") -> None:
        self._connection = connection
        self._frames = Demultiplexer()
        self._ready: deque[bytes] = deque()
        self._errors = b""
        self._closed = False
        self._sort(received)

    def send(self, data: bytes) -> None:
        """Write all of `data`. Raises OSError once the other side is gone."""
        self._connection.sendall(data)

    def recv(self) -> bytes:
        """What arrived, at least one byte; b"" at the end or after `close`."""
        while not self._ready:
            try:
                data = self._connection.recv(READ_SIZE_BYTES)
            except OSError:
                return b""
            if not data:
                return b""
            self._sort(data)
        return self._ready.popleft()

    def close(self) -> None:
        """End both directions; a `recv` that waits in another thread returns b""."""
        if self._closed:
            return
        self._closed = True
        # Closing alone would leave the other thread's recv waiting for ever.
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    @property
    def errors(self) -> bytes:
        """What the command wrote to stderr until now (the last 64 KiB)."""
        return self._errors

    def _sort(self, data: bytes) -> None:
        for stream, content in self._frames.feed(data):
            if stream == STDERR:
                self._errors = (self._errors + content)[-ERRORS_SIZE_BYTES:]
            else:
                self._ready.append(content)


class ProcessStream:
    """A ByteStream over the stdin and stdout of a local command."""

    def __init__(self, argv: Sequence[str], environ: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            argv,
            env=dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        self._errors = b""
        self._collector = threading.Thread(target=self._collect, name="exec-stderr", daemon=True)
        self._collector.start()

    def send(self, data: bytes) -> None:
        """Write all of `data`. Raises OSError once the other side is gone."""
        assert self._process.stdin
        view = memoryview(data)
        try:
            while view:
                view = view[self._process.stdin.write(view) or 0 :]
        except ValueError as error:
            raise BrokenPipeError("the stream is closed") from error

    def recv(self) -> bytes:
        """What arrived, at least one byte; b"" at the end or after `close`."""
        assert self._process.stdout
        try:
            return os.read(self._process.stdout.fileno(), READ_SIZE_BYTES)
        except (OSError, ValueError):
            return b""

    def close(self) -> None:
        """End both directions; a `recv` that waits in another thread returns b""."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._collector.join(timeout=1)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()

    @property
    def errors(self) -> bytes:
        """What the command wrote to stderr until now (the last 64 KiB)."""
        return self._errors

    def exit_code(self) -> int:
        """Of the command, once it ended; -1 when it was killed."""
        code = self._process.wait()
        self._collector.join(timeout=1)
        return max(code, -1)

    def _collect(self) -> None:
        assert self._process.stderr
        while data := self._process.stderr.read(READ_SIZE_BYTES):
            self._errors = (self._errors + data)[-ERRORS_SIZE_BYTES:]
