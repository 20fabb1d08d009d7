"""What comes back from a container, written on the host: whole, inside the tree, never through a link."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

from devenv.agent.exchange import replace

CONFLICTS = ".devenv/conflicts"
TEMPORARY_PREFIX = ".devenv-sync."


class Unsafe(Exception):
    """A path that leads out of the tree."""


def write_pulled(
    root: Path,
    path: str,
    content: bytes,
    *,
    executable: bool,
    is_expected: Callable[[str], bool] | None = None,
) -> bool:
    """Make `content` the file at `path`, at once or not at all.

    is_expected: whether a file is the one that may be replaced; None where there must be none. False where a
    person was quicker: theirs stays. Raises OSError, Unsafe.
    """
    target = _resolve(root, path)
    for folder in reversed([parent for parent in target.parents if not os.path.lexists(parent)]):
        folder.mkdir()
        _give_to_owner(root, folder)
    temporary = target.with_name(f"{TEMPORARY_PREFIX}{os.getpid()}.{target.name}"[:200])
    try:
        temporary.write_bytes(content)
        _give_to_owner(root, temporary)
        if executable:
            temporary.chmod(temporary.stat().st_mode | 0o111)
        return replace(str(temporary), str(target), is_expected)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _give_to_owner(root: Path, made: Path) -> None:
    """What root makes in a person's folder is that person's."""
    if sys.platform != "win32" and os.geteuid() == 0:
        owner = root.stat()
        os.chown(made, owner.st_uid, owner.st_gid)


def keep_conflict(root: Path, path: str, content: bytes) -> str:
    """Put the container's version of `path` aside; where, relative to the root. Raises OSError, Unsafe.

    An earlier one of the same path, or of a file that has become a folder, is never overwritten: the next
    number is taken.
    """
    for number in range(1, 10_000):
        folder = CONFLICTS if _has_room(root / CONFLICTS / path) else f"{CONFLICTS}/again.{number}"
        kept = f"{folder}/{path}" + (f".{number}" if number > 1 and folder == CONFLICTS else "")
        target = root / kept
        if target.is_file() and target.read_bytes() == content:
            return kept
        is_free = not os.path.lexists(target) and _has_room(target)
        if is_free and write_pulled(root, kept, content, executable=False):
            return kept
    raise OSError(0, f"too many conflicts of {path}")


def _has_room(target: Path) -> bool:
    """Whether nothing above it is a file."""
    return all(parent.is_dir() or not os.path.lexists(parent) for parent in target.parents)


def _resolve(root: Path, path: str) -> Path:
    parts = path.split("/")
    if "\0" in path or any(part in ("", ".", "..") for part in parts) or Path(path).is_absolute():
        raise Unsafe(f"{path!r} is not a path inside the tree")
    folder = root
    for part in parts[:-1]:
        folder = folder / part
        if folder.is_symlink():
            raise Unsafe(f"{folder} is a link")
    target = folder / parts[-1]
    if os.name == "nt" and not target.resolve().is_relative_to(root.resolve()):
        raise Unsafe(f"{path!r} is not a path inside the tree")
    return target
