"""A tree's content by path: the manifest, made the same way on both sides."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import Callable, Dict, Mapping, NamedTuple, Optional

FILE = "file"
FOLDER = "folder"
LINK = "link"

READ_SIZE_BYTES = 1 << 20


class Entry(NamedTuple):
    """What one path is.

    kind: FILE, FOLDER or LINK; executable: the only mode bit that travels; digest: of a file's bytes, or
    a link's target as it stands; size_bytes: of a file, else 0.
    """

    kind: str
    executable: bool
    digest: str
    size_bytes: int


Manifest = Mapping[str, Entry]
"""Entries by path relative to the tree's root, `/` between parts, surrogate escapes for odd bytes."""


def digest_of(content: bytes) -> str:
    """The digest that manifests carry: BLAKE2b, 128 bits, hexadecimal."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def digest_file(path: str) -> str:
    """The same of a file on disk, in bounded memory. Raises OSError."""
    hasher = hashlib.blake2b(digest_size=16)
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(READ_SIZE_BYTES), b""):
            hasher.update(block)
    return hasher.hexdigest()


def read_entry(path: str) -> Optional[Entry]:
    """What `path` is now; None when it is absent or neither file, folder nor link. Raises OSError."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if stat.S_ISREG(status.st_mode):
        executable = bool(status.st_mode & stat.S_IXUSR)
        return Entry(FILE, executable, digest_file(path), status.st_size)
    if stat.S_ISDIR(status.st_mode):
        return Entry(FOLDER, False, "", 0)
    if stat.S_ISLNK(status.st_mode):
        return Entry(LINK, False, os.readlink(path), 0)
    return None


def read_manifest(root: str, travels: Callable[[str, bool], bool]) -> Dict[str, Entry]:
    """Every path under `root` that travels, in sorted order of folders.

    travels: called with (relative path, is a folder); a folder that does not travel is not entered.
    Unreadable paths are left out. Raises OSError when `root` itself cannot be listed.
    """
    entries: Dict[str, Entry] = {}
    pending = [""]
    while pending:
        folder = pending.pop()
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
                entry = read_entry(item.path)
            except OSError:
                continue
            if entry is not None:
                entries[path] = entry
                if is_folder:
                    pending.append(path)
    return entries
