"""What is on its way to the containers, and what they are known to hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devenv.agent.protocol import Committed
from devenv.agent.tree import FOLDER, Entry, Manifest
from devenv.changes import PathChange
from devenv.sync.batches import Batch
from devenv.sync.channel import Channel
from devenv.sync.reconcile import children_first, differences, removals_of_changed_kinds

LARGE_BYTES = 8 << 20
"""A file of this size travels apart from all others, and lets them pass."""

STALLED_SECONDS = 5.0
SECONDS_PER_PATH = 0.001

React = Callable[[PathChange], Sequence[str]]
"""What a change means to the processes, as kinds of reactions; none for nothing."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """A batch whose answer is due."""

    batch: Batch
    channel: Channel
    since: float
    sent_at: float
    is_large: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """What an acknowledgement says.

    `refused`: why, by path. `overtaken`: a process in a container wrote there, and it was left alone.
    `changed`: what moved on while it was read.
    """

    process: str
    generation: int
    arrived: tuple[str, ...]
    size_bytes: int
    since: float
    sent_at: float
    reactions: tuple[tuple[str, str], ...]
    refused: Mapping[str, str]
    overtaken: tuple[str, ...]
    changed: tuple[str, ...]


class Deliveries:
    """At most one batch of small files and one large file are under way at a time.

    `held`: what the containers hold of what travels, as far as it was acknowledged.
    """

    def __init__(self, root: Path, react: React) -> None:
        self.held: dict[str, Entry] = {}
        self._pulled: dict[str, Entry] = {}  # came from a container, and is not acknowledged as given
        self._given: dict[
            str, set[Entry]
        ] = {}  # what was acknowledged last, and sent without an answer since
        self._root = root
        self._react = react
        self._sent: dict[int, _Sent] = {}
        self._number = 0

    def __len__(self) -> int:
        return len(self._sent)

    def is_under_way(self, *, large: bool = False) -> bool:
        """Whether the next batch of this sort must wait."""
        return any(sent.is_large is large for sent in self._sent.values())

    def send(
        self,
        writer: Channel,
        host: Manifest,
        paths: set[str],
        *,
        since: float,
        now: float,
        adopted: Mapping[str, Entry] | None = None,
    ) -> tuple[str, ...]:
        """Send what the host holds at `paths`; those that must wait for another large file to arrive."""
        large = sorted(path for path in paths if path in host and host[path].size_bytes >= LARGE_BYTES)
        first = large[:1] if not self.is_under_way(large=True) else []
        for path in first:
            self._send(writer, host, {path}, (since, now), {}, is_large=True)
        small = paths.difference(large)
        if small or adopted:
            self._send(writer, host, small, (since, now), adopted or {}, is_large=False)
        return tuple(large[len(first) :])

    def note_pulled(self, path: str, entry: Entry) -> None:
        """The host holds what a process made there: as good as given, before an agent says so."""
        self._pulled[path] = entry

    def acknowledge(self, message: Committed) -> Delivered | None:
        """Take an answer in; None when nobody waits for it any more."""
        sent = self._sent.pop(message.batch, None)
        if sent is None:
            return None
        batch, problems = sent.batch, dict(message.problems)
        left = problems.keys() | set(message.overtaken)
        self._given.update((path, {entry}) for path, entry in batch.entries.items() if path not in left)
        for path in batch.entries.keys() - left:
            self._pulled.pop(path, None)
        for path in batch.removals:
            if path not in left:
                self.held.pop(path, None)
        self.held.update((path, entry) for path, entry in batch.entries.items() if path not in left)
        refused = {**{path: reason for path, reason in batch.skipped.items() if reason}, **problems}
        left |= batch.skipped.keys()
        return Delivered(
            process=sent.channel.process,
            generation=message.generation,
            arrived=tuple(path for path in batch.paths if path not in left),
            size_bytes=batch.size_bytes,
            since=sent.since,
            sent_at=sent.sent_at,
            reactions=tuple((kind, path) for kind, path in batch.reactions),
            refused=refused,
            overtaken=tuple(message.overtaken),
            changed=tuple(path for path, reason in batch.skipped.items() if not reason),
        )

    def lose(self, process: str) -> bool:
        """Its channel is gone: whether anything was under way there, of which nothing is known now."""
        lost = [number for number, sent in self._sent.items() if sent.channel.process == process]
        for number in lost:
            for path, entry in self._sent.pop(number).batch.entries.items():
                self._given.setdefault(path, set()).add(entry)
        return bool(lost)

    def complete(self, given: Manifest, remote: Manifest) -> dict[str, Entry]:
        """What an agent says it was given, with what came from it, what was sent and is there (kill -9)."""
        sent = {path: remote[path] for path, entries in self._given.items() if remote.get(path) in entries}
        return {**given, **self._pulled, **sent}

    def drop_stalled(self, now: float) -> None:
        """Give up on channels that owe an answer and move nothing."""
        for sent in self._sent.values():
            if now >= sent.channel.moved_at + _patience_seconds(sent.batch):
                sent.channel.drop()

    def next_stall(self) -> float | None:
        """When `drop_stalled` should look, None while nothing is under way."""
        times = (sent.channel.moved_at + _patience_seconds(sent.batch) for sent in self._sent.values())
        return min(times, default=None)

    def reactions(self, host: Manifest, paths: Iterable[str]) -> tuple[tuple[str, str], ...]:
        """What the differences at `paths` mean to the processes."""
        found: list[tuple[str, str]] = []
        for change in differences(host, self.held, paths):
            entry = host.get(change.path) or self.held.get(change.path)
            if entry is not None and entry.kind != FOLDER:
                found += [(kind, change.path) for kind in self._react(change)]
        return tuple(found)

    def _send(
        self,
        writer: Channel,
        host: Manifest,
        paths: set[str],
        times: tuple[float, float],
        adopted: Mapping[str, Entry],
        *,
        is_large: bool,
    ) -> None:
        self._number += 1
        writes = {path: host[path] for path in sorted(paths) if path in host}
        gone = paths - writes.keys()
        batch = Batch(
            self._root,
            number=self._number,
            writes=writes,
            removals=children_first((*removals_of_changed_kinds(writes, self.held), *gone)),
            adopted=adopted,
            expected={path: self.held[path] for path in paths if path in self.held},
            reactions=self.reactions(host, paths),
        )
        self._sent[batch.number] = _Sent(batch, writer, *times, is_large)
        writer.send(batch.frames(), patiently=is_large)


def _patience_seconds(batch: Batch) -> float:
    return STALLED_SECONDS + SECONDS_PER_PATH * len(batch.paths)
