"""In process 1: the open pages, each with a stream on which it hears what changed.

Nothing is sent while nothing happens: the kernel's keepalive finds out who is gone.
"""

from __future__ import annotations

import json
import socket
from typing import List, Optional, Tuple
from urllib.parse import parse_qs, urlsplit

from .injection import EVENTS_PATH, SCRIPT_PATH
from .loop import Loop
from .news import Journal, Mark, News, mark_of
from .script import SCRIPT

MAX_HEAD_BYTES = 1 << 16
READ_SECONDS = 10.0
MAX_VISITORS = 256
KEEPALIVE_IDLE_SECONDS = 60
RETRY_MS = 500
STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
    b"X-Accel-Buffering: no\r\nConnection: close\r\n\r\nretry: %d\n\n" % RETRY_MS
)
SCRIPT_RESPONSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/javascript; charset=utf-8\r\n"
    b"Cache-Control: max-age=31536000, immutable\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
    % (len(SCRIPT), SCRIPT)
)
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Visitor:
    """One connection: its request is read, then it is answered, or listens."""

    def __init__(self, connection: socket.socket, read: bytes) -> None:
        self.connection = connection
        self.read = read
        self.unsent = b""
        self.seen: Optional[Mark] = None  # of those that listen
        self.ends = False  # once all is sent


class Visitors:
    """All of them; `tell` is how they hear."""

    def __init__(self, loop: Loop, journal: Journal) -> None:
        self._loop = loop
        self._journal = journal
        self._all: List[Visitor] = []

    def welcome(self, connection: socket.socket, read: bytes) -> None:
        """Take a connection, of which `read` was read already."""
        connection.setblocking(False)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if hasattr(socket, "TCP_KEEPIDLE"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS)
        visitor = Visitor(connection, read)
        self._all.append(visitor)
        if len(self._all) > MAX_VISITORS:
            self._leave(self._all[0])
        self._loop.on_readable(connection, lambda: self._hear(visitor))
        self._loop.after(READ_SECONDS, lambda: self._give_up(visitor))
        self._answer_when_read(visitor)

    def tell(self, news: News) -> None:
        """Write down what changed, and tell those that listen and have not seen it."""
        self._journal.note(news)
        for visitor in list(self._all):
            self._catch_up(visitor)

    def _hear(self, visitor: Visitor) -> None:
        try:
            data = visitor.connection.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._leave(visitor)
        elif visitor.seen is None and not visitor.ends:
            visitor.read += data
            self._answer_when_read(visitor)

    def _answer_when_read(self, visitor: Visitor) -> None:
        if b"\r\n\r\n" in visitor.read:
            self._answer(visitor)
        elif len(visitor.read) > MAX_HEAD_BYTES:
            self._leave(visitor)

    def _answer(self, visitor: Visitor) -> None:
        path, since = requested(visitor.read)
        if path == EVENTS_PATH:
            visitor.seen = since
            self._send(visitor, STREAM_HEAD)
            self._catch_up(visitor)
            return
        visitor.ends = True
        self._send(visitor, SCRIPT_RESPONSE if path == SCRIPT_PATH else NOT_FOUND)

    def _catch_up(self, visitor: Visitor) -> None:
        if visitor.seen is None:
            return
        news = self._journal.missed_by(visitor.seen)
        if news is not None:
            visitor.seen = news.mark
            self._send(visitor, event(news))

    def _send(self, visitor: Visitor, data: bytes) -> None:
        if visitor not in self._all:
            return
        waiting = bool(visitor.unsent)
        visitor.unsent += data
        if not waiting:
            self._write(visitor)

    def _write(self, visitor: Visitor) -> None:
        try:
            sent = visitor.connection.send(visitor.unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._leave(visitor)
            return
        visitor.unsent = visitor.unsent[sent:]
        if visitor.unsent:
            self._loop.on_writable(visitor.connection, lambda: self._write(visitor))
        elif visitor.ends:
            visitor.connection.shutdown(socket.SHUT_WR)  # the browser closes, and is heard doing so
        else:
            self._loop.not_writable(visitor.connection)

    def _give_up(self, visitor: Visitor) -> None:
        if visitor in self._all and visitor.seen is None:
            self._leave(visitor)

    def _leave(self, visitor: Visitor) -> None:
        if visitor in self._all:
            self._all.remove(visitor)
            self._loop.forget(visitor.connection)
            visitor.connection.close()


def requested(head: bytes) -> Tuple[str, Mark]:
    """The path that is asked for, and the newest that the page has heard of."""
    lines = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    target = urlsplit([*lines[0].split(" "), ""][1])
    told = parse_qs(target.query).get("since", [""])[0]
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if name.strip().lower() == "last-event-id":  # the browser connects again by itself
            told = value.strip()
    return target.path, mark_of(told)


def event(news: News) -> bytes:
    """News as a server-sent event."""
    data = json.dumps({"mark": str(news.mark), "sheets": news.sheets})
    return ("id: %s\nevent: news\ndata: %s\n\n" % (news.mark, data)).encode("ascii")
