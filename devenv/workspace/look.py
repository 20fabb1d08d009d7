"""The compiled files as they lie in `.devenv/`: as they should be, older, or edited by hand; only looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from devenv.agent.tree import digest_of
from devenv.workspace.files import read_file
from devenv.workspace.state import read_state
from devenv.workspace.write import difference, made_before

FileState = Literal["current", "absent", "older", "edited"]


@dataclass(frozen=True, slots=True)
class SeenFile:
    """`path` in `.devenv/`; `diff`: from what devenv made to what is there, where somebody edited it."""

    path: str
    state: FileState
    diff: str = ""


def look_at_files(folder: Path, files: Mapping[str, str]) -> tuple[SeenFile, ...]:
    """Each of the compiled `files`. Raises WorkspaceError."""
    written = read_state(folder).written
    return tuple(_seen(folder, path, text.encode(), written.get(path, ())) for path, text in files.items())


def _seen(folder: Path, path: str, wanted: bytes, written: tuple[str, ...]) -> SeenFile:
    found = read_file(folder / path)
    if found is None:
        return SeenFile(path, "absent")
    if found == wanted:
        return SeenFile(path, "current")
    if digest_of(found) in written:
        return SeenFile(path, "older")
    return SeenFile(path, "edited", difference(path, found, made_before(folder, path) or wanted))
