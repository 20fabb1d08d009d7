"""Inside the app: connections that ask for a path of the agent's own are handed to it, unread.

So a page's open stream takes no thread of the app, and outlives the process that accepted it.
"""

from __future__ import annotations

import socket
from typing import Any

from .checkpoints import Link
from .control import Visit
from .injection import PREFIX

REQUEST = b"GET " + PREFIX.encode("ascii")
MAX_HEAD_BYTES = 1 << 14


def hand_over(link: Link, connection: Any, flags: int = socket.MSG_DONTWAIT) -> bool:
    """Whether the connection is the agent's now; close it then. flags: 0 to wait for the request's begin."""
    if not link.boot:
        return False
    try:
        begin = connection.recv(len(REQUEST), socket.MSG_PEEK | flags)
    except OSError:
        return False
    if begin != REQUEST:
        return False
    link.tell(Visit(""), [connection.fileno()])
    return True


def hand_over_read(link: Link, connection: Any, data: bytes) -> bool:
    """The same for a server that has read the first bytes already."""
    if not link.boot or not data.startswith(REQUEST):
        return False
    link.tell(Visit(data[:MAX_HEAD_BYTES].decode("latin-1")), [connection.fileno()])
    return True
