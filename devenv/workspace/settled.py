"""settled.json: that nothing was left to do, and what the files looked like at that moment.

The next `up` compares, and where all is as it was it need not load what would decide it otherwise. So this
imports as little as can be: dataclasses, pathlib, typing and hashlib each take longer than the comparison.

Invariant: a record speaks of a moment since which nothing changed: `begin` comes before anything is read, and
`record` refuses what changed after that, and all where the clock was set since. Signatures hold the ctime,
which no program can set.
"""

from __future__ import annotations

import os
import time
import zlib

from devenv.plain_json import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path
    from typing import TypeAlias

    Signature: TypeAlias = list[int]  # mtime and ctime in ns, size, inode, mode
    Folder: TypeAlias = dict[str, Signature | None]
    Moment: TypeAlias = tuple[int, int]  # in ns of the wall clock, less a tick, and of one that nobody sets

FILE_NAME = "settled.json"
VERSION = 2
TICK_NS = 50_000_000  # of a clock for file times: what changes so soon after may look the same
PREFIXES = ("DEVENV_", "DOCKER_", "COMPOSE_", "BUILDX_", "BUILDKIT_", "SSL_", "PIP_", "REQUESTS_", "CURL_")
SUFFIXES = ("_PROXY",)
FIELDS = (
    "files",
    "generated",
    "folders",
    "surroundings",
    "socket",
    "project",
    "containers",
    "images",
    "answer",
)


class Settled:
    """What an `up` that found nothing to do, or has just done it, leaves for the next one.

    files: signatures by path, None for what is not there. generated: the same of what devenv itself wrote.
    folders: by path all names in it, with the signatures of the files that are sent. containers: state by
    id. images: id by name. answer: what to tell the user.
    """

    __slots__ = FIELDS

    def __init__(
        self,
        *,
        files: Mapping[str, Signature | None],
        generated: Mapping[str, Signature | None],
        folders: Mapping[str, Folder],
        surroundings: str,
        socket: str,
        project: str,
        containers: Mapping[str, str],
        images: Mapping[str, str],
        answer: str,
    ) -> None:
        self.files = files
        self.generated = generated
        self.folders = folders
        self.surroundings = surroundings
        self.socket = socket
        self.project = project
        self.containers = containers
        self.images = images
        self.answer = answer

    def values(self) -> dict[str, object]:
        """All fields by their names."""
        return {name: getattr(self, name) for name in FIELDS}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settled) and self.values() == other.values()

    __hash__ = None  # type: ignore[assignment]


def begin() -> Moment:
    """The moment before anything is read, for `record`."""
    return time.time_ns() - TICK_NS, time.monotonic_ns()


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


def surroundings_of(environ: Mapping[str, str], installed: Iterable[str | Path]) -> str:
    """A checksum of the variables that matter, and of devenv's own files in the folders `installed`."""
    found = [
        (name, environ[name])
        for name in sorted(environ)
        if name == "HOME" or name.upper().startswith(PREFIXES) or name.upper().endswith(SUFFIXES)
    ]
    checksum = zlib.crc32(repr(found).encode("utf-8", "backslashreplace"))
    for folder in installed:
        for place, folders, names in os.walk(folder):
            folders[:] = sorted(each for each in folders if each != "__pycache__")
            signatures = [(place, name, signature_of(f"{place}/{name}")) for name in names]
            checksum = zlib.crc32(repr(signatures).encode("utf-8", "backslashreplace"), checksum)
    return f"{checksum:08x}"


def record(folder: str | Path, settled: Settled, begun: Moment, now: Moment) -> None:
    """Write the record into .devenv/; where something may have changed since `begun`, there is none."""
    import json  # noqa: PLC0415 - see plain_json

    clock_was_set = abs((now[0] - begun[0]) - (now[1] - begun[1])) > TICK_NS  # or the machine slept
    if clock_was_set or _newest(settled) >= begun[0]:
        forget(folder)
        return
    path = os.path.join(folder, FILE_NAME)
    temporary = f"{path}.{os.getpid()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump({"version": VERSION, **settled.values()}, file, separators=(",", ":"))
    os.replace(temporary, path)


def forget(folder: str | Path) -> None:
    """Remove the record."""
    try:
        os.unlink(os.path.join(folder, FILE_NAME))
    except FileNotFoundError:
        return


def recall(folder: str | Path) -> Settled | None:
    """The record, if the files are as they were."""
    try:
        with open(os.path.join(folder, FILE_NAME), encoding="utf-8") as file:
            content = loads(file.read())
        if content.pop("version") != VERSION:
            return None
        settled = Settled(**content)
        return settled if _is_unchanged(settled) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
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
