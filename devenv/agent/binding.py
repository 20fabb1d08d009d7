"""Inside the app: whoever binds the port that the agent holds gets the held socket.

So a server that is restarted never gives its port up: connections wait in the queue for the next one.
Runs on every Python from 2.7 on.
"""

import errno
import fcntl
import mmap
import os
import select
import socket
import threading
import time
import weakref

MYPY = False  # 2.7 has no typing
if MYPY:
    from typing import Any, Callable, Tuple

SOCKET_TYPES = 0xF  # before Python 3.7, `type` has flags above these bits
CLOSED_SECONDS = 0.01
FORKED_SECONDS = 0.002  # for an accept of another process, which has a lock of its own
POLL_SECONDS = 0.01


def _seconds():
    # type: () -> float
    """Of a clock that nobody sets; 2.7 has it under another name."""
    return os.times()[4]


class Binding(object):
    """The held socket, and the connections that were accepted from it in this process."""

    def __init__(self, listener, on_bind, hand_over=lambda _: False):
        # type: (socket.socket, Callable[[], None], Callable[[Any], bool]) -> None
        self._listener = listener
        self._port = listener.getsockname()[1]
        self._on_bind = on_bind
        self._hand_over = hand_over
        self._adopted = weakref.WeakSet()  # type: weakref.WeakSet[Any]
        self._accepted = weakref.WeakSet()  # type: weakref.WeakSet[Any]
        self._lock = threading.Lock()
        self._closed = mmap.mmap(-1, 1)  # shared with the processes that a server forks

    def install(self):
        # type: () -> None
        """From here on `bind` and its like of every socket ask first whether it is the held one."""
        kind = socket.socket  # type: Any
        bind, listen, accept, shutdown = kind.bind, kind.listen, kind.accept, kind.shutdown

        def held_bind(this, address):
            # type: (Any, Any) -> None
            if self._is_ours(this, address):
                self._adopt(this)
                self._on_bind()
            else:
                bind(this, address)

        def held_listen(this, *backlog):
            # type: (Any, *int) -> None
            if this not in self._adopted:  # it does already, with a longer queue than any server asks for
                listen(this, *backlog)

        def held_shutdown(this, how):
            # type: (Any, int) -> None
            if this not in self._adopted:  # that would end it for the next generation, too
                shutdown(this, how)

        def held_accept(this):
            # type: (Any) -> Tuple[Any, Any]
            return self._accept(this, accept) if this in self._adopted else accept(this)

        kind.bind, kind.listen, kind.accept = held_bind, held_listen, held_accept
        kind.shutdown = held_shutdown

    def pause(self):
        # type: () -> None
        """Accept no more: once this returns, every connection is the next process's."""
        with self._lock:
            self._closed[0:1] = b"1"
        time.sleep(FORKED_SECONDS)

    def hang_up(self):
        # type: () -> None
        """What is kept alive brings no other request. For servers that read and answer in one thread."""
        for connection in list(self._accepted):
            try:
                connection.shutdown(socket.SHUT_RD)
            except (OSError, socket.error):
                pass

    @property
    def is_idle(self):
        # type: () -> bool
        """Whether all that was accepted is answered."""
        return not any(is_open(connection) for connection in list(self._accepted))

    def wait_until_idle(self, seconds):
        # type: (float) -> None
        """Return when all that was accepted is answered, at the latest after `seconds`."""
        until = _seconds() + seconds
        while not self.is_idle and _seconds() < until:
            time.sleep(POLL_SECONDS)

    @property
    def _is_closed(self):
        # type: () -> bool
        return self._closed[0:1] == b"1"

    def _is_ours(self, this, address):
        # type: (Any, Any) -> bool
        is_internet = this.family in (socket.AF_INET, socket.AF_INET6)
        return is_internet and this.type & SOCKET_TYPES == socket.SOCK_STREAM and address[1] == self._port

    def _adopt(self, this):
        # type: (Any) -> None
        flags = fcntl.fcntl(this.fileno(), fcntl.F_GETFD)
        os.dup2(self._listener.fileno(), this.fileno())
        fcntl.fcntl(this.fileno(), fcntl.F_SETFD, flags)
        self._closed = mmap.mmap(-1, 1)  # this generation's alone: checkpoints stand before
        self._adopted.add(this)

    def _accept(self, this, accept):
        # type: (Any, Callable[[Any], Tuple[Any, Any]]) -> Tuple[Any, Any]
        """What was held never blocks, whatever the command wants: it waits outside of the lock."""
        while True:
            if this.gettimeout() is None:
                select.select([this], [], [])
            with self._lock:
                try:
                    if not self._is_closed:
                        connection, address = accept(this)
                        if self._hand_over(connection):
                            connection.close()
                            continue
                        self._accepted.add(connection)
                        return connection, address
                except (OSError, socket.error) as error:
                    if error.errno != errno.EAGAIN or this.gettimeout() is not None:
                        raise
            if self._is_closed:
                time.sleep(CLOSED_SECONDS)
            if this.gettimeout() is not None:
                raise socket.error(errno.EAGAIN, "no more connections are accepted")


def is_open(connection):
    # type: (Any) -> bool
    """Whether the answer is still being written."""
    try:
        return bool(connection.fileno() >= 0)
    except (OSError, socket.error):
        return False
