"""Inside the app: breakpoint() opens pdb in the terminal of `devenv attach`.

The process offers a socket; who connects gets the other end of a terminal, where pdb talks.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from typing import Any, Optional

from . import control, limit
from .checkpoints import Link
from .control import Attached
from .sessions import SESSIONS

WAIT_SECONDS = float(os.environ.get("DEVENV_BREAKPOINT_SECONDS") or 60)
PREFIX, SUFFIX = "pdb-", ".sock"  # short: a socket's path has 107 bytes


def install(folder: str, name: str, link: Link) -> None:
    """From here on breakpoint() waits for a terminal. A project that chose another debugger keeps it."""
    if folder and not os.environ.get("PYTHONBREAKPOINT"):
        sys.breakpointhook = lambda *_, **__: stop(folder, name, link, sys._getframe(1))


def stop(folder: str, name: str, link: Link, frame: Any) -> None:
    """Open pdb at `frame`, or go on if nobody comes."""
    place = "%s:%d" % (os.path.relpath(frame.f_code.co_filename), frame.f_lineno)
    _say("%s: breakpoint at %s: `devenv attach %s` opens it" % (name, place, name))
    _say("%s: it waits for %g s, then it goes on" % (name, WAIT_SECONDS))
    SESSIONS.begin(link)
    resume_limit = limit.stand_still()

    def end() -> None:
        SESSIONS.end(link)
        resume_limit()

    terminal = _offer(folder)
    if terminal is None:
        _say("%s: nobody attached; it goes on" % name)
        end()
        return
    from .terminal_pdb import Debugger  # with pdb, which no process needs that is not debugged

    Debugger(terminal, end).set_trace(frame)


def _offer(folder: str) -> Optional[int]:
    """Wait for somebody to connect; our end of their terminal."""
    path = os.path.join(folder, "%s%d-%d%s" % (PREFIX, os.getpid(), threading.get_native_id(), SUFFIX))
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        try:
            listener.bind(path)
            os.chmod(path, 0o600)
            listener.listen(1)
            listener.settimeout(WAIT_SECONDS)
            connection, _ = listener.accept()
        except OSError:
            return None
        finally:
            if os.path.exists(path):
                os.unlink(path)
        with connection:
            theirs, ours = os.openpty()
            control.send(connection, Attached(os.getpid()), [theirs])
            os.close(theirs)
            return ours


def _say(text: str) -> None:
    sys.stderr.write("devenv: %s\n" % text)
    sys.stderr.flush()
