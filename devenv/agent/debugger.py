"""debugpy in development: each process offers it, and `agent debugger` leads a client to the newest one.

Inside the app a thread begins it when the process serves, past the last fork. The way in is an exec stream:
no port of the container is published, and a client that comes back during a reload waits for what comes.
"""

from __future__ import annotations

import importlib
import os
import select
import socket
import sys
import threading
import time
from typing import Any

from .checkpoints import Link
from .protocol import VERSION, Decoder, Hello, Reloaded, Restart, encode
from .sessions import SESSIONS

LIBRARY = os.environ.get("DEVENV_DEBUGPY") or "/tmp/devenv-debugpy"
WANTED, PORT = "debug.wanted", "debug.port"
POLL_SECONDS = 0.1
PATIENCE_SECONDS = 60.0
BLOCK_BYTES = 65536
UNWARNED = "PYDEVD_DISABLE_FILE_VALIDATION"
"""Else debugpy warns at each start that it cannot stop in frozen modules, which are Python's own."""
CAUSE = "a debugger is wanted"


def begin(folder: str, link: Link) -> None:
    """Offer debugpy where `devenv debug` wants it."""
    if folder and os.path.exists(os.path.join(folder, WANTED)):
        threading.Thread(target=_offer, args=(folder, link), name="devenv-debug", daemon=True).start()


def _offer(folder: str, link: Link) -> None:
    port = os.path.join(folder, PORT)
    try:
        os.unlink(port)
    except OSError:
        pass
    sys.path.append(LIBRARY)
    is_set = UNWARNED in os.environ
    os.environ.setdefault(UNWARNED, "1")
    try:
        debugpy = importlib.import_module("debugpy")
        _, number = debugpy.listen(("127.0.0.1", 0))
    except ImportError as error:
        sys.stderr.write("devenv: no debugger: %s\n" % error)
        return
    finally:
        sys.path.remove(LIBRARY)
        if not is_set:
            os.environ.pop(UNWARNED, None)
    with open(port + ".new", "w") as file:
        file.write(str(number))
    os.replace(port + ".new", port)
    _follow(debugpy, link)


def _follow(debugpy: Any, link: Link) -> None:
    """A process whose client is connected is in use."""
    connected = False
    while True:
        if debugpy.is_client_connected() is not connected:
            connected = not connected
            (SESSIONS.begin if connected else SESSIONS.end)(link)
        time.sleep(POLL_SECONDS)


def want(agent_socket: str, *, off: bool) -> int:
    """Have the process offer debugpy, for which it starts anew; or not any more, from its next start on."""
    wanted = os.path.join(os.path.dirname(os.path.abspath(agent_socket)), WANTED)
    try:
        if off:
            os.unlink(wanted)
        else:
            open(wanted, "x").close()
            _start_anew(agent_socket)
    except (FileNotFoundError, FileExistsError):
        pass
    return 0


def _start_anew(agent_socket: str) -> None:
    decoder = Decoder()
    with socket.socket(socket.AF_UNIX) as agent:
        agent.settimeout(PATIENCE_SECONDS)
        agent.connect(agent_socket)
        agent.sendall(encode(Hello(VERSION)) + encode(Restart(CAUSE)))
        while True:
            block = agent.recv(BLOCK_BYTES)
            told = list(decoder.feed(block)) if block else []
            if not block or any(isinstance(each, Reloaded) and each.cause == CAUSE for each in told):
                return


def lead(agent_socket: str) -> int:
    """Connect stdin and stdout with the newest process's debugpy; waits for it."""
    folder = os.path.dirname(os.path.abspath(agent_socket))
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            with open(os.path.join(folder, PORT)) as file:
                connection = socket.create_connection(("127.0.0.1", int(file.read())))
        except (OSError, ValueError):
            time.sleep(POLL_SECONDS)
            continue
        with connection:
            _copy(connection)
        return 0
    return 1


def _copy(connection: socket.socket) -> None:
    there = connection.fileno()
    while True:
        for source in select.select([0, there], [], [])[0]:
            block = os.read(source, BLOCK_BYTES)
            if not block:
                return
            if source == 0:
                connection.sendall(block)
            else:
                _write_all(block)


def _write_all(block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(1, rest) :]
