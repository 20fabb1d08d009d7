"""One environment's tree, kept the same on the host and in its containers.

By state: a look at both sides says what must move (`reconcile`), at the beginning and whenever events or the
channel to the agent that writes were lost. In between, events say where to look, and what then differs from
what the containers are known to hold goes out at once, as one batch; what comes up meanwhile is the next.

Everything happens in the thread that calls `run`; the threads of the watcher and the channels only put values
into its inbox, and other threads only ask through it.
"""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from devenv.agent.protocol import Committed, Contents, Fetch, ReadTree, Tree, encode
from devenv.agent.tree import FILE, FOLDER, LINK, Entry, Manifest
from devenv.changes import ChangeKind, PathChange
from devenv.clock import Clock, SystemClock
from devenv.errors import NotRunning, SyncHalted
from devenv.events import Emit, Notice, Pulled, Synced, SyncProblem
from devenv.sync.agenda import Agenda, Sign
from devenv.sync.agents import Agents
from devenv.sync.batches import Batch
from devenv.sync.channel import ByteStream, Channel, Lost, Received, retry_delay
from devenv.sync.ignore import RULE_FILES, SKIPPED_NAMES, load_rules, parents
from devenv.sync.patterns import parse_gitignore
from devenv.sync.reconcile import (
    SMALL_TREE,
    Transfer,
    differences,
    reconcile,
    removals_of_changed_kinds,
    tree_hash,
)
from devenv.sync.scan import HostTree
from devenv.sync.watch import Overflow, Seen, Watcher, WatchesExhausted, WatchEvent, watch
from devenv.sync.writeback import Unsafe, keep_conflict, write_pulled

LARGE_BYTES = 8 << 20
"""A file of this size travels apart from all others, and lets them pass."""

STALLED_SECONDS = 30.0
RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 30.0
POLL_SECONDS = 1.0
QUIET_SECONDS = 5.0
HOLD_SECONDS = 2.0

DEFAULT_PULL = (
    "**/migrations/*.py",
    "**/locale/**/*.po",
    "requirements*.txt",
    "requirements/*.txt",
    "uv.lock",
    "pyproject.toml",
)
"""What containers make and the host wants: makemigrations, makemessages, pip-compile, uv add."""

React = Callable[[PathChange], str]
_Message = TypeVar("_Message")


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
    """Both trees at one moment. `differences`: what the container lacks; `kept`: see Transfer."""

    host_hash: str
    container_hash: str
    differences: tuple[PathChange, ...]
    kept: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether both sides hold the same, byte for byte."""
        return self.host_hash == self.container_hash


@dataclass(frozen=True, slots=True)
class _Ask:
    """Another thread wants the trees to agree and to know when they do."""

    answer: Future[Converged]


@dataclass(frozen=True, slots=True)
class _Wake:
    """Something was noted, or the session is to stop."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """A batch whose answer is due."""

    batch: Batch
    channel: Channel
    since: float
    is_large: bool


_Item = Received | Lost | _Ask | _Wake


class SyncSession:
    """The tree at `root` and the agents of `processes`, which share one source folder.

    connect: opens the stream to a process's relay; OSError or DevenvError mean "not now".
    react: what a change means to the processes, "none" for nothing.
    consent: a human agreed that most of the container's tree may be removed.
    """

    def __init__(
        self,
        root: Path,
        *,
        processes: Sequence[str],
        connect: Callable[[str], ByteStream],
        emit: Emit,
        react: React,
        ignore: Sequence[str] = (),
        pull: Sequence[str] = (),
        mode: Literal["volume", "bind"] = "volume",
        consent: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self._root = Path(os.path.realpath(root))
        self._emit = emit
        self._reaction = react
        self._ignore = tuple(ignore)
        self._pulled_patterns = parse_gitignore(os.fsencode("\n".join(pull or DEFAULT_PULL)))
        self._is_bind = mode == "bind"
        self._consent = consent
        self._clock = clock or SystemClock()
        self._inbox: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._seen: queue.SimpleQueue[tuple[float, WatchEvent]] = queue.SimpleQueue()
        self._agents = Agents(
            processes, connect=connect, report=self._inbox.put, emit=emit, clock=self._clock
        )
        self._tree = HostTree(self._root, load_rules(self._root, self._ignore))
        self._watcher: Watcher | None = None
        self._agenda = Agenda()
        self._remote: dict[str, Entry] = {}
        self._kept: frozenset[str] = frozenset()
        self._in_flight: dict[int, _Sent] = {}
        self._batches = 0
        self._must_converge = True
        self._must_watch_anew = False
        self._not_before = 0.0
        self._failures: dict[str, tuple[int, str]] = {}
        self._removed_lately: set[str] = set()
        self._last_change = 0.0
        self._polled: set[str] = set()
        self._next_poll = 0.0
        self._asks: list[_Ask] = []
        self._converged = Converged()
        self._is_stopping = False

    def run(self) -> None:
        """Keep both sides the same until `stop`. Raises SyncHalted."""
        self._must_watch_anew = True
        self._run_while(lambda: True)

    def stop(self) -> None:
        """End `run`, from any thread."""
        self._is_stopping = True
        self._inbox.put(_Wake())

    def synchronize_once(self, timeout_seconds: float = 60) -> Converged:
        """Connect, make both sides agree, disconnect. Raises SyncHalted, NotRunning."""
        deadline = self._clock.monotonic() + timeout_seconds
        complete = min(deadline, self._clock.monotonic() + 5)

        def is_unfinished() -> bool:
            now = self._clock.monotonic()
            if now >= deadline:
                raise NotRunning(
                    "the containers did not answer in time",
                    details=f"waited {timeout_seconds:g} s for an agent to take the source",
                    hint="devenv status shows what runs, devenv logs what it said",
                )
            return not self._is_settled() or not (self._agents.are_all_connected() or now >= complete)

        self._run_while(is_unfinished, tick_seconds=0.1)
        return self._converged

    def pull(self, timeout_seconds: float = 30) -> Converged:
        """Make both sides agree now, with what a container made; from another thread while `run` runs."""
        ask = _Ask(Future())
        self._inbox.put(ask)
        return ask.answer.result(timeout_seconds)

    def compare(self, timeout_seconds: float = 30) -> Comparison:
        """Connect, look at both sides, disconnect; nothing moves. Raises NotRunning."""
        found: list[Comparison] = []
        deadline = self._clock.monotonic() + timeout_seconds

        def look() -> bool:
            if self._clock.monotonic() >= deadline:
                raise NotRunning("no container answered in time", hint="devenv status shows what runs")
            writer = self._agents.writer
            if writer is not None and (trees := self._read_trees(writer)) is not None:
                found.append(self._compare(*trees))
            return not found

        self._must_converge = False
        self._run_while(look, tick_seconds=0.1)
        return found[0]

    # The loop

    def _run_while(self, goes_on: Callable[[], bool], tick_seconds: float | None = None) -> None:
        self._agents.start()
        try:
            while not self._is_stopping and goes_on():
                self._advance()
                self._handle(self._next_item(tick_seconds))
        finally:
            self._agents.stop()
            if self._watcher is not None:
                self._watcher.stop()
            for ask in self._asks:
                ask.answer.set_exception(NotRunning("sync has ended"))

    def _advance(self) -> None:
        """Do whatever can be done now."""
        self._note_seen()
        if self._must_watch_anew:
            self._watch_anew()
        if self._is_bind:
            self._follow_mounted()
        elif self._must_converge:
            if self._agents.writer is not None and self._clock.monotonic() >= self._not_before:
                self._converge(self._agents.writer)
        else:
            self._poll()
            self._send_due()
        if self._asks and self._is_settled():
            for ask in self._asks:
                ask.answer.set_result(self._converged)
            self._asks.clear()

    def _is_settled(self) -> bool:
        due = self._agenda.next_due()
        waits = due is None or due > self._clock.monotonic()
        return not self._must_converge and not self._in_flight and waits

    def _next_item(self, tick_seconds: float | None) -> _Item | None:
        now = self._clock.monotonic()
        times = [] if tick_seconds is None else [now + tick_seconds]
        if self._must_converge:
            times.append(self._not_before if self._not_before > now else now + STALLED_SECONDS)
        elif not self._is_sending() and (due := self._agenda.next_due()) is not None:
            times.append(due)
        if self._polled:
            times.append(self._next_poll)
        if self._in_flight:
            times.append(now + STALLED_SECONDS)
        try:
            return self._inbox.get(timeout=max(0.0, min(times) - now) if times else None)
        except queue.Empty:
            self._drop_stalled()
            return None

    def _handle(self, item: _Item | None) -> None:
        if isinstance(item, Received):
            if isinstance(item.message, Committed):
                self._on_committed(item.message)
            else:
                self._agents.receive(item)
        elif isinstance(item, Lost):
            self._on_lost(item)
        elif isinstance(item, _Ask):
            self._asks.append(item)
            self._must_converge = not self._is_bind

    def _await(self, channel: Channel, kind: type[_Message]) -> _Message | None:
        """The next message of `kind`, all else handled meanwhile; None when the connection ends first."""
        connection = self._agents.connection(channel)
        while not self._is_stopping and connection is self._agents.connection(channel) is not None:
            try:
                item = self._inbox.get(timeout=STALLED_SECONDS)
            except queue.Empty:
                if self._clock.monotonic() - channel.moved_at >= STALLED_SECONDS:
                    channel.drop()
                continue
            if (
                isinstance(item, Received)
                and item.process == channel.process
                and isinstance(item.message, kind)
            ):
                return item.message
            self._handle(item)
        return None

    # Where to look

    def _sink(self, event: WatchEvent) -> None:
        """The watcher's thread comes here."""
        was_empty = self._seen.empty()
        self._seen.put((self._clock.monotonic(), event))
        if was_empty:
            self._inbox.put(_Wake())

    def _note_seen(self) -> None:
        while True:
            try:
                at, event = self._seen.get_nowait()
            except queue.Empty:
                return
            if isinstance(event, Seen):
                for path, sign in event.signs:
                    self._agenda.note(path, sign, at)
            elif isinstance(event, Overflow):
                self._must_converge = True
            else:
                self._begin_polling(event)

    def _begin_polling(self, exhausted: WatchesExhausted) -> None:
        if not self._polled:
            self._emit(
                Notice(
                    "the system gives no more file watches: the rest of the tree is looked at every second",
                    hint="raise fs.inotify.max_user_watches (sysctl), or ignore what need not be watched",
                )
            )
        self._polled.update(exhausted.folders)

    def _watch_anew(self) -> None:
        self._must_watch_anew = False
        if self._watcher is not None:
            self._watcher.stop()
        self._polled.clear()
        try:
            self._watcher = watch(self._root, self._tree.rules, self._sink)
        except OSError:
            self._watcher = None
            self._sink(WatchesExhausted(("",)))

    def _poll(self) -> None:
        now = self._clock.monotonic()
        if self._polled and now >= self._next_poll and not self._is_sending():
            self._next_poll = now + POLL_SECONDS
            self._submit(self._tree.look_at(self._polled, trusting=True), now)

    def _look_at_due(self) -> tuple[set[str], float]:
        """What is or was at the paths whose time has come, and since when it waits."""
        now = self._clock.monotonic()
        due = self._agenda.take(now)
        if not due:
            return set(), now
        if any(path.rpartition("/")[2] in RULE_FILES for path in due):
            self._reload_rules()
        touched = self._tree.look_at(due)
        for path in touched & self._tree.problems.keys():
            self._fail(path, self._tree.problems[path])
        return touched, min(due.values())

    def _reload_rules(self) -> None:
        rules = load_rules(self._root, self._ignore)
        self._tree.rules = rules
        self._must_watch_anew = self._watcher is not None
        self._must_converge = True

    # What moves

    def _converge(self, writer: Channel) -> None:
        trees = self._read_trees(writer)
        if trees is None:
            return
        remote, given = trees
        transfer = reconcile(self._tree.entries, remote, given, self._is_pulled)
        if transfer.halt and not self._consent:
            raise SyncHalted(
                f"sync stopped: {transfer.halt}",
                details=f"the folder {self._root} lost them since they were sent",
                hint="restore them, or say that it is meant: devenv up --yes",
            )
        pulled, conflicts = self._bring_back(writer, transfer, remote)
        if pulled is None:
            return
        self._remote = remote
        self._kept = frozenset(transfer.kept)
        self._must_converge = False
        self._removed_lately.clear()
        self._converged = Converged(
            generation=self._agents.generation,
            pushed=tuple(transfer.push),
            removed=transfer.removals,
            pulled=tuple(pulled),
            conflicts=conflicts,
            kept=transfer.kept,
        )
        paths = {*transfer.push, *transfer.removals}
        self._send(writer, paths, self._clock.monotonic(), adopted={**transfer.adopt, **pulled})

    def _read_trees(self, writer: Channel) -> tuple[dict[str, Entry], dict[str, Entry]] | None:
        """The container's manifest and the one it was last given; the host's is made meanwhile."""
        writer.send([encode(ReadTree(skip=list(SKIPPED_NAMES)))])
        self._agenda.clear()
        try:
            self._tree.scan()
        except OSError as error:
            raise SyncHalted(
                "sync stopped: the app's folder is gone",
                details=f"{self._root}: {error.strerror}",
                hint="bring it back and run devenv up; nothing was removed from the containers",
            ) from error
        for path, reason in self._tree.problems.items():
            self._fail(path, reason)
        tree = self._await(writer, Tree)
        return None if tree is None else (self._visible(tree.entries), self._visible(tree.given))

    def _visible(self, rows: Iterable[Sequence[object]]) -> dict[str, Entry]:
        """What travels of a container's manifest, with the folders that lead there."""
        manifest = {str(row[0]): Entry(*row[1:]) for row in rows}  # type: ignore[arg-type]
        rules = self._tree.rules
        visible = {
            path: entry
            for path, entry in manifest.items()
            if rules.travels(path, entry.kind == FOLDER) and not self._tree.is_blamed(path)
        }
        for path in list(visible):
            visible.update({p: manifest[p] for p in parents(path) if p in manifest and p not in visible})
        return visible

    def _bring_back(
        self, writer: Channel, transfer: Transfer, remote: Manifest
    ) -> tuple[dict[str, Entry] | None, tuple[str, ...]]:
        """Write pulls and conflicts on the host: the pulled entries (None: channel lost), the conflicts."""
        wanted = [path for path in (*transfer.pulls, *transfer.conflicts) if remote[path].kind == FILE]
        contents = self._fetch(writer, wanted)
        if contents is None:
            return None, ()
        contents.update(
            {
                path: os.fsencode(remote[path].digest)
                for path in transfer.conflicts
                if remote[path].kind == LINK
            }
        )
        pulled: dict[str, Entry] = {}
        kept_aside: list[str] = []
        for path in transfer.pulls:
            if path in contents and self._try(path, lambda p=path: self._write_pulled(p, contents, remote)):  # type: ignore[misc]
                pulled[path] = self._tree.entries[path]
        for path in transfer.conflicts:
            if path in contents:
                self._try(path, lambda p=path: kept_aside.append(keep_conflict(self._root, p, contents[p])))  # type: ignore[misc]
        if pulled or kept_aside:
            self._emit(Pulled(tuple(pulled), tuple(kept_aside)))
        return pulled, tuple(kept_aside)

    def _write_pulled(self, path: str, contents: Mapping[str, bytes], remote: Manifest) -> None:
        write_pulled(self._root, path, contents[path], executable=remote[path].executable)
        self._tree.look_at([path])

    def _try(self, path: str, act: Callable[[], object]) -> bool:
        try:
            act()
        except (OSError, Unsafe) as error:
            self._fail(path, getattr(error, "strerror", None) or str(error))
            return False
        return True

    def _fetch(self, writer: Channel, paths: Sequence[str]) -> dict[str, bytes] | None:
        """The content of files in the container that are still there; None when the channel was lost."""
        if not paths:
            return {}
        writer.send([encode(Fetch(paths=list(paths)))])
        missing = set(paths)
        contents: dict[str, bytearray] = {}
        while missing:
            piece = self._await(writer, Contents)
            if piece is None:
                return None
            if piece.problem:
                contents.pop(piece.path, None)
                self._fail(piece.path, piece.problem)
            else:
                contents.setdefault(piece.path, bytearray()).extend(piece.payload)
            if piece.last or piece.problem:
                missing.discard(piece.path)
        return {path: bytes(content) for path, content in contents.items()}

    def _send_due(self) -> None:
        writer = self._agents.writer
        if writer is None or self._is_sending():
            return
        touched, since = self._look_at_due()
        if not self._must_converge:
            self._submit(touched, since)

    def _submit(self, touched: Iterable[str], since: float) -> None:
        changes = differences(self._tree.entries, self._remote, touched)
        paths = {change.path for change in changes if not self._tree.is_blamed(change.path)}
        writer = self._agents.writer
        if not paths or writer is None:
            return
        if not self._kept.isdisjoint(paths):
            self._must_converge = True  # the container wrote there: what it wrote is put aside first
        elif self._vanishes(paths):
            self._emit(Notice("most of the app's files vanished: waiting to see whether they come back"))
            self._must_converge = True
            self._not_before = self._clock.monotonic() + HOLD_SECONDS
        else:
            self._send(writer, paths, since)

    def _vanishes(self, paths: Iterable[str]) -> bool:
        """Whether, with `paths`, most of what was there before all this began would be gone."""
        now = self._clock.monotonic()
        if now - self._last_change > QUIET_SECONDS:
            self._removed_lately.clear()
        self._last_change = now
        for path in paths:
            if path in self._tree.entries:
                self._removed_lately.discard(path)
            else:
                self._removed_lately.add(path)
        before = len(self._remote.keys() | self._removed_lately)
        return not self._consent and before > SMALL_TREE and 2 * len(self._removed_lately) > before

    def _send(
        self, writer: Channel, paths: set[str], since: float, adopted: Mapping[str, Entry] | None = None
    ) -> None:
        """Send what the host holds at `paths`; of large files one, the others have their turn later."""
        entries = self._tree.entries
        large = sorted(path for path in paths if path in entries and entries[path].size_bytes >= LARGE_BYTES)
        for path in large[1:] if not self._is_sending(large=True) else large:
            self._agenda.postpone(path, self._clock.monotonic() + RETRY_SECONDS)
        if large and not self._is_sending(large=True):
            self._send_batch(writer, {large[0]}, since, {}, is_large=True)
        if small := paths.difference(large):
            self._send_batch(writer, small, since, adopted or {}, is_large=False)
        elif adopted:
            self._send_batch(writer, set(), since, adopted, is_large=False)

    def _send_batch(
        self, writer: Channel, paths: set[str], since: float, adopted: Mapping[str, Entry], *, is_large: bool
    ) -> None:
        self._batches += 1
        writes = {path: self._tree.entries[path] for path in sorted(paths) if path in self._tree.entries}
        gone = paths - writes.keys()
        removals = (*removals_of_changed_kinds(writes, self._remote), *sorted(gone, reverse=True))
        batch = Batch(
            self._root,
            number=self._batches,
            writes=writes,
            removals=removals,
            adopted=adopted,
            reactions=self._reactions(differences(self._tree.entries, self._remote, paths)),
        )
        self._in_flight[batch.number] = _Sent(batch, writer, since, is_large)
        writer.send(batch.frames(), patiently=is_large)

    def _reactions(self, changes: Iterable[PathChange]) -> tuple[tuple[str, str], ...]:
        reactions = []
        for change in changes:
            entry = self._tree.entries.get(change.path) or self._remote.get(change.path)
            if entry is not None and entry.kind != FOLDER and (kind := str(self._reaction(change))) != "none":
                reactions.append((kind, change.path))
        return tuple(reactions)

    def _is_sending(self, *, large: bool = False) -> bool:
        return any(sent.is_large is large for sent in self._in_flight.values())

    # What comes back

    def _on_committed(self, message: Committed) -> None:
        sent = self._in_flight.pop(message.batch, None)
        if sent is None:
            return
        batch, problems = sent.batch, dict(message.problems)
        for path in batch.removals:
            if path not in problems:
                self._remote.pop(path, None)
        self._remote.update({path: entry for path, entry in batch.entries.items() if path not in problems})
        reactions = tuple((kind, path) for kind, path in batch.reactions)
        self._agents.tell(message.generation, reactions, but=sent.channel.process)
        self._tell_synced(sent, problems, message.generation)
        for path, reason in {**batch.skipped, **problems}.items():
            self._fail(path, reason)
        now = self._clock.monotonic()
        for path in batch.paths:
            if path not in problems and self._tree.entries.get(path) != self._remote.get(path):
                self._agenda.note(path, Sign.SETTLED, now)

    def _tell_synced(self, sent: _Sent, problems: Mapping[str, str], generation: int) -> None:
        arrived = tuple(p for p in sent.batch.paths if p not in problems and p not in sent.batch.skipped)
        for path in arrived:
            self._failures.pop(path, None)
        if arrived:
            self._emit(
                Synced(
                    paths=arrived,
                    generation=generation,
                    size_bytes=sent.batch.size_bytes,
                    milliseconds=(self._clock.monotonic() - sent.since) * 1000,
                )
            )

    def _fail(self, path: str, reason: str) -> None:
        """One path could not be read or written: told once for each reason, tried again ever more seldom."""
        count, known = self._failures.get(path, (0, ""))
        self._failures[path] = (count + 1, reason)
        if reason and reason != known:
            self._emit(SyncProblem(path, reason))
        delay = (
            min(LONGEST_RETRY_SECONDS, RETRY_SECONDS * 2.0 ** min(count, 10)) if reason else retry_delay(0)
        )
        self._agenda.postpone(path, self._clock.monotonic() + delay)

    def _on_lost(self, lost: Lost) -> None:
        writer = self._agents.writer
        self._agents.lose(lost)
        waiting = [number for number, sent in self._in_flight.items() if sent.channel.process == lost.process]
        for number in waiting:
            del self._in_flight[number]
        if waiting or (writer is not None and writer.process == lost.process):
            self._must_converge = not self._is_bind

    def _drop_stalled(self) -> None:
        now = self._clock.monotonic()
        for sent in self._in_flight.values():
            if now - sent.channel.moved_at >= STALLED_SECONDS:
                sent.channel.drop()

    # A mounted folder

    def _follow_mounted(self) -> None:
        """`sync: bind`: nothing is sent but what the changes mean."""
        if self._must_converge:
            self._tree.scan()
            touched: set[str] = self._tree.entries.keys() | self._remote.keys()
            since = self._clock.monotonic()
        else:
            touched, since = self._look_at_due()
        changes = differences(self._tree.entries, self._remote, touched)
        reactions = self._reactions(changes)
        is_first, self._must_converge = not self._remote, False
        for change in changes:
            if change.kind is ChangeKind.DELETED:
                del self._remote[change.path]
            else:
                self._remote[change.path] = self._tree.entries[change.path]
        if changes and not is_first:
            self._agents.tell(self._agents.generation + 1, reactions, but=None)
            milliseconds = (self._clock.monotonic() - since) * 1000
            paths = tuple(change.path for change in changes)
            generation = self._agents.generation
            self._emit(Synced(paths=paths, generation=generation, size_bytes=0, milliseconds=milliseconds))

    def _is_pulled(self, path: str) -> bool:
        index = self._pulled_patterns.last_match(os.fsencode(path), False)
        return index >= 0 and not self._pulled_patterns.patterns[index].negated

    def _compare(self, remote: Manifest, given: Manifest) -> Comparison:
        host = {path: entry for path, entry in self._tree.entries.items() if not self._tree.is_blamed(path)}
        return Comparison(
            host_hash=tree_hash(host),
            container_hash=tree_hash(remote),
            differences=differences(host, remote, {*host, *remote}),
            kept=reconcile(host, remote, given, self._is_pulled).kept,
        )
