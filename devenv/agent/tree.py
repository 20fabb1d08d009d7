"""A tree's content by path: the manifest, the same on both sides; no I/O."""

from __future__ import annotations

import hashlib
from typing import Mapping, NamedTuple

FILE = "file"
FOLDER = "folder"
LINK = "link"


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
