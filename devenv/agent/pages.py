"""Inside the app: pages that a fork shares are copied before somebody waits for them.

A page is copied when it is first written after a fork, and each of them interrupts the process for some four
microseconds: a third of a reload. A spare knows from its elder brother which ones it will write, and copies
them while nothing happens. Nothing that the app could see changes by it.
Source: madvise(2), and the kernel's Documentation/admin-guide/mm/pagemap.rst.
"""

from __future__ import annotations

import os
from array import array
from typing import Any, Iterable, Iterator, Tuple

MADV_POPULATE_WRITE = 23  # Linux 5.14
PRESENT, OF_A_FILE, EXCLUSIVE = 1 << 63, 1 << 61, 1 << 56
ENTRY_BYTES = 8
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def _libc() -> Any:
    # Loaded with this module and not when it is needed: a reload must find the modules of a cold start.
    try:
        import ctypes

        libc = ctypes.CDLL(None, use_errno=True)
        libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    except (ImportError, OSError, AttributeError):
        return None
    return libc


LIBC = _libc()


def copy_as(brother: int) -> None:
    """Copy the pages that process `brother`, forked from where this one was forked, has of its own."""
    if LIBC is None:
        return
    try:
        with open("/proc/%d/pagemap" % brother, "rb", buffering=0) as pagemap:
            runs = [run for area in _writable_areas() for run in _own_pages(pagemap.fileno(), *area)]
    except OSError:
        return
    for start, length in runs:
        if LIBC.madvise(start, length, MADV_POPULATE_WRITE):
            return


def _writable_areas() -> Iterator[Tuple[int, int]]:
    """First and last address of this process's private memory, but for its stack."""
    with open("/proc/self/maps") as maps:
        for line in maps:
            area, mode, _, _, _, *path = line.split()
            if mode == "rw-p" and path != ["[stack]"]:
                start, _, end = area.partition("-")
                yield int(start, 16), int(end, 16)


def _own_pages(pagemap: int, start: int, end: int) -> Iterable[Tuple[int, int]]:
    """Address and length of the runs of pages between two addresses that no other process shares."""
    entries = array("Q")
    data = os.pread(pagemap, (end - start) // PAGE_BYTES * ENTRY_BYTES, start // PAGE_BYTES * ENTRY_BYTES)
    entries.frombytes(data[: len(data) - len(data) % ENTRY_BYTES])
    first = None
    for number, entry in enumerate(entries):
        is_own = entry & PRESENT and entry & EXCLUSIVE and not entry & OF_A_FILE
        if is_own and first is None:
            first = number
        elif not is_own and first is not None:
            yield start + first * PAGE_BYTES, (number - first) * PAGE_BYTES
            first = None
    if first is not None:
        yield start + first * PAGE_BYTES, (len(entries) - first) * PAGE_BYTES
