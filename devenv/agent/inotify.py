"""The door to the kernel's file events: inotify through ctypes, since the standard library has none."""

from __future__ import annotations

import ctypes
import os
import struct
from typing import List, NamedTuple

IN_CLOSE_WRITE = 0x8
IN_MOVED_FROM = 0x40
IN_MOVED_TO = 0x80
IN_CREATE = 0x100
IN_DELETE = 0x200
IN_Q_OVERFLOW = 0x4000
IN_IGNORED = 0x8000
IN_ONLYDIR = 0x1000000
IN_DONT_FOLLOW = 0x2000000
IN_ISDIR = 0x40000000

# Not IN_MODIFY: a file that is being written says nothing until it is closed, and wakes nobody.
MASK = (
    IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ONLYDIR | IN_DONT_FOLLOW
)  # fmt: skip
HEADER = struct.Struct("iIII")
BUFFER_BYTES = 1 << 16


class Event(NamedTuple):
    """What happened to `name` in the folder of watch `wd`."""

    wd: int
    mask: int
    name: str


class Inotify:
    """One inotify instance. Raises OSError where the system has or gives none."""

    def __init__(self) -> None:
        try:
            self._libc = ctypes.CDLL(None, use_errno=True)
            self._descriptor = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        except (AttributeError, TypeError) as error:
            raise OSError("this system has no inotify") from error
        if self._descriptor < 0:
            raise self._error()

    def fileno(self) -> int:
        """The descriptor that is readable when there are events."""
        return int(self._descriptor)

    def add(self, folder: str) -> int:
        """Watch a folder; the same number for the same folder, whatever its path. Raises OSError."""
        wd = self._libc.inotify_add_watch(self._descriptor, os.fsencode(folder), MASK)
        if wd < 0:
            raise self._error()
        return int(wd)

    def remove(self, wd: int) -> None:
        """Watch no more what `add` gave the number of."""
        self._libc.inotify_rm_watch(self._descriptor, wd)

    def read(self) -> List[Event]:
        """Some of the events that wait, oldest first."""
        try:
            buffer = os.read(self._descriptor, BUFFER_BYTES)
        except BlockingIOError:
            return []
        events, offset = [], 0
        while offset < len(buffer):
            wd, mask, _, length = HEADER.unpack_from(buffer, offset)
            offset += HEADER.size
            name = buffer[offset : offset + length].rstrip(b"\0")
            offset += length
            events.append(Event(wd, mask, os.fsdecode(name)))
        return events

    def close(self) -> None:
        """End it."""
        os.close(self._descriptor)

    @staticmethod
    def _error() -> OSError:
        number = ctypes.get_errno()
        return OSError(number, os.strerror(number))
