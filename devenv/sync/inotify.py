"""Linux: watchdog's inotify descriptor, with a watch for every folder that is entered."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchDescriptor,
)

from devenv.sync.agenda import Sign
from devenv.sync.ignore import IgnoreRules
from devenv.sync.watch import Overflow, Seen, Sink, WatchesExhausted

MASK = Mask(
    InotifyConstants.IN_CREATE
    | InotifyConstants.IN_MODIFY
    | InotifyConstants.IN_CLOSE_WRITE
    | InotifyConstants.IN_ATTRIB
    | InotifyConstants.IN_MOVE
    | InotifyConstants.IN_DELETE
    | InotifyConstants.IN_DELETE_SELF
    | InotifyConstants.IN_MOVE_SELF
    | InotifyConstants.IN_ONLYDIR
    | InotifyConstants.IN_DONT_FOLLOW
)


class InotifyWatcher:
    """Events of every folder under `root` that the rules enter."""

    def __init__(self, root: Path, rules: IgnoreRules, sink: Sink) -> None:
        self._root = os.fsencode(os.path.realpath(root))
        self._rules = rules
        self._sink = sink
        self._folders: dict[WatchDescriptor, str] = {}
        self._descriptors: dict[str, WatchDescriptor] = {}
        self._moved_from: tuple[int, str] = (0, "")  # cookie and path of the last first half of a rename
        self._stopped = False
        self._inotify = InotifyFD()
        try:
            self._watch("")
        except OSError:
            self._inotify.close()
            raise
        self._watch_below("")
        self._inotify.start()

    def stop(self) -> None:
        """End it."""
        self._stopped = True
        self._inotify.stop()
        self._inotify.join(1)

    def on_event(self, event: InotifyEvent) -> None:
        """watchdog's call for every event of a watched folder."""
        folder = self._folders.get(event.wd)
        if folder is None or self._stopped:
            return
        if not event.name:  # of the folder itself: its parent tells, but for the root, which has none
            if not folder and (event.is_delete_self or event.is_move_self):
                self._sink(Overflow())
            return
        name = os.fsdecode(event.name)
        path = f"{folder}/{name}" if folder else name
        if event.is_directory:
            self._on_folder(event, path)
        else:
            self._on_file(event, path)

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:
        """watchdog's call when the kernel dropped a watch: its folder is gone."""
        folder = self._folders.pop(wd, None)
        if folder is not None and self._descriptors.get(folder) == wd:
            del self._descriptors[folder]

    def on_queue_overflow(self) -> None:
        """watchdog's call when the kernel dropped events: folders may have come, gone and moved unseen."""
        self._forget("")
        self._watch_tree("")
        self._sink(Overflow())

    def _on_file(self, event: InotifyEvent, path: str) -> None:
        if not self._rules.travels(path, is_folder=False):
            if event.is_moved_from:
                self._moved_from = (0, "")
            return
        if event.is_moved_from:
            self._moved_from = (event.cookie, path)
            self._see(path, Sign.VANISHED)
        elif event.is_moved_to:
            self._on_arrival(event, path)
        elif event.is_close_write:
            self._see(path, Sign.SETTLED)
        elif event.is_create:
            self._see(path, Sign.SETTLED if self._is_link(path) else Sign.WRITING)
        elif event.is_modify:
            self._see(path, Sign.WRITING)
        elif event.is_delete:
            self._see(path, Sign.VANISHED)
        elif event.is_attrib:
            self._see(path, Sign.MODE)

    def _on_folder(self, event: InotifyEvent, path: str) -> None:
        if not self._rules.enters(path):
            return
        if event.is_moved_from:
            self._moved_from = (event.cookie, path)
            self._forget(path)
            self._see(path, Sign.VANISHED)
        elif event.is_delete:
            self._see(path, Sign.VANISHED)
        elif event.is_moved_to or event.is_create:
            # The watches come first: what appears after them is told, what was there before is looked at.
            self._watch_tree(path)
            self._on_arrival(event, path)

    def _on_arrival(self, event: InotifyEvent, path: str) -> None:
        cookie, origin = self._moved_from
        if event.is_moved_to and cookie == event.cookie and origin:
            self._sink(Seen(((origin, Sign.SETTLED), (path, Sign.SETTLED))))
        else:
            self._see(path, Sign.SETTLED)

    def _see(self, path: str, sign: Sign) -> None:
        self._sink(Seen(((path, sign),)))

    def _absolute(self, path: str) -> bytes:
        return self._root + b"/" + os.fsencode(path) if path else self._root

    def _is_link(self, path: str) -> bool:
        try:
            return stat.S_ISLNK(os.lstat(self._absolute(path)).st_mode)
        except OSError:
            return False

    def _watch(self, folder: str) -> None:
        wd = self._inotify.add_callback(self._absolute(folder), MASK, self, CallbackId(0))
        known = self._folders.get(wd)
        if known is not None and known != folder and self._descriptors.get(known) == wd:
            del self._descriptors[known]  # the same folder, moved
        self._folders[wd] = folder
        self._descriptors[folder] = wd

    def _watch_tree(self, folder: str) -> None:
        if not os.access(self._absolute(folder), os.R_OK):
            return
        try:
            if folder not in self._descriptors:
                self._watch(folder)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.ENOMEM):
                self._sink(WatchesExhausted((folder,)))
            return
        self._watch_below(folder)

    def _watch_below(self, folder: str) -> None:
        try:
            with os.scandir(self._absolute(folder)) as listing:
                names = [os.fsdecode(item.name) for item in listing if item.is_dir(follow_symlinks=False)]
        except OSError:
            return
        for name in names:
            path = f"{folder}/{name}" if folder else name
            if self._rules.enters(path):
                self._watch_tree(path)

    def _forget(self, folder: str) -> None:
        inside = folder + "/"
        gone = [p for p in self._descriptors if not folder or p == folder or p.startswith(inside)]
        descriptors = [self._descriptors.pop(path) for path in gone]
        for wd in descriptors:
            self._folders.pop(wd, None)
        self._inotify.remove_callbacks([(wd, CallbackId(0)) for wd in descriptors])
