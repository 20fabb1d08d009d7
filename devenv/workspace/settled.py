"""settled.json: that nothing was left to do, and what the files looked like at that moment.

The next `up` compares, and where all is as it was it need not load what would decide it otherwise. So this
imports little, and no dataclasses: they alone take as long as all the rest.

Invariant: a record speaks of a moment since which nothing changed: `begin` comes before anything is read, and
`record` refuses what changed after that. Signatures hold the ctime, which no program can set.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

FILE_NAME = "settled.json"
VERSION = 1
TICK_NS = 50_000_000  # of a clock for file times: what changes so soon after may look the same
PREFIXES = ("DEVENV_", "DOCKER_", "COMPOSE_", "BUILDX_", "BUILDKIT_", "SSL_", "PIP_", "REQUESTS_", "CURL_")
SUFFIXES = ("_PROXY",)

Signature: TypeAlias = list[int]  # mtime and ctime in ns, size, inode, mode
Folder: TypeAlias = dict[str, Signature | None]


class Settled(NamedTuple):
    """What an `up` that found nothing to do, or has just done it, leaves for the next one.

    files: signatures by path, None for what is not there. generated: the same of what devenv itself wrote.
    folders: by path all names in it, with the signatures of the files that are sent. containers: state by
    id. images: id by name. answer: what to tell the user.
    """

    files: Mapping[str, Signature | None]
    generated: Mapping[str, Signature | None]
    folders: Mapping[str, Folder]
    surroundings: str
    socket: str
    project: str
    containers: Mapping[str, str]
    images: Mapping[str, str]
    answer: str


def begin() -> int:
    """The moment before anything is read, for `record`. Units: nanoseconds."""
    return time.time_ns() - TICK_NS


def signature_of(path: str | Path) -> Signature | None:
    """What changes with the file."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return [found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_mode]


def signatures_in(folder: str | Path, wanted: Collection[str]) -> Folder:
    """The names in a folder, with the signatures of those that are `wanted`. Raises OSError."""
    with os.scandir(folder) as listing:
        return {item.name: signature_of(item.path) if item.name in wanted else None for item in listing}


def surroundings_of(environ: Mapping[str, str], installed: Iterable[Path]) -> str:
    """A digest of the variables that matter, and of devenv's own files in the folders `installed`."""
    digest = hashlib.sha256()
    for name in sorted(environ):
        if name == "HOME" or name.upper().startswith(PREFIXES) or name.upper().endswith(SUFFIXES):
            digest.update(f"{name}={environ[name]}\0".encode("utf-8", "surrogateescape"))
    for folder in installed:
        for place, folders, names in os.walk(folder):
            folders[:] = sorted(each for each in folders if each != "__pycache__")
            digest.update(repr([(place, name, signature_of(f"{place}/{name}")) for name in names]).encode())
    return digest.hexdigest()


def record(folder: Path, settled: Settled, begun: int) -> None:
    """Write the record into .devenv/; where something changed since `begun`, there is none."""
    path = folder / FILE_NAME
    if _newest(settled) >= begun:
        forget(folder)
        return
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.touch(0o600)
    temporary.write_text(json.dumps([VERSION, *settled], separators=(",", ":")), "utf-8")
    temporary.replace(path)


def forget(folder: Path) -> None:
    """Remove the record."""
    (folder / FILE_NAME).unlink(missing_ok=True)


def recall(folder: Path) -> Settled | None:
    """The record, if the files are as they were."""
    try:
        version, *fields = json.loads((folder / FILE_NAME).read_text("utf-8"))
        settled = Settled(*fields)
        return settled if version == VERSION and _is_unchanged(settled) else None
    except (OSError, ValueError, TypeError):
        return None


def _is_unchanged(settled: Settled) -> bool:
    files = {**settled.files, **settled.generated}
    return all(signature_of(path) == before for path, before in files.items()) and all(
        signatures_in(folder, {name for name, before in names.items() if before}) == names
        for folder, names in settled.folders.items()
    )


def _newest(settled: Settled) -> int:
    """The latest ctime of all that is not ours; a folder's is that of its last new or removed name."""
    signatures = [*settled.files.values(), *map(signature_of, settled.folders)]
    for names in settled.folders.values():
        signatures += names.values()
    return max((signature[1] for signature in signatures if signature), default=0)
