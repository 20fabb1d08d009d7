"""The door to the system's file events: where something may have changed, and when it was seen.

Linux: one inotify watch for each folder that is entered, without the half second that watchdog's own emitter
waits for the second half of a rename. Elsewhere: watchdog's observer for the system.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from devenv.sync.agenda import Sign
from devenv.sync.ignore import IgnoreRules
from devenv.sync.sights import Seen, Sink


class Watcher(Protocol):
    """A running watch."""

    def stop(self) -> None:
        """End it; no event follows, but for those already under way."""
        ...


def watch(root: Path, rules: IgnoreRules, sink: Sink) -> Watcher:
    """Watch what may travel under `root`. From the return on nothing is missed. Raises OSError."""
    if sys.platform == "linux":
        from devenv.sync.inotify import InotifyWatcher  # noqa: PLC0415 (cannot be imported elsewhere)

        return InotifyWatcher(root, rules, sink)
    else:  # noqa: RET505 (mypy reads one branch a platform)
        return _ObserverWatcher(root, rules, sink)


class _ObserverWatcher:
    """watchdog's observer of this system: FSEvents, ReadDirectoryChangesW or kqueue."""

    def __init__(self, root: Path, rules: IgnoreRules, sink: Sink) -> None:
        from watchdog.observers import Observer  # noqa: PLC0415 (on Linux it would only cost start-up time)

        self._root = os.path.realpath(root)
        self._rules = rules
        self._sink = sink
        self._observer = Observer()
        self._observer.schedule(self, self._root, recursive=True)  # type: ignore[arg-type]
        self._observer.start()

    def dispatch(self, event: object) -> None:
        """watchdog's call for every event."""
        kind = getattr(event, "event_type", "")
        is_folder = bool(getattr(event, "is_directory", False))
        if kind in ("opened", "closed_no_write") or (is_folder and kind == "modified"):
            return
        ends = (getattr(event, "src_path", ""), getattr(event, "dest_path", ""))
        sign = Sign.VANISHED if kind == "deleted" else Sign.SETTLED
        signs = tuple((path, sign) for path in self._relative(ends) if self._concerns(path, is_folder))
        if signs:
            self._sink(Seen(signs))

    def _relative(self, ends: Iterable[str | bytes]) -> list[str]:
        found = []
        for end in ends:
            absolute = os.fsdecode(end)
            if absolute.startswith(self._root + os.sep):
                found.append(absolute[len(self._root) + 1 :].replace(os.sep, "/"))
        return found

    def _concerns(self, path: str, is_folder: bool) -> bool:
        return self._rules.enters(path) if is_folder else self._rules.travels(path, is_folder=False)

    def stop(self) -> None:
        """End it."""
        self._observer.stop()
        self._observer.join(1)
