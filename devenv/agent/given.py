"""The manifest that the host last gave: what a process made is what differs from it.

Agents that share a folder share this, too: each batch is added to a log beside the manifest before it is
acknowledged, so that whoever writes next knows what the one before it was given.
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
import time
from contextlib import contextmanager
from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple

from .tree import Entry

LOCK_SECONDS = 0.5  # an agent that is stopped may never let go


class Given:
    """The manifest that the host last gave, on disk: a whole one at `path`, and what came since in the log.

    A whole one is written late: a reload must not wait for it. A line of the log is a batch: its generation,
    its entries, and the paths that are gone; null in place of these for all that there was.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._log = os.path.splitext(path)[0] + ".log"
        self._signature: Optional[Tuple[int, int]] = None
        self._offset = 0  # how much of the log is known
        self._dirty = False
        self.generation = 0
        self.entries: Dict[str, Entry] = {}

    def load(self) -> bool:
        """Read what other agents may have written since; false when there is nothing to read."""
        with self._locked() as log:
            return self._read(log)

    def begin(self, entries: Dict[str, Entry]) -> None:
        """Take `entries` as given where nothing was; an agent that was quicker is right. Raises OSError."""
        self.entries = entries
        temporary = self._write()
        try:
            os.link(temporary, self._path)
        except FileExistsError:
            pass
        finally:
            os.unlink(temporary)
        self.load()

    def update(self, entries: Dict[str, Entry], removals: Iterable[str]) -> None:
        """Take a batch as given: the next generation."""
        gone = list(removals)
        with self._locked() as log:
            self._read(log)
            self.generation += 1
            self._take(entries, gone)
            self._append(log, {"generation": self.generation, "entries": _rows(entries), "gone": gone})

    def forget(self) -> None:
        """Nothing was given; `save` writes it."""
        with self._locked() as log:
            self._read(log)
            self.entries = {}
            self._append(log, {"generation": self.generation, "entries": [], "gone": None})

    def save(self) -> None:
        """Write a whole manifest in place of the log. Raises OSError."""
        if not self._dirty:
            return
        with self._locked() as log:
            self._read(log)
            os.replace(self._write(), self._path)
            self._signature, self._offset = self._signature_now(), 0
            if log is not None:
                os.ftruncate(log, 0)
        self._dirty = False

    @contextmanager
    def _locked(self) -> Iterator[Optional[int]]:
        """The log, and nobody else at it; None where the folder is not ours to write."""
        try:
            log = os.open(self._log, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            yield None
            return
        try:
            _lock(log)
            yield log
        finally:
            os.close(log)

    def _read(self, log: Optional[int]) -> bool:
        try:
            signature = self._signature_now()
            if signature != self._signature:
                with open(self._path, encoding="ascii") as file:
                    content = json.load(file)
                self.entries = {}
                self._take_row(content)
                self._signature, self._offset = signature, 0
            if log is not None:
                self._follow(log)
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return True

    def _follow(self, log: int) -> None:
        """What came into the log since; of the last line may only a part be there (kill -9)."""
        size = os.fstat(log).st_size - self._offset
        if size > 0:
            lines = os.pread(log, size, self._offset)
            whole = lines[: lines.rfind(b"\n") + 1]
            for line in whole.splitlines():
                self._take_row(json.loads(line))
            self._offset += len(whole)

    def _take_row(self, row: Dict[str, Any]) -> None:
        self.generation = max(self.generation, row["generation"])
        gone = row.get("gone", ())
        if gone is None:
            self.entries = {}
        self._take({each[0]: Entry(*each[1:]) for each in row["entries"]}, gone or ())

    def _take(self, entries: Dict[str, Entry], gone: Iterable[str]) -> None:
        self.entries.update(entries)
        for path in gone:
            self.entries.pop(path, None)

    def _append(self, log: Optional[int], row: Dict[str, Any]) -> None:
        """A full disk costs another agent a look at everything, no more."""
        self._dirty = True
        line = json.dumps(row, separators=(",", ":")).encode("ascii") + b"\n"
        if log is None:
            return
        try:
            os.ftruncate(log, self._offset)
            if os.pwrite(log, line, self._offset) == len(line):
                self._offset += len(line)
        except OSError:
            pass

    def _signature_now(self) -> Tuple[int, int]:
        status = os.stat(self._path)
        return status.st_ino, status.st_mtime_ns

    def _write(self) -> str:
        """The path of a file beside with what is known. Every agent is process 1 of its own container."""
        descriptor, path = tempfile.mkstemp(dir=os.path.dirname(self._path), prefix="given.")
        try:
            with open(descriptor, "w", encoding="ascii") as file:
                content = {"generation": self.generation, "entries": _rows(self.entries)}
                file.write(json.dumps(content, separators=(",", ":")))  # `dump` takes five times as long
        except OSError:
            discard(path)
            raise
        return path


def _lock(file: int) -> None:
    until = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() < until:
                time.sleep(0.001)
                continue
        return


def _rows(entries: Dict[str, Entry]) -> List[List[Any]]:
    return [[path, *entry] for path, entry in entries.items()]


def discard(path: str) -> None:
    """Remove a file that was not finished; it may not even be there."""
    try:
        os.unlink(path)
    except OSError:
        pass
