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
from devenv.sync.sights import Overflow, Seen, Sink, WatchesExhausted

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
        self._folders: dict[str, _WatchedFolder] = {}
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

    def on_event(self, folder: str, event: InotifyEvent) -> None:
        """Something happened in a watched folder, or to it."""
        if self._stopped:
            return
        if not event.name:  # to the folder itself: its parent tells, but for the root, which has none
            if not folder and (event.is_delete_self or event.is_move_self):
                self._sink(Overflow())
            return
        name = os.fsdecode(event.name)
        path = f"{folder}/{name}" if folder else name
        if event.is_directory:
            self._on_folder(event, path)
        else:
            self._on_file(event, path)

    def on_overflow(self) -> None:
        """The kernel dropped events: folders may have come, gone and moved unseen."""
        self._forget("")
        self._watch_tree("")
        self._sink(Overflow())

    def on_gone(self, folder: _WatchedFolder) -> None:
        """The kernel dropped a watch, since its folder is no more."""
        if self._folders.get(folder.path) is folder:
            del self._folders[folder.path]

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
            # A large folder takes a while to watch, and nobody should meet neither of its names meanwhile.
            self._tell_rename(event, path)
            # What appears after the watches is told, what was there before is looked at.
            self._watch_tree(path)
            self._see(path, Sign.SETTLED)

    def _on_arrival(self, event: InotifyEvent, path: str) -> None:
        if not self._tell_rename(event, path):
            self._see(path, Sign.SETTLED)

    def _tell_rename(self, event: InotifyEvent, path: str) -> bool:
        """Tell both ends where what arrived at `path` was seen to leave another one; whether it was."""
        cookie, origin = self._moved_from
        is_rename = event.is_moved_to and cookie == event.cookie and bool(origin)
        if is_rename:
            self._sink(Seen(((origin, Sign.SETTLED), (path, Sign.SETTLED))))
        return is_rename

    def _see(self, path: str, sign: Sign) -> None:
        self._sink(Seen(((path, sign),)))

    def _absolute(self, path: str) -> bytes:
        return self._root + b"/" + os.fsencode(path) if path else self._root

    def _is_link(self, path: str) -> bool:
        try:
            return stat.S_ISLNK(os.lstat(self._absolute(path)).st_mode)
        except OSError:
            return False

    def _watch(self, path: str) -> None:
        folder = _WatchedFolder(self, path)
        folder.wd = self._inotify.add_callback(self._absolute(path), MASK, folder, folder.id)
        self._folders[path] = folder

    def _watch_tree(self, folder: str) -> None:
        if not os.access(self._absolute(folder), os.R_OK):
            return
        try:
            if folder not in self._folders:
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

    def _forget(self, path: str) -> None:
        inside = path + "/"
        gone = [p for p in self._folders if not path or p == path or p.startswith(inside)]
        folders = [self._folders.pop(p) for p in gone]
        self._inotify.remove_callbacks([(folder.wd, folder.id) for folder in folders])


class _WatchedFolder:
    """One path's watch, as watchdog calls it back.

    The kernel has one watch for each inode. A folder that was found at its new path before the event of
    its move arrived is watched twice for a moment, by either path, and neither may replace the other.
    """

    def __init__(self, watcher: InotifyWatcher, path: str) -> None:
        self.path = path
        self.id = CallbackId(id(self))
        self.wd = WatchDescriptor(-1)
        self._watcher = watcher

    def on_event(self, event: InotifyEvent) -> None:
        """watchdog's call for every event."""
        self._watcher.on_event(self.path, event)

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:  # noqa: ARG002 (the name is watchdog's)
        """watchdog's call when the kernel dropped the watch."""
        self._watcher.on_gone(self)

    def on_queue_overflow(self) -> None:
        """watchdog's call, to each folder's callback, when the kernel dropped events."""
        if not self.path:
            self._watcher.on_overflow()
