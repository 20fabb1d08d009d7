"""stdin and stdout connected with the agent's socket: what the host's exec stream talks to."""

from __future__ import annotations

import os
import select
import socket
import sys

BLOCK_BYTES = 1 << 20
NO_AGENT = 69  # sysexits' EX_UNAVAILABLE


def relay(path: str) -> int:
    """Copy both ways until either side closes."""
    agent = socket.socket(socket.AF_UNIX)
    try:
        agent.connect(path)
    except OSError as error:
        sys.stderr.write("devenv: no agent at %s (%s)\n" % (path, error.strerror))
        return NO_AGENT
    readers = {0: agent.fileno(), agent.fileno(): 1}
    try:
        while True:
            for source in select.select(list(readers), [], [])[0]:
                block = os.read(source, BLOCK_BYTES)
                if not block:
                    return 0
                _write_all(readers[source], block)
    except (BrokenPipeError, ConnectionResetError):
        return 0


def _write_all(descriptor: int, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
