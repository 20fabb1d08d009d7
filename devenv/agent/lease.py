"""Whether somebody has a file open for writing: the kernel gives a read lease (Linux) on no such file."""

from __future__ import annotations

import fcntl
import os
import signal


def is_open_for_writing(path: str) -> bool:
    """Whether a process writes the file at `path` just now; False also where the kernel does not tell."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        # Who opens the file in these microseconds breaks the lease; the usual signal for that would end us.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except (OSError, AttributeError):
        return False
    finally:
        os.close(descriptor)
    return False
