"""The source folder: batches become its content, whole or with a problem for each path that could not.

What is staged lies in the folder itself, on the same file system; agents that share the folder share it.
"""

from __future__ import annotations

import binascii
import errno
import hashlib
import os
import shutil
import stat
import time
from functools import partial
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Sequence, Set, Tuple

from . import exchange
from .given import Given, discard
from .lease import is_open_for_writing
from .reading import RACY_NS, Digests, digest_file, identity_of, read_manifest
from .tree import FILE, FOLDER, LINK, Entry

STAGING = ".devenv-sync"
NEVER_GIVEN = {STAGING, "__pycache__"}
BLOCK_BYTES = 1 << 20
SECOND_NS = 1_000_000_000
STALE_SECONDS = 3600
BUSY_SECONDS = 2  # a file that was written so lately may be open for more


class Unsafe(Exception):
    """A path that leads out of the source folder, or into the staging folder."""


class Overtaken(Exception):
    """A path that holds neither what the host believed nor what it wants there: a process wrote it."""


class _File:
    """Content of one path as it arrives, kept at `place`; its digest is ready when it is."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._hasher = hashlib.blake2b(digest_size=16)
        self._hashed = 0  # so many bytes from the start; -1 where they came in another order

    def add(self, offset: int, content: bytes) -> None:
        """Keep a piece. Raises OSError, OverflowError."""
        _write_at(self.place, offset, content)
        if offset == self._hashed:
            self._hasher.update(content)
            self._hashed += len(content)
        else:
            self._hashed = -1

    def is_whole(self, size: int, digest: str) -> bool:
        """Whether that is what arrived. Raises OSError."""
        if size == self._hashed:
            return self._hasher.hexdigest() == digest
        return os.stat(self.place).st_size == size and digest_file(self.place) == digest


class _Staged:
    """What arrived of a batch, by path; problems: why it could not be kept."""

    def __init__(self) -> None:
        self.files: Dict[str, _File] = {}
        self.problems: Dict[str, Exception] = {}
        self.has_folder = False


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
        # Agents that share the folder have the same process id, each in its own container.
        self._own = "%s.%d" % (binascii.hexlify(os.urandom(4)).decode(), os.getpid())
        self._near: Optional[Tuple[str, str]] = None  # the folder that was resolved last, and where it is
        self._digests = Digests()
        self._digests.load(self._digests_file())

    def _folder(self, batch: str) -> str:
        return os.path.join(self.root, STAGING, "%s-%s" % (self._own, batch))

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
            _sweep(staging)
        except OSError:
            self.given.entries = self._everything()
            return
        if not self.given.load():
            self.given.begin(self._everything())

    def stage(self, batch: str, pieces: Sequence[Sequence[Any]], payload: bytes) -> None:
        """Keep content for `batch`; what cannot be (the disk is full) is its path's problem at the commit."""
        staged = self._staged.setdefault(batch, _Staged())
        folder = self._folder(batch)
        start = 0
        for path, offset, length in pieces:
            content = payload[start : start + length]
            start += length
            if path in staged.problems:
                continue
            file = staged.files.get(path)
            if file is None:
                file = staged.files[path] = _File(os.path.join(folder, str(len(staged.files))))
            try:
                if not staged.has_folder:
                    os.makedirs(folder, exist_ok=True)
                    staged.has_folder = True
                file.add(offset, content)
            except (OSError, OverflowError) as error:
                staged.problems[path] = error
                discard(file.place)

    def commit(
        self,
        batch: str,
        entries: Sequence[Sequence[Any]],
        removals: Sequence[str],
        expected: Sequence[Sequence[Any]],
        alive: Callable[[], None] = lambda: None,
    ) -> Outcome:
        """Make the batch the truth. Links come last: nothing is written through one.

        alive: is called all the time.
        """
        staged = self._staged.pop(batch, _Staged())
        believed = {row[0]: Entry(*row[1:]) for row in expected}
        written = {row[0]: Entry(*row[1:]) for row in entries}
        outcome = Outcome([], [])
        for path in removals:
            alive()
            # What is written anew comes to an empty place.
            remove = partial(self._remove, path, believed.pop(path, None), is_replaced=path in written)
            self._attempt(outcome, path, remove)
        kept = _refused(outcome)
        for kind in (FOLDER, FILE, LINK):
            self._near = None
            for path, entry in written.items():
                alive()
                if entry.kind == kind and path not in kept:
                    put = partial(self._put, path, entry, believed.get(path), staged)
                    self._attempt(outcome, path, put)
        shutil.rmtree(self._folder(batch), ignore_errors=True)
        for path in (*removals, *written):
            self.problems.pop(path, None)
        self.problems.update((path, why) for path, why in outcome.problems)
        refused = _refused(outcome)
        self.given.update(
            {path: entry for path, entry in written.items() if path not in refused},
            [path for path in removals if path not in refused],
        )
        return outcome

    def discard(self, owner: str) -> None:
        """Forget batches of a host that left; `owner` is what their names begin with."""
        for batch in [name for name in self._staged if name.startswith(owner)]:
            del self._staged[batch]
            shutil.rmtree(self._folder(batch), ignore_errors=True)

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

    def _resolve_near(self, path: str) -> str:
        """The same; files of one folder follow each other, and find it resolved."""
        folder, _, name = path.rpartition("/")
        if self._near is None or self._near[0] != folder or "\0" in name or name in ("", ".", ".."):
            self._near = None
            target = self._resolve(path)
            if folder:  # in the root a file's name may be the agent's own
                self._near = folder, os.path.dirname(target)
            return target
        return os.path.join(self._near[1], name)

    def _remove(self, path: str, believed: Optional[Entry], *, is_replaced: bool) -> None:
        target = self._resolve(path)
        seen = self._look(path, target, (believed,))
        if seen is None:
            return
        if seen.entry.kind != FOLDER:
            self._take_away(target, seen)
            _remove_compiled(target)
            return
        try:
            _remove_folder(target)
        except OSError as error:
            if error.errno == errno.ENOTEMPTY and not is_replaced:  # it may stay: the host looks in
                raise Overtaken from error
            raise

    def _put(self, path: str, entry: Entry, believed: Optional[Entry], staged: _Staged) -> None:
        if path in staged.problems:
            raise staged.problems[path]
        if entry.kind == FILE:
            target = self._resolve_near(path)
            self._put_file(path, target, entry, believed, staged.files.get(path))
            return
        target = self._resolve(path)
        seen = self._look(path, target, (entry, believed))
        if seen is not None and seen.entry == entry:
            return
        if entry.kind == LINK:
            self._put_link(target, entry.digest, seen)
            return
        if seen is not None:
            self._take_away(target, seen)
        os.makedirs(target, exist_ok=True)

    def _look(self, path: str, target: str, expected: Sequence[Optional[Entry]]) -> Optional[_Seen]:
        """What is there, None for nothing. Raises Overtaken when it is nothing that is expected."""
        try:
            status = os.lstat(target)
            there = self._digests.entry_of(path, target, status)
        except (FileNotFoundError, NotADirectoryError):
            return None
        if there is None:
            return None
        if there not in expected:
            raise Overtaken
        return _Seen(there, status, expected)

    def _take_away(self, target: str, seen: _Seen) -> None:
        """Remove a file or link that is still what was seen. Raises Overtaken."""
        if not exchange.remove(target, self._name_aside("aside"), seen.is_at):
            raise Overtaken

    def _replace(self, place: str, target: str, seen: Optional[_Seen]) -> None:
        """Rename `place` to what is still what was seen. Raises Overtaken."""
        if seen is not None and seen.entry.kind == FOLDER:
            _remove_folder(target)
            seen = None
        if not exchange.replace(place, target, seen.is_at if seen is not None else None):
            raise Overtaken

    def _put_link(self, target: str, destination: str, seen: Optional[_Seen]) -> None:
        temporary = self._name_aside("link")
        discard(temporary)  # of an attempt that failed, on a full disk
        os.symlink(destination, temporary)
        self._replace(temporary, target, seen)

    def _put_file(
        self, path: str, target: str, entry: Entry, believed: Optional[Entry], file: Optional[_File]
    ) -> None:
        if file is None and not entry.size_bytes:
            file = _File(self._name_aside("empty"))
            file.add(0, b"")
        if file is None:  # the host believes that it is there
            self._look(path, target, (entry,))
            return
        if not file.is_whole(entry.size_bytes, entry.digest):
            raise ValueError("its content did not arrive whole")
        dated = _date(file.place, target, 0o755 if entry.executable else 0o644)
        if dated.st_size != entry.size_bytes:
            raise ValueError("its content did not stay whole")
        seen = self._look(path, target, (entry, believed))
        if seen is not None and seen.entry == entry:
            os.unlink(file.place)
            return
        try:
            self._replace(file.place, target, seen)
        except FileNotFoundError:  # its folder is not there yet, or no more
            os.makedirs(os.path.dirname(target), exist_ok=True)
            self._replace(file.place, target, None)
        self._digests.remember(path, dated, os.lstat(target), entry.digest)

    def _name_aside(self, purpose: str) -> str:
        return os.path.join(self.root, STAGING, "%s-%s" % (self._own, purpose))


class _Seen:
    """What a look found at a path. expected: what may just as well be there."""

    def __init__(self, entry: Entry, status: os.stat_result, expected: Sequence[Optional[Entry]]) -> None:
        self.entry = entry
        self._status = status
        self._expected = expected

    def is_at(self, place: str) -> bool:
        """Whether it is what was moved there from the path since, and nobody writes it. Raises OSError."""
        status = os.lstat(place)
        before, now = identity_of(self._status), identity_of(status)
        age_ns = time.time_ns() - status.st_mtime_ns
        if age_ns > RACY_NS and now == before._replace(ctime_ns=now.ctime_ns):
            is_same = True
        else:
            is_same = Digests().entry_of("", place, status) in self._expected
        # Opened, emptied, and about to be written: the content that is to come would be lost.
        is_busy = age_ns < BUSY_SECONDS * SECOND_NS and is_open_for_writing(place)
        return is_same and not is_busy


def _sweep(staging: str) -> None:
    """Remove what agents that were killed had staged; what lives is younger. Raises OSError."""
    with os.scandir(staging) as listing:
        for item in listing:
            if item.is_dir(follow_symlinks=False) and item.stat().st_mtime < time.time() - STALE_SECONDS:
                shutil.rmtree(item.path, ignore_errors=True)


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


def _date(staged: str, target: str, mode: int) -> os.stat_result:
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
    status = os.stat(staged)
    if stat.S_IMODE(status.st_mode) != mode:
        os.chmod(staged, mode)
    return status
