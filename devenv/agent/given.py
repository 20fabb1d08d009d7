"""The manifest that the host last gave: what a process made is what differs from it."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Dict, Iterable, Optional, Tuple

from .tree import Entry


class Given:
    """The manifest that the host last gave, on disk. Written late: a reload must not wait for it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._signature: Optional[Tuple[int, int]] = None
        self._dirty = False
        self.generation = 0
        self.entries: Dict[str, Entry] = {}

    def load(self) -> bool:
        """Read what another agent may have written since; false when there is nothing to read."""
        if self._dirty:
            return True
        try:
            status = os.stat(self._path)
            signature = (status.st_ino, status.st_mtime_ns)
            if signature != self._signature:
                with open(self._path, encoding="ascii") as file:
                    content = json.load(file)
                self.generation = max(self.generation, content["generation"])
                self.entries = {row[0]: Entry(*row[1:]) for row in content["entries"]}
                self._signature = signature
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return True

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
        """Take a batch as given; `save` writes it."""
        self.load()
        self.entries.update(entries)
        for path in removals:
            self.entries.pop(path, None)
        self._dirty = True

    def forget(self) -> None:
        """Nothing was given; `save` writes it."""
        self.load()
        self.entries = {}
        self._dirty = True

    def save(self) -> None:
        """Write what `update` changed. Raises OSError."""
        if not self._dirty:
            return
        os.replace(self._write(), self._path)
        status = os.stat(self._path)
        self._signature = (status.st_ino, status.st_mtime_ns)
        self._dirty = False

    def _write(self) -> str:
        """The path of a file beside with what is known. Every agent is process 1 of its own container."""
        rows = [[path, *entry] for path, entry in self.entries.items()]
        descriptor, path = tempfile.mkstemp(dir=os.path.dirname(self._path), prefix="given.")
        try:
            with open(descriptor, "w", encoding="ascii") as file:
                content = {"generation": self.generation, "entries": rows}
                file.write(json.dumps(content, separators=(",", ":")))  # `dump` takes five times as long
        except OSError:
            discard(path)
            raise
        return path


def discard(path: str) -> None:
    """Remove a file that was not finished; it may not even be there."""
    try:
        os.unlink(path)
    except OSError:
        pass
