"""Ports for what tests start: none that the kernel, or the engine, gives to who asks for any."""

from __future__ import annotations

import os
import random
import socket
from contextlib import suppress

FIRST, EACH_WORKER, WORKERS = 20_000, 2_000, 6  # all below 32768, where Linux begins with those
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
_given = random.randrange(EACH_WORKER)


def free_port() -> int:
    """One that nobody has, and that is given to nobody else until it is used."""
    global _given
    for _ in range(EACH_WORKER):
        _given = (_given + 1) % EACH_WORKER
        port = FIRST + _worker * EACH_WORKER + _given
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("", port))
            return port
    raise OSError("no port is free")
