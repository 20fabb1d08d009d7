"""Short digests: what labels carry instead of values, so that no label can tell a secret."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

INPUT_SIZE_BYTES = 4  # enough to see a change, too little to confirm a guess
HASH_SIZE_BYTES = 12


def digest_of_inputs(values: Mapping[str, object]) -> dict[str, str]:
    """A short digest by dotted config path, sorted by path.

    The path is the key of each digest, so that equal values under two paths do not show as equal.
    """
    return {path: _digest(values[path], INPUT_SIZE_BYTES, key=path) for path in sorted(values)}


def hash_of(*values: object) -> str:
    """The hash of values that JSON can hold."""
    return _digest(values, HASH_SIZE_BYTES)


def _digest(value: object, size_bytes: int, key: str = "") -> str:
    content = json.dumps([key, value], ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(content.encode("ascii"), digest_size=size_bytes, person=b"devenv").hexdigest()
