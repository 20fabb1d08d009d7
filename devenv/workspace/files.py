"""Many files at once: all of them as asked, or none of them touched."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from devenv.errors import WorkspaceError

TEMPORARY_SUFFIX = ".devenv-new"


@dataclass(frozen=True, slots=True)
class Content:
    """A file as it should be. The mode is not known to Windows."""

    data: bytes
    mode: int = 0o644


def read_file(path: Path) -> bytes | None:
    """The bytes; None where there is no file. Raises WorkspaceError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be read", details=str(error)) from error


def written_since(files: Iterable[Path], moment_ns: int) -> bool:
    """Whether one of them was written between that moment and now, both of the wall clock.

    A time that is still to come is of another clock, and says nothing.
    """
    for file in files:
        with suppress(FileNotFoundError, NotADirectoryError):
            if moment_ns <= file.stat().st_mtime_ns <= time.time_ns():
                return True
    return False


def is_as(path: Path, content: Content) -> bool:
    """The file is there with these bytes, and as secret as it should be."""
    if read_file(path) != content.data:
        return False
    is_open = content.mode & 0o077
    return sys.platform == "win32" or bool(is_open) or stat.S_IMODE(path.stat().st_mode) == content.mode


def write_files(folder: Path, contents: Mapping[str, Content]) -> None:
    """Every file, each by a rename. Raises WorkspaceError, with nothing changed while staging fails.

    Hazard: a crash between two renames leaves some files new and some old; the caller records first what
    it is about to write.
    """
    staged: list[tuple[Path, Path]] = []
    try:
        for path, content in contents.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(target.name + TEMPORARY_SUFFIX)
            staged.append((temporary, target))
            _write_new(temporary, content)
        for temporary, target in staged:
            temporary.replace(target)
    except OSError as error:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
        raise WorkspaceError(
            f"{folder} cannot be written",
            details=str(error),
            hint="check the free space and who owns the folder",
        ) from error


def remove_files(folder: Path, paths: Iterable[str]) -> None:
    """Every file that is there. Raises WorkspaceError."""
    try:
        for path in paths:
            (folder / path).unlink(missing_ok=True)
    except OSError as error:
        raise WorkspaceError(f"{folder} cannot be cleared of old files", details=str(error)) from error


def _write_new(path: Path, content: Content) -> None:
    """A new file that never had another mode: a secret is not readable even for a moment."""
    path.unlink(missing_ok=True)
    descriptor = os.open(
        path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), content.mode
    )
    with os.fdopen(descriptor, "wb") as file:
        if sys.platform != "win32":
            os.fchmod(descriptor, content.mode)  # whatever the umask
        file.write(content.data)
        file.flush()
        os.fsync(descriptor)
