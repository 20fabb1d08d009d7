"""One batch on its way: content read from the host as it is sent, in bounded memory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from devenv.agent.protocol import Commit, Stage, encode
from devenv.agent.reading import READING, blocks_of
from devenv.agent.tree import FILE, Entry

STAGE_BYTES = 1 << 20


class Batch:
    """What one Commit will make true.

    `paths`: all that it is about, in order. `entries`: what was sent, known once `frames` is exhausted: the
    digest is of the bytes that travelled, whatever the file has become since. `skipped`: why a path is not
    among them. expected: what the containers are believed to hold of these paths.
    """

    def __init__(
        self,
        root: Path,
        *,
        number: int,
        writes: Mapping[str, Entry],
        removals: Sequence[str] = (),
        adopted: Mapping[str, Entry] | None = None,
        expected: Mapping[str, Entry] | None = None,
        reactions: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.number = number
        self.removals = tuple(removals)
        self.reactions = [[kind, path] for kind, path in reactions]
        self.entries: dict[str, Entry] = dict(adopted or {})
        self.skipped: dict[str, str] = {}
        self.size_bytes = 0
        self._expected = dict(expected or {})
        self._prefix = f"{root}{os.sep}"
        self._writes = writes
        self.paths = tuple(sorted({*writes, *removals}))
        self._pieces: list[list[object]] = []
        self._payload = bytearray()

    def frames(self) -> Iterator[bytes]:
        """The batch as frames of at most about a MiB; content and commit of a small one are one piece."""
        for path, entry in self._writes.items():
            if entry.kind != FILE:
                self.entries[path] = entry
                continue
            try:
                yield from self._content(path, entry)
            except (FileNotFoundError, NotADirectoryError):
                self.skipped[path] = ""  # removed meanwhile: that is the next change
            except OSError as error:
                self.skipped[path] = error.strerror or str(error)
        commit = Commit(
            batch=self.number,
            entries=[[path, *entry] for path, entry in self.entries.items()],
            removals=list(self.removals),
            expected=[[path, *entry] for path, entry in self._expected.items()],
            reactions=self.reactions,
        )
        yield self._stage() + encode(commit)

    def _content(self, path: str, entry: Entry) -> Iterator[bytes]:
        hasher = hashlib.blake2b(digest_size=16)
        offset = 0
        descriptor = os.open(self._prefix + path, READING)
        try:
            before = os.fstat(descriptor)
            for block in blocks_of(descriptor, before.st_size):
                if len(self._payload) + len(block) > STAGE_BYTES:
                    yield self._stage()
                hasher.update(block)
                self._pieces.append([path, offset, len(block)])
                self._payload += block
                offset += len(block)
            after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        if (before.st_size, before.st_mtime_ns) != (
            after.st_size,
            after.st_mtime_ns,
        ) or offset != after.st_size:
            self.skipped[path] = ""  # changed while it was read: its next turn is coming
            return
        self.size_bytes += offset
        self.entries[path] = entry._replace(digest=hasher.hexdigest(), size_bytes=offset)

    def _stage(self) -> bytes:
        if not self._pieces:
            return b""
        frame = encode(Stage(batch=self.number, pieces=self._pieces, payload=bytes(self._payload)))
        self._pieces, self._payload = [], bytearray()
        return frame
