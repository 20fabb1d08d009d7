"""A small server for the time in which the app's code does not start: every request gets the traceback."""

from __future__ import annotations

import os
import socket
import threading
from typing import Any

from . import control
from .accepting import GENERATION_HEADER, accept_until_stopped
from .checkpoints import Link
from .control import Failed
from .errorpage import page_for
from .execution import fork
from .injection import script_tag
from .news import Mark
from .program import Program
from .visits import hand_over
from .workers import SERVING, Worker

MAX_HEAD_BYTES = 1 << 16
READ_SECONDS = 2.0
WAITING = 0  # no flags: wait for the request's first bytes


def begin_responder(failed: Failed, program: Program, listener: socket.socket, generation: int) -> Worker:
    """A process that answers on `listener` until the agent says stop."""
    mine, theirs = control.pair()
    worker = Worker(channel=mine, generation=generation, rung="", cause="")
    worker.phase = SERVING
    with theirs:
        worker.pid = _fork(failed, program, theirs, listener, generation)
    return worker


def _fork(
    failed: Failed, program: Program, channel: socket.socket, listener: socket.socket, generation: int
) -> int:
    pid = fork()
    if pid:
        return pid
    try:
        own = os.dup(channel.fileno()), os.dup(listener.fileno())
        _close_others(set(own))
        link = Link(socket.socket(fileno=own[0]), socket.socket(fileno=own[1]), generation, program.boot)
        link.vital = False
        grace_seconds = accept_until_stopped(
            link, lambda: _accept(link, failed, program.name), lambda _: None, lambda: True
        )
        for thread in threading.enumerate():
            if thread is not threading.main_thread():
                thread.join(min(grace_seconds, READ_SECONDS))
    finally:
        os._exit(0)


def _close_others(own: Any) -> None:
    """The agent's connections are not this process's: their ends must notice when the agent closes them."""
    for text in os.listdir("/proc/self/fd"):
        if int(text) > 2 and int(text) not in own:
            try:
                os.close(int(text))
            except OSError:
                pass


def _accept(link: Link, failed: Failed, name: str) -> None:
    assert link.listener is not None
    try:
        connection, _ = link.listener.accept()
    except OSError:
        return
    threading.Thread(target=_answer, args=(connection, link, failed, name), daemon=True).start()


def _answer(connection: socket.socket, link: Link, failed: Failed, name: str) -> None:
    try:
        with connection:
            connection.settimeout(READ_SECONDS)
            if hand_over(link, connection, WAITING):
                return
            head = _read_request(connection)
            generation = link.generation
            script = _script(link.boot, generation, head)
            body, content_type = page_for(failed, name, _header(head, b"accept"), script)
            lines = [
                "HTTP/1.1 500 Internal Server Error",
                "Content-Type: " + content_type,
                "Content-Length: %d" % len(body),
                "Cache-Control: no-store",
                "%s: %d" % (GENERATION_HEADER, generation),
                "Connection: close",
            ]
            text = "\r\n".join(lines) + "\r\n\r\n"
            connection.sendall(text.encode("ascii") + (b"" if head.startswith(b"HEAD ") else body))
            connection.shutdown(socket.SHUT_WR)
    except OSError:
        return


def _script(boot: str, generation: int, head: bytes) -> str:
    """What makes the page go once the code starts."""
    method = head.split(b" ", 1)[0].decode("latin-1")
    return script_tag(str(Mark(boot, generation, broken=True)), method, "").decode("ascii") if boot else ""


def _read_request(connection: socket.socket) -> bytes:
    """The request's head. Its body is read too: closing on unread bytes would reset the connection."""
    data = b""
    while b"\r\n\r\n" not in data and len(data) < MAX_HEAD_BYTES:
        block = connection.recv(65536)
        if not block:
            break
        data += block
    head, _, rest = data.partition(b"\r\n\r\n")
    length = _header(head, b"content-length")
    unread = (int(length) if length.isdigit() else 0) - len(rest)
    if _header(head, b"expect").lower() == "100-continue":
        unread = 0
    while unread > 0:
        block = connection.recv(65536)
        if not block:
            break
        unread -= len(block)
    return head


def _header(head: bytes, name: bytes) -> str:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip().decode("latin-1")
    return ""
