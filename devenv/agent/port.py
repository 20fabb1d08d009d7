"""The socket that the app is served on, held by process 1."""

from __future__ import annotations

import socket
from typing import Iterator, Tuple

BACKLOG = 4096
DEFER_ACCEPT_SECONDS = 5
LISTENING = "0A"


def hold_port(port: int) -> socket.socket:
    """The socket that every generation serves. IPv4 as runserver's: addresses look as apps expect them."""
    listener = socket.socket(socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("0.0.0.0", port))
    if hasattr(socket, "TCP_DEFER_ACCEPT"):
        # A connection can be accepted once its request is here: none is taken by a process about to leave.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, DEFER_ACCEPT_SECONDS)
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def is_listened_at(port: int) -> bool:
    """Whether somebody in this container listens at the port, on whatever address."""
    wanted = "%04X" % port
    return any(address.endswith(":" + wanted) and state == LISTENING for address, state in _sockets())


def _sockets() -> Iterator[Tuple[str, str]]:
    """The address and the state of each, as the kernel writes them."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(table) as file:
                rows = file.read().splitlines()[1:]
        except OSError:
            continue  # there is no IPv6
        for row in rows:
            fields = row.split()
            yield fields[1], fields[3]
