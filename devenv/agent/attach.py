"""`agent attach`: this terminal for whoever stops at a breakpoint() in the container, one after the other."""

from __future__ import annotations

import glob
import os
import select
import socket
import sys
import termios
import time
import tty
from typing import Optional

from . import control
from .breakpoints import PREFIX, SUFFIX

POLL_SECONDS = 0.1
INTERRUPTED = 130
BLOCK_BYTES = 65536
WAITING = "waiting for a breakpoint(); Ctrl-C leaves\n"
GOES_ON = "\n-- it goes on --\n"
CTRL_C = b"\x03"  # a raw terminal sends it as any other key


def attach(agent_socket: str) -> int:
    """Serve stops until Ctrl-C, or until nothing more is to be read from the terminal."""
    folder = os.path.dirname(os.path.abspath(agent_socket))
    _say(WAITING)
    try:
        while True:
            terminal = _next_stop(folder)
            if terminal is None:
                time.sleep(POLL_SECONDS)
                continue
            left = _serve(terminal)
            _say(GOES_ON)
            if left is not None:
                return left
            _say(WAITING)
    except KeyboardInterrupt:
        return INTERRUPTED


def _next_stop(folder: str) -> Optional[int]:
    """The terminal of a process that waits; None where none does."""
    for path in sorted(glob.glob(os.path.join(glob.escape(folder), PREFIX + "*" + SUFFIX)), key=_age):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
            try:
                connection.connect(path)
                _, files = control.receive(connection)
            except OSError:
                continue
            if files:
                return files[0]
    return None


def _age(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def _serve(terminal: int) -> Optional[int]:
    """Copy both ways until the process goes on; the exit code where our own side left."""
    before = termios.tcgetattr(0) if os.isatty(0) else None
    if before is not None:
        tty.setraw(0)
    try:
        return _copy(terminal, is_raw=before is not None)
    finally:
        os.close(terminal)
        if before is not None:
            termios.tcsetattr(0, termios.TCSADRAIN, before)


def _copy(terminal: int, *, is_raw: bool) -> Optional[int]:
    readers = [0, terminal]
    while True:
        for source in select.select(readers, [], [])[0]:
            try:
                block = os.read(source, BLOCK_BYTES)
            except OSError:  # the process closed its end
                block = b""
            if not block:
                return 0 if source == 0 else None
            if source == 0 and is_raw and CTRL_C in block:
                return INTERRUPTED
            os.write(terminal if source == 0 else 1, block)


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
