"""What happened to a path, in the words that sync, reload and the views share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ChangeKind(StrEnum):
    """What a comparison of two manifests says of one path."""

    CREATED = "created"
    MODIFIED = "modified"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class PathChange:
    """One path that differs.

    Shape: `path` is relative to the app's source folder, with `/` on every OS; names that are not
    UTF-8 carry surrogate escapes.
    """

    path: str
    kind: ChangeKind
