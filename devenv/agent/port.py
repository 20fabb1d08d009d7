"""The socket that the app is served on, held by process 1."""

from __future__ import annotations

import socket

BACKLOG = 4096
DEFER_ACCEPT_SECONDS = 5


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
