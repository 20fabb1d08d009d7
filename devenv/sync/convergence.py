"""Both sides made to agree: look at them, reconcile, bring back what the host wants, say what must go."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from devenv.agent.protocol import Contents, Fetch, Forget, Ignore, ReadTree, Tree, encode
from devenv.agent.reading import digest_file
from devenv.agent.tree import FILE, FOLDER, Entry, Manifest
from devenv.changes import PathChange
from devenv.clock import Clock
from devenv.errors import SyncHalted
from devenv.events import Emit, Pulled
from devenv.sync.channel import Channel
from devenv.sync.deliveries import Deliveries
from devenv.sync.ignore import SKIPPED_NAMES, parents
from devenv.sync.lookout import Lookout
from devenv.sync.patterns import parse_gitignore
from devenv.sync.reconcile import differences, reconcile, tree_hash
from devenv.sync.writeback import Unsafe, keep_conflict, write_pulled

DEFAULT_PULL = (
    "**/migrations/*.py",
    "**/locale/**/*.po",
    "**/locale/**/*.mo",
    "requirements*.txt",
    "requirements/*.txt",
    "uv.lock",
    "pyproject.toml",
)
"""What containers make and the host wants: makemigrations, make- and compilemessages, pip-compile, uv add."""

FREE_FAILURES = 5
OTHER_CASE = "the host has a file here whose name differs in case alone"

_Message = TypeVar("_Message")


class Await(Protocol):
    """The next message of a kind from a channel; None when its connection ends first."""

    def __call__(self, channel: Channel, kind: type[_Message]) -> _Message | None:
        """Wait for it, and deal with all else meanwhile."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Converged:
    """What it took to make both sides agree, and what the container keeps for itself."""

    generation: int = 0
    pushed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    pulled: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Both trees at one moment.

    `differences`: what the container lacks; `kept`: see Transfer, what the host has no file for is not
    compared; `problems`: why a path could not be read on
    the host, or written in the container when that was last tried.
    """

    host_hash: str
    container_hash: str
    differences: tuple[PathChange, ...]
    kept: tuple[str, ...]
    problems: tuple[tuple[str, str], ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether both sides hold the same, byte for byte."""
        return self.host_hash == self.container_hash


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """What is left to send so that both sides agree.

    `adopted`: there already, and now given. `kept`: what a process wrote and the host has not: nothing may
    replace it unseen. `again_at`: when to compare anew, since the host could not take something, or changed
    it in the same moment.
    """

    converged: Converged = Converged()
    paths: frozenset[str] = frozenset()
    adopted: Manifest = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    again_at: float | None = None


@dataclass(frozen=True, slots=True)
class _Brought:
    """What came back. `failed`: what could not, and when to try again."""

    pulled: dict[str, Entry] = field(default_factory=dict)
    conflicts: list[str] = field(default_factory=list)
    failed: dict[str, float] = field(default_factory=dict)


class Convergence:
    """The comparison of the host's tree with an agent's, and its consequences on the host's side.

    follow: whether agents tell from then on what processes change. is_anew: the first look forgets what was
    given.
    """

    def __init__(
        self,
        root: Path,
        lookout: Lookout,
        deliveries: Deliveries,
        *,
        await_message: Await,
        emit: Emit,
        clock: Clock,
        pull: Sequence[str],
        consent: bool,
    ) -> None:
        self.follow = False
        self.is_anew = False
        self.kept: frozenset[str] = frozenset()
        self._root = root
        self._lookout = lookout
        self._tree = lookout.tree
        self._deliveries = deliveries
        self._await = await_message
        self._emit = emit
        self._clock = clock
        self._pull_patterns = parse_gitignore(os.fsencode("\n".join(pull or DEFAULT_PULL)))
        self._consent = consent
        self._problems_there: dict[str, str] = {}  # what the agent could not write
        self._ignored: frozenset[str] = frozenset()  # folders of the container's that are of no interest

    def converge(self, writer: Channel) -> Outgoing | None:
        """Look at both sides; what must be sent, None when the channel was lost. Raises SyncHalted."""
        trees = self.read_trees(writer)
        if trees is None:
            return None
        remote, given = trees
        self._deliveries.held = dict(remote)
        outgoing = self._reconcile(writer, self._tree.entries, remote, given)
        if outgoing is not None:
            self.kept = outgoing.kept
        return outgoing

    def take_in(self, writer: Channel, rows: Iterable[Sequence[str]]) -> Outgoing | None:
        """The same for what processes changed: where the host wants it, or has to give it again."""
        wanted = self._concerns_of_host(writer, rows)
        if not wanted:
            return Outgoing()
        paths = sorted(wanted.union(*map(parents, wanted)))
        writer.send([encode(ReadTree(skip=[], ignored=[], paths=paths, follow=False))])
        manifests = self._receive_tree(writer)
        if manifests is None:
            return None
        remote, given = manifests
        for path in paths:
            self._deliveries.held.pop(path, None)
        self._deliveries.held.update(remote)
        self._tree.look_at(wanted)
        host = {path: self._tree.entries[path] for path in paths if path in self._tree.entries}
        outgoing = self._reconcile(writer, host, remote, given)
        if outgoing is not None:
            self.kept = self.kept.difference(paths) | outgoing.kept
        return outgoing

    def compare(self, writer: Channel, others: Iterable[Channel] = ()) -> Comparison | None:
        """Both sides as they are; nothing moves. None when the channel was lost.

        others: agents of the same tree, each of which knows what itself could not write.
        """
        trees = self.read_trees(writer)
        if trees is None:
            return None
        remote, given = trees
        host = {path: entry for path, entry in self._tree.entries.items() if not self._tree.is_blamed(path)}
        kept = reconcile(host, remote, given, self._is_pulled).kept
        own = {each for path in kept for each in (path, *parents(path))} - host.keys()
        compared = {path: entry for path, entry in remote.items() if path not in own}
        found = differences(host, compared, {*host, *compared})
        differing = {change.path for change in found}
        # What an agent could not write, another one may have written since.
        stand = {
            path: why for path, why in self._problems_there.items() if path in differing or path not in host
        }
        problems = {**stand, **self._problems_of(others, differing)}
        return Comparison(
            host_hash=tree_hash(host),
            container_hash=tree_hash(compared),
            differences=found,
            kept=kept,
            problems=tuple(sorted({**problems, **self._tree.problems}.items())),
        )

    def _problems_of(self, others: Iterable[Channel], differing: set[str]) -> dict[str, str]:
        """What other agents could not write when they were the writer, as far as it is not there yet."""
        problems: dict[str, str] = {}
        for channel in others:
            channel.send([encode(ReadTree(skip=[], ignored=[], paths=["."], follow=False))])
            tree = self._await(channel, Tree)
            problems.update(dict(tree.problems) if tree is not None else {})
        return {path: reason for path, reason in problems.items() if path in differing}

    def read_trees(self, writer: Channel) -> tuple[dict[str, Entry], dict[str, Entry]] | None:
        """The container's manifest and the one it was last given; the host's is made meanwhile."""
        rules = self._tree.rules
        self._ignored = frozenset(path for path in self._ignored if not rules.enters(path))
        if self.is_anew:
            writer.send([encode(Forget())])
            self.is_anew = False
        asked = ReadTree(list(SKIPPED_NAMES), sorted(self._ignored), paths=[], follow=self.follow)
        writer.send([encode(asked)])
        self._lookout.look_everywhere_unless_just_done()
        manifests = self._receive_tree(writer)
        if manifests is None:
            return None
        remote, given = manifests
        self._ignore(writer, (path for path, entry in remote.items() if entry.kind == FOLDER))
        visible = self._visible(remote)
        for path in self._kept_open(remote, visible):
            visible.pop(path, None)
        gone = {path: entry for path, entry in given.items() if path not in remote}
        return visible, {
            **{path: given[path] for path in visible if path in given},
            **self._visible(gone),
        }

    def _receive_tree(self, writer: Channel) -> tuple[dict[str, Entry], dict[str, Entry]] | None:
        """What is there and what was given; what equals the host's is the very same object."""
        host, entries = self._tree.entries, dict[str, Entry]()
        while (piece := self._await(writer, Tree)) is not None:
            for row in piece.entries:
                entry, ours = Entry(*row[1:]), host.get(row[0])
                entries[row[0]] = ours if ours is not None and ours == entry else entry
            if piece.last:
                self._problems_there = dict(piece.problems)
                made = set(piece.made)
                given = {path: entry for path, entry in entries.items() if path not in made}
                given.update((row[0], Entry(*row[1:])) for row in piece.given)
                return entries, given
        return None

    def _visible(self, manifest: Manifest) -> dict[str, Entry]:
        """What travels of a container's manifest, with the folders that lead there."""
        host, rules = self._tree.entries, self._tree.rules
        visible = {
            path: entry
            for path, entry in manifest.items()
            if (path in host or rules.travels(path, entry.kind == FOLDER)) and not self._tree.is_blamed(path)
        }
        for path in list(visible):
            visible.update({p: manifest[p] for p in parents(path) if p in manifest and p not in visible})
        return visible

    def _kept_open(self, remote: Manifest, visible: Manifest) -> set[str]:
        """Folders that only the container has, since something in them does not travel, such as a volume."""
        hidden = (*self._ignored, *(path for path in remote if path not in visible))
        return {folder for path in hidden for folder in parents(path)} - self._tree.entries.keys()

    def _ignore(self, writer: Channel, folders: Iterable[str]) -> None:
        """Of folders that are in the container, those that the rules do not enter need not be told of."""
        closed = {path for path in folders if not self._tree.rules.enters(path)} - self._ignored
        outermost = {path for path in closed if closed.isdisjoint(parents(path))}
        if outermost:
            self._ignored |= outermost
            if self.follow:
                writer.send([encode(Ignore(sorted(outermost)))])

    def _concerns_of_host(self, writer: Channel, rows: Iterable[Sequence[str]]) -> set[str]:
        """Of what processes changed, what must be looked at: it may come back, or go there once more."""
        wanted: set[str] = set()
        for path, kind in rows:
            folders = [*parents(path), *([path] if kind == FOLDER else [])]
            if any(not self._tree.rules.enters(folder) for folder in folders):
                self._ignore(writer, folders)
            elif kind == "":
                wanted.update(self._tree.below(path))
            elif kind != FOLDER and path not in self.kept and self._is_wanted(path):
                wanted.add(path)
        return {path for path in wanted if not self._tree.is_blamed(path)}

    def _is_wanted(self, path: str) -> bool:
        if path in self._tree.entries:
            return True
        return self._is_pulled(path) and self._tree.rules.travels(path, is_folder=False)

    def _is_pulled(self, path: str) -> bool:
        index = self._pull_patterns.last_match(os.fsencode(path), is_folder=False)
        return index >= 0 and not self._pull_patterns.patterns[index].negated

    def _reconcile(
        self, writer: Channel, host: Manifest, remote: Manifest, given: Manifest
    ) -> Outgoing | None:
        transfer = reconcile(host, remote, self._deliveries.complete(given, remote), self._is_pulled)
        if transfer.halt and not self._consent:
            raise SyncHalted(
                f"sync stopped: {transfer.halt}",
                details=f"they are no longer in {self._root}",
                hint="bring them back, or agree to it: devenv up --yes",
            )
        wanted = [path for path in (*transfer.pulls, *transfer.conflicts) if remote[path].kind == FILE]
        contents = self._fetch(writer, wanted)
        if contents is None:
            return None
        brought = _Brought()
        for path in transfer.conflicts:
            self._keep_aside(brought, path, remote[path], contents)
        for path in transfer.pulls:
            self._pull(brought, path, host.get(path), remote[path], contents)
        if brought.pulled or brought.conflicts:
            self._emit(Pulled(tuple(brought.pulled), tuple(brought.conflicts)))
        left = brought.failed.keys() | {parent for path in brought.failed for parent in parents(path)}
        converged = Converged(
            pushed=tuple(transfer.push),
            removed=transfer.removals,
            pulled=tuple(brought.pulled),
            conflicts=tuple(brought.conflicts),
            kept=transfer.kept,
        )
        return Outgoing(
            converged=converged,
            paths=frozenset((*transfer.push, *transfer.removals)) - left,
            adopted={**transfer.adopt, **brought.pulled},
            kept=frozenset((*transfer.kept, *brought.failed)),
            again_at=min(brought.failed.values(), default=None),
        )

    def _keep_aside(self, brought: _Brought, path: str, theirs: Entry, contents: Mapping[str, bytes]) -> None:
        """What cannot be kept aside is not replaced either."""
        if theirs.kind == FILE and path not in contents:  # gone by now, most likely
            reason = {path: "it cannot be read in the container"}
            brought.failed[path] = self._lookout.fail(reason, free_failures=FREE_FAILURES)
            return
        content = contents.get(path, os.fsencode(theirs.digest))  # a link's digest is its target
        try:
            brought.conflicts.append(keep_conflict(self._root, path, content))
        except (OSError, Unsafe) as error:
            brought.failed[path] = self._lookout.fail({path: _reason(error)})

    def _pull(
        self,
        brought: _Brought,
        path: str,
        ours: Entry | None,
        theirs: Entry,
        contents: Mapping[str, bytes],
    ) -> None:
        if path not in contents:
            return
        self._tree.look_at([path])
        if self._tree.entries.get(path) != ours:  # a person was quicker
            brought.failed[path] = self._clock.monotonic()
            return
        if self._tree.is_taken_in_other_case(path):
            brought.failed[path] = self._lookout.fail({path: OTHER_CASE})
            return
        try:
            is_written = write_pulled(
                self._root,
                path,
                contents[path],
                executable=theirs.executable,
                is_expected=None if ours is None else lambda place: digest_file(place) == ours.digest,
            )
        except (OSError, Unsafe) as error:
            brought.failed[path] = self._lookout.fail({path: _reason(error)})
            return
        if not is_written:  # a person was quicker still
            self._tree.look_at([path])
            brought.failed[path] = self._clock.monotonic()
            return
        # Given is what came back, whatever a person has made of it since: that is the next change.
        brought.pulled[path] = theirs
        self._deliveries.note_pulled(path, theirs)
        self._tree.look_at([path])
        self._lookout.succeed([path])

    def _fetch(self, writer: Channel, paths: Sequence[str]) -> dict[str, bytes] | None:
        """The content of files in the container that are still there; None when the channel was lost."""
        if paths:
            writer.send([encode(Fetch(paths=list(paths)))])
        missing = set(paths)
        contents: dict[str, bytearray] = {}
        while missing:
            piece = self._await(writer, Contents)
            if piece is None:
                return None
            if piece.problem:
                contents.pop(piece.path, None)
            else:
                contents.setdefault(piece.path, bytearray()).extend(piece.payload)
            if piece.last or piece.problem:
                missing.discard(piece.path)
        return {path: bytes(content) for path, content in contents.items()}


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
