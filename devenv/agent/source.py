"""The source folder: batches become its content, whole or with a problem for each path that could not.

What is staged lies in the folder itself, on the same file system; agents that share the folder share it.
"""

from __future__ import annotations

import os
import shutil
import time
from functools import partial
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

from .given import Given, discard
from .reading import RACY_NS, Digests, digest_file, read_manifest
from .tree import FILE, FOLDER, LINK, Entry

STAGING = ".devenv-sync"
NEVER_GIVEN = {STAGING, "__pycache__"}
BLOCK_BYTES = 1 << 20
SECOND_NS = 1_000_000_000


class Unsafe(Exception):
    """A path that leads out of the source folder, or into the staging folder."""


class Overtaken(Exception):
    """A path that holds neither what the host believed nor what it wants there: a process wrote it."""


class _Staged:
    """What arrived of a batch. files: where it is kept, by path; problems: why it could not be."""

    def __init__(self) -> None:
        self.files: Dict[str, str] = {}
        self.problems: Dict[str, Exception] = {}


class Outcome(NamedTuple):
    """What did not go as the host wanted. problems: [path, why]; overtaken: paths that a process wrote."""

    problems: List[List[str]]
    overtaken: List[str]


class Source:
    """`root` and what was staged for it."""

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root)
        self.given = Given(os.path.join(self.root, STAGING, "given.json"))
        self._staged: Dict[str, _Staged] = {}
        self.problems: Dict[str, str] = {}  # what could not be written when it was last tried
        self._digests = Digests()
        self._digests.load(self._digests_file())

    def _digests_file(self) -> str:
        return os.path.join(self.root, STAGING, "digests.json")

    def save(self) -> None:
        """Write what another life of this agent, or another agent, would have to find out. Raises OSError."""
        if os.path.isdir(os.path.join(self.root, STAGING)):
            self.given.save()
            self._digests.save(self._digests_file())

    def open(self) -> None:
        """Make room for what hosts give; take the folder as given where no host has given anything.

        A mounted folder that is not ours to write gets nothing, and needs no room.
        """
        staging = os.path.join(self.root, STAGING)
        try:
            os.makedirs(staging, exist_ok=True)
            with open(os.path.join(staging, ".gitignore"), "w", encoding="ascii") as file:
                file.write("*\n")  # a mounted folder is somebody's checkout
        except OSError:
            self.given.entries = self._everything()
            return
        if not self.given.load():
            self.given.begin(self._everything())

    def stage(self, batch: str, pieces: Sequence[Sequence[Any]], payload: bytes) -> None:
        """Keep content for `batch`; what cannot be (the disk is full) is its path's problem at the commit."""
        staged = self._staged.setdefault(batch, _Staged())
        folder = os.path.join(self.root, STAGING, batch)
        start = 0
        for path, offset, length in pieces:
            content = payload[start : start + length]
            start += length
            if path in staged.problems:
                continue
            target = staged.files.setdefault(path, os.path.join(folder, str(len(staged.files))))
            try:
                os.makedirs(folder, exist_ok=True)
                _write_at(target, offset, content)
            except (OSError, OverflowError) as error:
                staged.problems[path] = error
                discard(target)

    def commit(
        self,
        batch: str,
        entries: Sequence[Sequence[Any]],
        removals: Sequence[str],
        expected: Sequence[Sequence[Any]],
    ) -> Outcome:
        """Make the batch the truth. Links come last: nothing is written through one."""
        staged = self._staged.pop(batch, _Staged())
        believed = {row[0]: Entry(*row[1:]) for row in expected}
        outcome = Outcome([], [])
        for path in removals:
            # What is written anew comes to an empty place.
            self._attempt(outcome, path, partial(self._remove, path, believed.pop(path, None)))
        kept = _refused(outcome)
        for kind in (FOLDER, FILE, LINK):
            for path, entry in [(row[0], Entry(*row[1:])) for row in entries if row[1] == kind]:
                if path in kept:
                    continue
                put = partial(self._put, path, entry, believed.get(path), staged)
                self._attempt(outcome, path, put)
        shutil.rmtree(os.path.join(self.root, STAGING, batch), ignore_errors=True)
        for path in [*removals, *(row[0] for row in entries)]:
            self.problems.pop(path, None)
        self.problems.update((path, why) for path, why in outcome.problems)
        refused = _refused(outcome)
        self.given.update(
            {row[0]: Entry(*row[1:]) for row in entries if row[0] not in refused},
            [path for path in removals if path not in refused],
        )
        return outcome

    def discard(self, owner: str) -> None:
        """Forget batches of a host that left; `owner` is what their names begin with."""
        for batch in [name for name in self._staged if name.startswith(owner)]:
            del self._staged[batch]
            shutil.rmtree(os.path.join(self.root, STAGING, batch), ignore_errors=True)

    def forget(self) -> None:
        """Nothing was ever given, and no file was ever read."""
        self.given.forget()
        self._digests = Digests()

    def read_tree(
        self,
        skip: Iterable[str],
        ignored: Iterable[str] = (),
        entering: Callable[[str], None] = lambda _: None,
    ) -> Dict[str, Entry]:
        """The manifest of what is there now, but for names to skip and folders to ignore."""
        names, folders = {STAGING, *skip}, set(ignored)

        def is_read(path: str, _: bool) -> bool:
            return path.rpartition("/")[2] not in names and path not in folders

        entries = read_manifest(self.root, is_read, self._digests, entering)
        self._digests.keep_only(entries.keys())
        return entries

    def read_paths(self, paths: Iterable[str]) -> Dict[str, Entry]:
        """The same for these paths alone."""
        found = {}
        for path in paths:
            try:
                entry = self._digests.entry(path, self._resolve(path))
            except (OSError, ValueError, Unsafe):
                continue
            if entry is not None:
                found[path] = entry
        return found

    def kind_if_changed(self, path: str) -> Optional[str]:
        """What is at `path` now, "" for nothing; None where it is what was given."""
        entry = self._digests.entry_unread(path, os.path.join(self.root, path))
        if entry == self.given.entries.get(path):
            return None
        return entry.kind if entry is not None else ""

    def _everything(self) -> Dict[str, Entry]:
        return read_manifest(self.root, lambda path, _: path.rpartition("/")[2] not in NEVER_GIVEN)

    def read_blocks(self, path: str) -> Iterable[Tuple[int, bool, bytes]]:
        """A file's content as (offset, last, block). Raises OSError, Unsafe."""
        with open(self._resolve(path), "rb") as file:
            offset = 0
            block = file.read(BLOCK_BYTES)
            while True:
                following = file.read(BLOCK_BYTES) if block else b""
                yield offset, not following, block
                if not following:
                    return
                offset += len(block)
                block = following

    def is_package(self, folder: str) -> bool:
        """Whether `folder`, relative to the root, has an __init__.py."""
        return os.path.isfile(os.path.join(self.root, folder, "__init__.py"))

    def _attempt(self, outcome: Outcome, path: str, act: Callable[[], None]) -> None:
        try:
            act()
        except Overtaken:
            outcome.overtaken.append(path)
        except Unsafe as error:
            outcome.problems.append([path, str(error)])
        except (OSError, ValueError, OverflowError) as error:
            outcome.problems.append([path, getattr(error, "strerror", None) or str(error)])

    def _resolve(self, path: str) -> str:
        """The place on disk. Its folder must be inside the root after following every link. Raises Unsafe."""
        parts = path.split("/")
        if not path or "\0" in path or path.startswith("/") or any(part in ("", ".", "..") for part in parts):
            raise Unsafe("not a path inside the source folder")
        if parts[0] == STAGING:
            raise Unsafe("the agent's own folder")
        parent = os.path.realpath(os.path.join(self.root, *parts[:-1]))
        if parent != self.root and not parent.startswith(self.root + os.sep):
            raise Unsafe("its folder leads out of the source folder")
        return os.path.join(parent, parts[-1])

    def _remove(self, path: str, believed: Optional[Entry]) -> None:
        target = self._resolve(path)
        there = self._digests.entry(path, target)
        if there is None:
            return
        if there != believed:
            raise Overtaken
        if there.kind == FOLDER:
            _remove_folder(target)
        else:
            os.unlink(target)
            _remove_compiled(target)

    def _put(self, path: str, entry: Entry, believed: Optional[Entry], staged: _Staged) -> None:
        if path in staged.problems:
            raise staged.problems[path]
        target = self._resolve(path)
        if entry.kind == FILE:
            self._put_file(path, target, entry, believed, staged.files.get(path))
        elif not self._is_there(path, target, entry, believed):
            _make_room(target, entry.kind)
            if entry.kind == FOLDER:
                os.makedirs(target, exist_ok=True)
            else:
                self._put_link(target, entry.digest)

    def _is_there(self, path: str, target: str, wanted: Entry, believed: Optional[Entry]) -> bool:
        """Whether `wanted` is there. Raises Overtaken when what is there is not what was believed.

        To look is the last thing that this does, and the first that follows is the rename.
        """
        there = self._digests.entry(path, target)
        if there is not None and there not in (wanted, believed):
            raise Overtaken
        return there == wanted

    def _put_link(self, target: str, destination: str) -> None:
        temporary = os.path.join(self.root, STAGING, "link-%d" % os.getpid())
        discard(temporary)  # of an attempt that failed, on a full disk
        os.symlink(destination, temporary)
        os.replace(temporary, target)

    def _put_file(
        self, path: str, target: str, entry: Entry, believed: Optional[Entry], staged: Optional[str]
    ) -> None:
        if staged is None and not entry.size_bytes:
            staged = os.path.join(self.root, STAGING, "empty-%d" % os.getpid())
            _write_at(staged, 0, b"")
        if staged is None:  # the host believes that it is there
            self._is_there(path, target, entry, entry)
            return
        if os.stat(staged).st_size != entry.size_bytes or digest_file(staged) != entry.digest:
            raise ValueError("its content did not arrive whole")
        os.chmod(staged, 0o755 if entry.executable else 0o644)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        dated = _date(staged, target)
        if self._is_there(path, target, entry, believed):
            os.unlink(staged)
            return
        _make_room(target, FILE)
        os.replace(staged, target)
        self._digests.remember(path, dated, os.lstat(target), entry.digest)


def _refused(outcome: Outcome) -> Set[str]:
    return {*outcome.overtaken, *(path for path, _ in outcome.problems)}


def _write_at(path: str, offset: int, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        rest = memoryview(content)
        while rest:  # a disk that is about to be full takes a part before it says so
            written = os.pwrite(descriptor, rest, offset)
            offset, rest = offset + written, rest[written:]
    finally:
        os.close(descriptor)


def _make_room(target: str, kind: str) -> None:
    """A folder goes where a file or link comes, and the other way round."""
    if os.path.islink(target) or not os.path.lexists(target):
        if kind == FOLDER and os.path.islink(target):
            os.unlink(target)
        return
    if os.path.isdir(target) and kind != FOLDER:
        _remove_folder(target)
    elif not os.path.isdir(target) and kind == FOLDER:
        os.unlink(target)


def _remove_folder(target: str) -> None:
    """Remove a folder that holds nothing but what Python compiled. Raises OSError when it holds more."""
    if set(os.listdir(target)) == {"__pycache__"}:
        shutil.rmtree(os.path.join(target, "__pycache__"))
    os.rmdir(target)


def _remove_compiled(source: str) -> None:
    if not source.endswith(".py"):
        return
    folder, name = os.path.split(source)
    cache = os.path.join(folder, "__pycache__")
    try:
        compiled = os.listdir(cache)
    except OSError:
        return
    for item in compiled:
        if item.startswith(name[:-2]) and item.endswith(".pyc"):
            os.unlink(os.path.join(cache, item))


def _date(staged: str, target: str) -> os.stat_result:
    """Date a file so that no write to come gives it the same mtime: every change shows. What stat says then.

    Compiled files carry whole seconds of their source's mtime: its successor must be a second younger.
    """
    dated = time.time_ns() - RACY_NS
    if target.endswith(".py"):
        try:
            replaced = int(os.stat(target).st_mtime)
        except OSError:
            replaced = 0
        if dated // SECOND_NS <= replaced:
            dated = (replaced + 1) * SECOND_NS
    os.utime(staged, ns=(dated, dated))
    return os.stat(staged)
