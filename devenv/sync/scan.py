"""The host's tree: its manifest, kept up to date by looking where something may have changed."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache as remembered
from pathlib import Path

from devenv.agent.reading import Digests
from devenv.agent.tree import FILE, FOLDER, LINK, Entry
from devenv.sync.ignore import IgnoreRules, parents

NamesIn = Callable[[str], Collection[str]]
"""The names in a folder, as they are spelled; none where it cannot be listed."""

IS_BLIND_TO_CASE = sys.platform in ("win32", "darwin")
"""Whether files are found under names that differ from theirs in case."""


class HostTree:
    """Everything under `root` that travels.

    `entries`: the manifest. `problems`: why a path could not be read; it counts as unchanged until it can.
    cache: a file that spares the next session reading what is unchanged. names_in: asked whether a path that
    is found is spelled so, None where nothing is found under another spelling.
    """

    def __init__(
        self, root: Path, rules: IgnoreRules, cache: Path | None = None, names_in: NamesIn | None = None
    ) -> None:
        self._root = root
        self._prefix = f"{root}{os.sep}"
        self.rules = rules
        self.entries: dict[str, Entry] = {}
        self.problems: dict[str, str] = {}
        self._digests = Digests()
        self._cache = cache
        if cache is not None:
            self._digests.load(str(cache))
        self._names_in = names_in or (self._names_on_disk if IS_BLIND_TO_CASE else None)
        self._judged_by = rules  # the rules that the manifest was made by
        self._names: dict[str, set[str]] = {}  # of what is in each folder of the manifest

    def scan(self, rules: IgnoreRules | None = None) -> None:
        """Look everywhere. Raises OSError when the root cannot be listed."""
        self.rules = rules or self.rules
        os.scandir(self._root).close()
        before = self.entries
        self.entries, self.problems, self._names = {}, {}, {}
        self._scan_folder("", before, trusting=True)
        self._judged_by = self.rules
        self._digests.keep_only(self.entries.keys())

    def look_at(self, paths: Iterable[str], *, trusting: bool = False) -> set[str]:
        """Look at `paths` and all below them; the paths that are or were there.

        trusting: a file that stat says is unchanged is not read again.
        """
        touched: set[str] = set()
        names_in = None if self._names_in is None else remembered(self._names_in)
        for path in paths:
            before = {known: self.entries[known] for known in self.below(path)}
            touched.update(before)
            self._forget(before)
            for blamed in [p for p in self.problems if p == path or p.startswith(path + "/")]:
                del self.problems[blamed]
            if names_in is None or is_spelled_so(path, names_in):
                self._look(path, before, trusting=trusting)
            touched.update(self._below(path))
        return touched

    def save(self) -> None:
        """Write the cache; where that is impossible, the next session reads more."""
        if self._cache is not None:
            with contextlib.suppress(OSError):
                self._digests.save(str(self._cache))

    def absolute(self, path: str) -> str:
        """Where `path` is on this machine."""
        return self._prefix + path

    def is_blamed(self, path: str) -> bool:
        """Whether `path`, or a folder above it, could not be read: nothing is known of it."""
        return bool(self.problems) and any(p in self.problems for p in (path, *parents(path)))

    def is_taken_in_other_case(self, path: str) -> bool:
        """Whether the place of `path` is that of a file with a name that differs in case alone."""
        folder, _, name = path.rpartition("/")
        names = () if self._names_in is None else self._names_in(folder)
        return name not in names and name.casefold() in {other.casefold() for other in names}

    def note(self, path: str, entry: Entry) -> None:
        """Take over what this program itself wrote, so that it does not look like a change."""
        self._add(path, entry)

    def _names_on_disk(self, folder: str) -> Collection[str]:
        try:
            return frozenset(os.listdir(self.absolute(folder)))  # noqa: PTH208 (names, not paths)
        except OSError:
            return ()

    def below(self, path: str) -> list[str]:
        """Of `path` and all that is inside, what the manifest has."""
        return [known for known in self._below(path) if known in self.entries]

    def _below(self, path: str) -> Iterator[str]:
        if path:
            yield path
        for name in sorted(self._names.get(path, ())):
            yield from self._below(f"{path}/{name}" if path else name)

    def _forget(self, paths: Iterable[str]) -> None:
        for path in paths:
            self.entries.pop(path, None)
            self._names.pop(path, None)
            folder, _, name = path.rpartition("/")
            self._names.get(folder, set()).discard(name)

    def _add(self, path: str, entry: Entry) -> None:
        self.entries[path] = entry
        while path:
            folder, _, name = path.rpartition("/")
            names = self._names.get(folder)
            if names is None:
                names = self._names[folder] = set()
            elif name in names:
                return  # and so is every folder above it
            names.add(name)
            if folder and folder not in self.entries:  # entered for the sake of what a rule lets through
                self.entries[folder] = Entry(FOLDER, False, "", 0)
            path = folder

    def _look(self, path: str, before: dict[str, Entry], *, trusting: bool) -> None:
        if not path:
            self._scan_folder("", before, trusting=trusting)
            return
        try:
            status = os.lstat(self.absolute(path))
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            self._blame(path, error, before)
            return
        travels = self.rules.travels(path, stat.S_ISDIR(status.st_mode))
        self._take(path, status, before, travels=travels, trusting=trusting)

    def _scan_folder(self, folder: str, before: dict[str, Entry], *, trusting: bool) -> None:
        try:
            with os.scandir(self.absolute(folder)) as listing:
                items = list(listing)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            self._blame(folder, error, before)
            return
        for item in items:
            path = f"{folder}/{item.name}" if folder else item.name
            is_folder = item.is_dir(follow_symlinks=False)
            known = before.get(path) if self._judged_by is self.rules else None
            is_same = known is not None and (known.kind == FOLDER) is is_folder
            travels = (is_same and not is_folder) or self.rules.travels(path, is_folder)
            if not (travels or (is_folder and self.rules.enters(path))):
                continue
            try:
                # Windows leaves the inode and links out of what a listing says.
                status = os.lstat(item.path) if sys.platform == "win32" else item.stat(follow_symlinks=False)
            except (FileNotFoundError, NotADirectoryError):
                continue
            self._take(path, status, before, travels=travels, trusting=trusting)

    def _take(
        self, path: str, status: os.stat_result, before: dict[str, Entry], *, travels: bool, trusting: bool
    ) -> None:
        if travels:
            try:
                entry = self._entry(path, status, trusting=trusting)
            except (FileNotFoundError, NotADirectoryError):
                return
            except OSError as error:
                self._blame(path, error, before)
                return
            if entry is not None:
                self._add(path, entry)
        if stat.S_ISDIR(status.st_mode) and self.rules.enters(path):
            self._scan_folder(path, before, trusting=trusting)

    def _entry(self, path: str, status: os.stat_result, *, trusting: bool) -> Entry | None:
        if stat.S_ISDIR(status.st_mode):
            return Entry(FOLDER, False, "", 0)
        if stat.S_ISLNK(status.st_mode):
            target = os.readlink(self.absolute(path))  # noqa: PTH115 (a Path would tidy the text)
            return Entry(LINK, False, target.replace(os.sep, "/"), 0)
        if not stat.S_ISREG(status.st_mode):
            return None
        executable = _is_executable(self.absolute(path), status)
        if trusting and (digest := self._digests.recall(path, status)) is not None:
            return Entry(FILE, executable, digest, status.st_size)
        return Entry(FILE, executable, *self._digests.read(path, self.absolute(path), status))

    def _blame(self, path: str, error: Exception, before: dict[str, Entry]) -> None:
        self.problems[path] = getattr(error, "strerror", None) or str(error)
        for known, entry in before.items():
            if known == path or known.startswith(path + "/"):
                self._add(known, entry)


def is_spelled_so(path: str, names_in: NamesIn) -> bool:
    """Whether each part of `path` is what its folder calls it."""
    folder = ""
    for name in path.split("/") if path else ():
        if name not in names_in(folder):
            return False
        folder = f"{folder}/{name}" if folder else name
    return True


def _is_executable(path: str, status: os.stat_result) -> bool:
    if sys.platform == "win32":  # no such bit there: scripts that name their interpreter have it
        with Path(path).open("rb") as file:
            return file.read(2) == b"#!"
    else:
        return bool(status.st_mode & stat.S_IXUSR)
