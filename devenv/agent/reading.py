"""Trees read from disk, the same way on both sides; what stat says is unchanged is not read again."""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import tempfile
import time
from typing import Callable, Collection, Dict, Iterator, NamedTuple, Optional, Tuple

from .tree import FILE, FOLDER, LINK, Entry

RACY_NS = 50_000_000
"""A file that changed so shortly before it was read may change again in the same tick of its file system."""

READ_AGAIN = 5
READ_SIZE_BYTES = 1 << 20
READING = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class Unsteady(OSError):
    """A file that changes while it is read, again and again."""


class Identity(NamedTuple):
    """What stat says of a file; while it stays, so does the content."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


_PACKED = struct.Struct("<QQQQ")  # a third of the memory
_64_BITS = (1 << 64) - 1


def identity_of(status: os.stat_result) -> Identity:
    """The identity in what stat said."""
    return Identity(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


class Digests:
    """Digests by path, each for as long as the file's identity stays.

    A file that was read within RACY_NS of its last change is not remembered: the next change might leave all
    that stat says as it is.
    """

    def __init__(self) -> None:
        self._known: Dict[str, Tuple[bytes, str]] = {}
        self._is_saved = True

    def load(self, file: str) -> None:
        """Take over what an earlier life saved; nothing where there is nothing to read."""
        try:
            with open(file, "rb") as lines:
                self._known = dict(map(_parsed, lines))
        except (OSError, ValueError, struct.error):
            self._known = {}

    def save(self, file: str) -> None:
        """Write what is known, whole, for the next life. Raises OSError."""
        if self._is_saved:
            return
        descriptor, temporary = tempfile.mkstemp(dir=os.path.dirname(file), prefix="digests.")
        try:
            with open(descriptor, "wb") as lines:
                lines.writelines(_line(path, *known) for path, known in self._known.items())
            os.replace(temporary, file)
        except OSError:
            os.unlink(temporary)
            raise
        self._is_saved = True

    def entry(self, path: str, absolute: str) -> Optional[Entry]:
        """What `path` is now; None when it is absent or neither file, folder nor link. Raises OSError."""
        try:
            return self.entry_of(path, absolute, os.lstat(absolute))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def entry_of(self, path: str, absolute: str, status: os.stat_result) -> Optional[Entry]:
        """The same, of what stat said just now. Raises OSError."""
        mode = status.st_mode
        if stat.S_ISREG(mode):
            digest = self.recall(path, status)
            size = status.st_size
            if digest is None:
                digest, size = self.read(path, absolute, status)
            return Entry(FILE, bool(mode & stat.S_IXUSR), digest, size)
        if stat.S_ISDIR(mode):
            return Entry(FOLDER, False, "", 0)
        if stat.S_ISLNK(mode):
            return Entry(LINK, False, os.readlink(absolute), 0)
        return None

    def entry_unread(self, path: str, absolute: str) -> Optional[Entry]:
        """The same as far as stat tells; a file that has to be read has an empty digest."""
        try:
            status = os.lstat(absolute)
        except OSError:
            return None
        if stat.S_ISREG(status.st_mode) and self.recall(path, status) is None:
            return Entry(FILE, False, "", 0)
        return self.entry_of(path, absolute, status)

    def recall(self, path: str, status: os.stat_result) -> Optional[str]:
        """The digest of a file that is what it was when it was read; None when only reading tells."""
        known = self._known.get(path)
        return known[1] if known is not None and known[0] == _packed(identity_of(status)) else None

    def read(self, path: str, absolute: str, status: os.stat_result) -> Tuple[str, int]:
        """Digest and size of a state that the file had throughout the reading. Raises OSError, Unsteady.

        status: what stat said before.
        """
        before = identity_of(status)
        for _ in range(READ_AGAIN):
            digest = digest_file(absolute, before.size)
            after = identity_of(os.lstat(absolute))
            if after == before:
                if max(before.mtime_ns, before.ctime_ns) + RACY_NS < time.time_ns():
                    self._keep(path, before, digest)
                else:
                    self._known.pop(path, None)
                return digest, before.size
            before = after
        raise Unsteady(0, "it changes faster than it can be read")

    def remember(self, path: str, dated: os.stat_result, placed: os.stat_result, digest: str) -> None:
        """Take over what is known of a file that was dated back, then renamed: any write since shows."""
        before, after = identity_of(dated), identity_of(placed)
        if before == after._replace(ctime_ns=before.ctime_ns):
            self._keep(path, after, digest)

    def keep_only(self, paths: Collection[str]) -> None:
        """Forget all other files."""
        for path in self._known.keys() - paths:
            del self._known[path]

    def _keep(self, path: str, identity: Identity, digest: str) -> None:
        self._known[path] = (_packed(identity), digest)
        self._is_saved = False


def _packed(identity: Identity) -> bytes:
    """In few bytes; times may lie before 1970."""
    size, mtime, ctime, inode = identity
    return _PACKED.pack(size, mtime & _64_BITS, ctime & _64_BITS, inode & _64_BITS)


def _line(path: str, packed: bytes, digest: str) -> bytes:
    identity = b" ".join(b"%d" % number for number in _PACKED.unpack(packed))
    return b"%s %s %s\n" % (digest.encode("ascii"), identity, path.encode("unicode_escape"))


def _parsed(line: bytes) -> Tuple[str, Tuple[bytes, str]]:
    digest, size, mtime, ctime, inode, path = line.rstrip(b"\n").split(b" ", 5)
    packed = _PACKED.pack(int(size), int(mtime), int(ctime), int(inode))
    return path.decode("unicode_escape"), (packed, digest.decode("ascii"))


def read_manifest(
    root: str,
    travels: Callable[[str, bool], bool],
    digests: Optional[Digests] = None,
    entering: Callable[[str], None] = lambda _: None,
) -> Dict[str, Entry]:
    """Every path under `root` that travels, in sorted order of folders.

    travels: called with (relative path, is a folder); a folder that does not travel is not entered.
    entering: called with each folder before it is listed.
    Unreadable paths are left out. Raises OSError when `root` itself cannot be listed.
    """
    digests = digests or Digests()
    entries: Dict[str, Entry] = {}
    pending = [""]
    while pending:
        folder = pending.pop()
        entering(folder)
        try:
            listing = sorted(os.scandir(os.path.join(root, folder)), key=lambda item: item.name)
        except OSError:
            if not folder:
                raise
            continue
        for item in listing:
            path = folder + "/" + item.name if folder else item.name
            is_folder = item.is_dir(follow_symlinks=False)
            if not travels(path, is_folder):
                continue
            try:
                entry = digests.entry_of(path, item.path, item.stat(follow_symlinks=False))
            except OSError:
                continue
            if entry is not None:
                entries[path] = entry
                if is_folder:
                    pending.append(path)
    return entries


def digest_file(path: str, likely_bytes: int = READ_SIZE_BYTES) -> str:
    """The digest of a file on disk, in bounded memory. Raises OSError."""
    hasher = hashlib.blake2b(digest_size=16)
    descriptor = os.open(path, READING)
    try:
        for block in blocks_of(descriptor, likely_bytes):
            hasher.update(block)
    finally:
        os.close(descriptor)
    return hasher.hexdigest()


def blocks_of(descriptor: int, likely_bytes: int) -> Iterator[bytes]:
    """All that is left of a file; asking for what is likely there spares a small one a large buffer."""
    size = max(1, min(likely_bytes, READ_SIZE_BYTES))
    while block := os.read(descriptor, size):
        yield block
