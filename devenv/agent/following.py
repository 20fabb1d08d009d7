"""What processes make, change and remove under the source folder, told while a host listens.

Every folder that is of interest is watched; what was seen is told a moment later, together. Between changes
nothing wakes. What the agent itself wrote is not told, since it is what was given.
"""

from __future__ import annotations

import os
import stat
from typing import Callable, Dict, Iterable, List, Optional, Set

from .inotify import IN_CREATE, IN_IGNORED, IN_ISDIR, IN_MOVED_FROM, IN_Q_OVERFLOW, Event, Inotify
from .loop import Loop, Timer
from .source import STAGING, Source
from .tree import FOLDER

GATHER_SECONDS = 0.1
POLL_SECONDS = 10.0
ANYWHERE = ["", FOLDER]
"""The row that says that something may have changed, and nobody knows where."""

Rows = List[List[str]]


class Following:
    """Tells rows [path, what it is now or ""] of what is not as it was given, until `end`.

    skip: names that are of no interest, at any depth. ignored: folders that are not.
    """

    def __init__(
        self,
        source: Source,
        loop: Loop,
        tell: Callable[[Rows], None],
        *,
        skip: Iterable[str],
        ignored: Iterable[str],
    ) -> None:
        self._source = source
        self._loop = loop
        self._tell = tell
        self._skip = {*skip, STAGING}
        self._ignored = set(ignored)
        self._folders: Dict[int, str] = {}
        self._watches: Dict[str, int] = {}
        self._noted: Set[str] = set()
        self._timer: Optional[Timer] = None
        self._poll: Optional[Timer] = None
        self._inotify: Optional[Inotify] = None
        try:
            self._inotify = Inotify()
            self._loop.on_readable(self._inotify, self._read)
        except OSError:
            self._poll_from_now()

    def end(self) -> None:
        """Nobody listens any more, or another begins; what was seen until now is told."""
        self._read()
        if self._noted:
            self._tell_noted()
        for timer in (self._timer, self._poll):
            if timer is not None:
                timer.cancel()
        if self._inotify is not None:
            self._loop.forget(self._inotify)
            self._inotify.close()
            self._inotify = None

    def enter(self, folder: str) -> None:
        """Watch one folder; called before its content is read, so that nothing falls between."""
        if self._inotify is None or folder in self._watches:
            return
        try:
            wd = self._inotify.add(os.path.join(self._source.root, folder))
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            return  # gone, or out of everybody's reach
        except OSError:
            self._poll_from_now()
            return
        self._watches.pop(self._folders.get(wd, ""), None)
        self._folders[wd], self._watches[folder] = folder, wd

    def ignore(self, folders: Iterable[str]) -> None:
        """Nothing in these folders is of interest."""
        for folder in folders:
            self._ignored.add(folder)
            self._leave(folder)

    def _leave(self, folder: str) -> None:
        for path in [p for p in self._watches if p == folder or p.startswith(folder + "/")]:
            wd = self._watches.pop(path)
            del self._folders[wd]
            if self._inotify is not None:
                self._inotify.remove(wd)

    def _poll_from_now(self) -> None:
        """Where the kernel watches nothing, or not all, the host looks now and then."""
        if self._poll is None:
            self._poll = self._loop.after(POLL_SECONDS, self._tell_poll)

    def _tell_poll(self) -> None:
        self._poll = self._loop.after(POLL_SECONDS, self._tell_poll)
        self._tell([ANYWHERE])

    def _read(self) -> None:
        for event in self._inotify.read() if self._inotify is not None else []:
            self._take(event)

    def _take(self, event: Event) -> None:
        if event.mask & IN_Q_OVERFLOW:
            self._note(ANYWHERE[0])
            return
        folder = self._folders.get(event.wd)
        if folder is None:
            return
        if event.mask & IN_IGNORED:
            del self._folders[event.wd]
            del self._watches[folder]
            return
        path = folder + "/" + event.name if folder else event.name
        if not self._is_of_interest(path):
            return
        if event.mask & IN_ISDIR:
            self._take_folder(path, is_gone=bool(event.mask & IN_MOVED_FROM))
        elif not (event.mask & IN_CREATE and self._is_being_written(path)):
            self._note(path)

    def _is_of_interest(self, path: str) -> bool:
        return path.rpartition("/")[2] not in self._skip and path not in self._ignored

    def _take_folder(self, path: str, *, is_gone: bool) -> None:
        self._note(path)
        if is_gone:
            self._leave(path)
            return
        self.enter(path)
        try:
            listing = list(os.scandir(os.path.join(self._source.root, path)))
        except OSError:
            return
        for item in listing:
            inside = path + "/" + item.name
            if not self._is_of_interest(inside):
                continue
            if item.is_dir(follow_symlinks=False):
                self._take_folder(inside, is_gone=False)
            else:
                self._note(inside)

    def _is_being_written(self, path: str) -> bool:
        """A file made just now tells when it is closed; a link, or a second name of a file, never does."""
        try:
            status = os.lstat(os.path.join(self._source.root, path))
        except OSError:
            return False
        return stat.S_ISREG(status.st_mode) and status.st_nlink == 1

    def _note(self, path: str) -> None:
        self._noted.add(path)
        if self._timer is None:
            self._timer = self._loop.after(GATHER_SECONDS, self._tell_noted)

    def _tell_noted(self) -> None:
        noted, self._noted, self._timer = self._noted, set(), None
        if ANYWHERE[0] in noted:
            self._tell([ANYWHERE])
            return
        kinds = {path: self._source.kind_if_changed(path) for path in sorted(noted)}
        rows = [[path, kind] for path, kind in kinds.items() if kind is not None]
        if rows:
            self._tell(rows)
