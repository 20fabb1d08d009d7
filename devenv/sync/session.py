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
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

from devenv.agent.protocol import Changed, Committed
from devenv.agent.tree import FOLDER, Entry
from devenv.clock import Clock, SystemClock
from devenv.errors import NotRunning
from devenv.events import Emit, Notice, Synced
from devenv.sync.agents import Agents
from devenv.sync.channel import ByteStream, Channel, Lost, Received
from devenv.sync.convergence import Comparison, Converged, Convergence, Outgoing
from devenv.sync.deliveries import Deliveries, React
from devenv.sync.gate import Gate, OpenGate
from devenv.sync.lookout import Lookout
from devenv.sync.losses import RecentLosses
from devenv.sync.reconcile import differences
from devenv.sync.traces import Applied, Traces

ANSWER_SECONDS = 8.0  # without a sign of life; who reads a large tree gives one every second
HOLD_SECONDS = 2.0
HELD_SECONDS = 15.0  # an agent waits for no request or task as long as that
TICK_SECONDS = 0.1
OTHERS_SECONDS = 5.0
REACTIONS_SECONDS = 30.0
ANYWHERE = ""  # the path of a change of which nobody knows where it is
OVERTAKEN = "a process in the container writes it, too"

_Message = TypeVar("_Message")


@dataclass(frozen=True, slots=True)
class _Ask:
    """Another thread wants the trees to agree and to know when they do."""

    answer: Future[Converged]


@dataclass(frozen=True, slots=True)
class _Tell:
    """Another thread knows what changed in the containers: [kind, path] rows for the processes."""

    reactions: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Wake:
    """Something was seen, the gate is to be passed again, or the session is to stop."""


_Item = Received | Lost | _Ask | _Tell | _Wake


class SyncSession:
    """The tree at `root` and the agents of `processes`, which share one source folder.

    connect: opens the stream to a process's relay; OSError or DevenvError mean "not now".
    react: what a change means to the processes, as kinds of reactions.
    consent: a human agreed that most of the container's tree may be removed.
    cache: a file of this checkout's where the next session finds what it need not read again.
    gate: is passed before the host is looked at for what is to be sent.
    noticed: is told (in the session's thread) the paths that processes changed in the containers.
    served: the processes whose answer makes a save served, each traced from the save on; None for no traces.
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
        cache: Path | None = None,
        gate: Gate | None = None,
        noticed: Callable[[Sequence[str]], None] = lambda _: None,
        served: Sequence[str] | None = None,
    ) -> None:
        self._gate = gate or OpenGate()
        self._is_holding = False
        self._noticed = noticed
        self._root = Path(os.path.realpath(root))
        self._emit = emit
        self._is_bind = mode == "bind"
        self._consent = consent
        self._clock = clock or SystemClock()
        self._inbox: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._agents = Agents(
            processes,
            connect=connect,
            report=self._inbox.put,
            emit=emit,
            clock=self._clock,
            traces=None if served is None else Traces(served),
        )
        self._lookout = Lookout(
            self._root,
            ignore,
            cache=cache,
            emit=emit,
            clock=self._clock,
            wake=lambda: self._inbox.put(_Wake()),
        )
        self._tree = self._lookout.tree
        self._deliveries = Deliveries(self._root, react)
        self._convergence = Convergence(
            self._root,
            self._lookout,
            self._deliveries,
            await_message=self._await,
            emit=emit,
            clock=self._clock,
            pull=pull,
            consent=consent,
        )
        self._losses = RecentLosses()
        self._is_current = False  # what the containers hold is known, and may be added to
        self._converge_at: float | None = 0.0  # both sides are to be compared, not before that moment
        self._waiting: set[str] = set()  # large files that another large file is sent before
        self._changed_inside: list[list[str]] = []  # what processes changed, as agents told
        self._converged = Converged()
        self._asks: list[_Ask] = []
        self._is_stopping = False

    def run(self) -> None:
        """Keep both sides the same until `stop`. Raises SyncHalted."""
        self._lookout.begin()
        self._convergence.follow = not self._is_bind
        self._run_while(lambda: True)

    def stop(self) -> None:
        """End `run`, from any thread."""
        self._is_stopping = True
        self.wake()

    def wake(self) -> None:
        """Pass the gate again, from any thread: what it looks at may have changed."""
        self._inbox.put(_Wake())

    @property
    def is_settled(self) -> bool:
        """Whether the containers have what is known to be saved; from any thread, true for that moment."""
        return self._is_settled() and not self._is_holding

    def synchronize_once(self, timeout_seconds: float = 60, *, anew: bool = False) -> Converged:
        """Connect, make both sides agree, let processes react, disconnect. Raises SyncHalted, NotRunning.

        anew: as if nothing had ever been given to the containers: what they have and the host lacks stays.
        """
        self._convergence.is_anew = anew
        began = self._clock.monotonic()

        def is_unfinished() -> bool:
            waited = self._clock.monotonic() - began
            if waited >= timeout_seconds:
                raise _nobody_answered(timeout_seconds)
            complete = self._agents.are_all_connected() or waited >= OTHERS_SECONDS
            reacted = self._agents.have_all_reacted() or waited >= REACTIONS_SECONDS
            return not (self._is_settled() and complete and reacted)

        self._run_while(is_unfinished, tick_seconds=TICK_SECONDS)
        return self._converged

    def pull(self, timeout_seconds: float = 30) -> Converged:
        """Make both sides agree now, with what a container made; from another thread while `run` runs."""
        ask = _Ask(Future())
        self._inbox.put(ask)
        return ask.answer.result(timeout_seconds)

    def tell(self, reactions: Sequence[tuple[str, str]]) -> None:
        """Let the processes react to what changed in the containers; from another thread."""
        self._inbox.put(_Tell(tuple(reactions)))

    def compare(self, timeout_seconds: float = 30) -> Comparison:
        """Connect, look at both sides, disconnect; nothing moves. Raises NotRunning."""
        found: list[Comparison] = []
        began = self._clock.monotonic()

        def is_unknown() -> bool:
            waited = self._clock.monotonic() - began
            if waited >= timeout_seconds:
                raise _nobody_answered(timeout_seconds)
            writer = self._agents.writer
            if writer is None or not (self._agents.are_all_connected() or waited >= OTHERS_SECONDS):
                return True
            others = (channel for channel in self._agents.connected() if channel is not writer)
            if (comparison := self._convergence.compare(writer, others)) is not None:
                found.append(comparison)
            return not found

        self._converge_at = None
        self._run_while(is_unknown, tick_seconds=TICK_SECONDS, idly=True)
        return found[0]

    # The loop

    def _run_while(
        self, goes_on: Callable[[], bool], *, tick_seconds: float | None = None, idly: bool = False
    ) -> None:
        self._agents.start()
        try:
            self._lookout.look_ahead()
            while not self._is_stopping and goes_on():
                if not idly:
                    self._advance()
                    if not goes_on():  # nothing had to be sent: there is nothing to wait for
                        return
                self._handle(self._next_item(tick_seconds))
        finally:
            self._agents.stop()
            self._gate.leave()
            self._lookout.end()
            for ask in self._asks:
                ask.answer.set_exception(NotRunning("sync has ended"))

    def _advance(self) -> None:
        """Do whatever can be done now."""
        self._lookout.note_seen()
        now = self._clock.monotonic()
        self._deliveries.drop_stalled(now)
        if not self._is_bind and not self._deliveries and self._agents.prefer_the_first():
            self._is_current, self._converge_at = False, now  # the new writer has to be looked at
        if self._lookout.is_lost:
            self._converge_at = now
        is_due = self._converge_at is not None and now >= self._converge_at
        if self._is_bind:
            self._follow_mounted(is_due)
        elif is_due:
            if self._agents.writer is not None and not self._deliveries:
                self._converge(self._agents.writer)
        elif self._is_current:
            self._send_due()
            if self._agents.writer is not None and self._can_take_in():
                self._take_in(self._agents.writer)
        if (self._is_holding or self._asks) and self._is_settled():
            self._settle()

    def _settle(self) -> None:
        """All that was to be done is done: who waits for that goes on."""
        if self._is_holding and self._gate.has_moved():
            self._is_current = False  # no request is begun before all of that has arrived, too
            self._compare_again()
            return
        if self._is_holding:
            self._gate.arrived()
            self._is_holding = False
            self._agents.release()
            self._gate.leave()
        for ask in self._asks:
            ask.answer.set_result(self._converged)
        self._asks.clear()

    def _is_settled(self) -> bool:
        """Whether all that can be done now is done; what failed is tried again later."""
        now = self._clock.monotonic()
        waits = all(at is None or at > now for at in (self._lookout.next_due(), self._converge_at))
        is_all_sent = not self._deliveries and not self._waiting
        return self._is_current and waits and is_all_sent and not self._can_take_in()

    def _can_take_in(self) -> bool:
        """Whether what processes changed is to be looked at; it may have come with another answer."""
        is_ready = self._is_current and not self._is_bind and self._agents.writer is not None
        return is_ready and bool(self._changed_inside) and not self._deliveries

    def _next_item(self, tick_seconds: float | None) -> _Item | None:
        """What comes into the inbox, or None when it is time to do something else."""
        now = self._clock.monotonic()
        times = [self._deliveries.next_stall(), None if tick_seconds is None else now + tick_seconds]
        if self._can_take_in():
            times.append(now)
        is_due = self._converge_at is not None and now >= self._converge_at
        if self._agents.writer is not None and not self._deliveries:
            times.append(self._converge_at)
        if self._is_current and not is_due and not self._deliveries.is_under_way():
            times.append(self._lookout.next_due())
        nearest = min((time for time in times if time is not None), default=None)
        try:
            return self._inbox.get(timeout=None if nearest is None else max(0.0, nearest - now))
        except queue.Empty:
            return None

    def _handle(self, item: _Item | None) -> None:
        if isinstance(item, Received):
            if isinstance(item.message, Committed):
                self._on_committed(item.message)
            elif isinstance(item.message, Changed):
                self._changed_inside += item.message.rows
                self._noticed([path for path, _ in item.message.rows])
            else:
                self._agents.receive(item)
        elif isinstance(item, Lost):
            self._on_lost(item)
        elif isinstance(item, _Tell):
            self._agents.tell(self._agents.generation, item.reactions, but=None)
        elif isinstance(item, _Ask):
            self._asks.append(item)
            if not self._is_bind:
                self._compare_again()

    def _await(self, channel: Channel, kind: type[_Message]) -> _Message | None:
        """The next message of `kind`, all else handled meanwhile; None when the connection ends first."""
        connection = self._agents.connection(channel)
        began = self._clock.monotonic()
        while not self._is_stopping and connection is self._agents.connection(channel) is not None:
            try:
                item = self._inbox.get(timeout=ANSWER_SECONDS)
            except queue.Empty:
                item = None
            if isinstance(item, Received) and item.process == channel.process:
                if isinstance(item.message, kind):
                    return item.message
            elif self._clock.monotonic() - max(began, channel.moved_at) >= ANSWER_SECONDS:
                channel.drop()
            self._handle(item)
        return None

    def _compare_again(self, *, after_seconds: float = 0.0) -> None:
        at = self._clock.monotonic() + after_seconds
        self._converge_at = at if self._converge_at is None else min(at, self._converge_at)

    # Both sides agree

    def _converge(self, writer: Channel) -> None:
        self._pass_gate()
        self._changed_inside.clear()
        self._waiting.clear()
        self._converge_at = None  # who asks for a look while this one is under way gets another
        outgoing = self._convergence.converge(writer)
        if outgoing is None or self._gate.has_moved():
            self._compare_again()
            return
        self._losses.clear()
        self._is_current = True
        self._converged = outgoing.converged
        self._go_out(writer, outgoing)

    def _take_in(self, writer: Channel) -> None:
        """What processes changed: where nobody knows what, both sides are compared."""
        rows, self._changed_inside = self._changed_inside, []
        if any(path == ANYWHERE or self._is_swap(path, kind) for path, kind in rows):
            self._compare_again()
            return
        outgoing = self._convergence.take_in(writer, rows)
        if outgoing is not None:
            self._go_out(writer, outgoing)

    def _is_swap(self, path: str, kind: str) -> bool:
        """A folder in place of a file or the other way round: what is below it is concerned, too."""
        ours = self._tree.entries.get(path)
        return ours is not None and kind != "" and FOLDER in (kind, ours.kind) and kind != ours.kind

    def _go_out(self, writer: Channel, outgoing: Outgoing) -> None:
        if outgoing.paths or outgoing.adopted:
            self._send(writer, set(outgoing.paths), self._clock.monotonic(), adopted=outgoing.adopted)
        if outgoing.again_at is not None:
            self._compare_again(after_seconds=outgoing.again_at - self._clock.monotonic())

    # A change goes out

    def _send_due(self) -> None:
        writer = self._agents.writer
        if writer is None or self._deliveries.is_under_way():
            return
        if self._pass_gate():
            self._is_current = False
            self._compare_again()
            return
        touched, since = self._lookout.look_where_due()
        self._waiting -= touched
        if self._lookout.is_lost:
            self._compare_again()
            return
        changes = differences(self._tree.entries, self._deliveries.held, touched)
        paths = {change.path for change in changes if not self._tree.is_blamed(change.path)}
        if not self._convergence.kept.isdisjoint(paths):
            self._is_current = False  # a process wrote there: what it wrote is put aside first
            self._compare_again()
        elif self._vanishes(paths):
            self._emit(Notice("most of the app's files vanished: waiting to see whether they come back"))
            self._is_current = False
            self._compare_again(after_seconds=HOLD_SECONDS)
        elif paths and self._gate.has_moved():
            self._is_current = False
            self._compare_again()
        elif paths:
            self._send(writer, paths, since)

    def _pass_gate(self) -> bool:
        """Whether requests are held from now on, so that all must be looked at before they go on."""
        is_closed = self._gate.enter(self._hold)
        self._is_holding = self._is_holding or is_closed
        return is_closed

    def _hold(self) -> None:
        """Return when no process begins a request any more."""
        self._agents.hold()
        until = self._clock.monotonic() + HELD_SECONDS
        while not (self._is_stopping or self._agents.do_all_hold):
            try:
                self._handle(self._inbox.get(timeout=max(0.0, until - self._clock.monotonic())))
            except queue.Empty:
                return

    def _vanishes(self, paths: set[str]) -> bool:
        there = paths & self._tree.entries.keys()
        self._losses.note(gone=paths - there, there=there, now=self._clock.monotonic())
        return not self._consent and self._losses.are_most(self._deliveries.held)

    def _send(
        self, writer: Channel, paths: set[str], since: float, adopted: Mapping[str, Entry] | None = None
    ) -> None:
        now = self._clock.monotonic()
        waiting = self._deliveries.send(
            writer, self._tree.entries, paths, since=since, now=now, adopted=adopted
        )
        self._waiting.update(waiting)
        for path in waiting:
            self._lookout.postpone(path, TICK_SECONDS)

    def _on_committed(self, message: Committed) -> None:
        delivered = self._deliveries.acknowledge(message)
        if delivered is None:
            return
        self._agents.tell(delivered.generation, delivered.reactions, but=delivered.process)
        self._converged = replace(self._converged, generation=delivered.generation)
        self._tell_synced(delivered.arrived, delivered.since, delivered.sent_at, delivered.size_bytes)
        # Where the container is not what it was thought to be, only a look at it can tell what to do.
        now = self._clock.monotonic()
        if delivered.refused:
            self._compare_again(after_seconds=self._lookout.fail(delivered.refused) - now)
        if delivered.overtaken:
            until = self._lookout.fail(dict.fromkeys(delivered.overtaken, OVERTAKEN), free_failures=1)
            self._compare_again(after_seconds=until - now)
            # A first time is looked into at once: until then nothing is sent on what is known to be wrong.
            self._is_current = self._is_current and until > self._clock.monotonic()
        moved_on = (p for p in delivered.arrived if self._tree.entries.get(p) != self._deliveries.held.get(p))
        self._lookout.look_again([*delivered.changed, *moved_on])

    def _tell_synced(self, paths: tuple[str, ...], since: float, sent: float, size_bytes: int) -> None:
        self._lookout.succeed(paths)
        if not paths:
            return
        now, generation = self._clock.monotonic(), self._agents.generation
        self._emit(
            Synced(
                paths=paths,
                generation=generation,
                size_bytes=size_bytes,
                milliseconds=(now - since) * 1000,
                is_traced=self._agents.traces is not None,
            )
        )
        applied = Applied(paths=paths, generation=generation, seen=since, sent=sent, applied=now)
        self._agents.trace(applied)

    def _on_lost(self, lost: Lost) -> None:
        writer = self._agents.writer
        is_unknown = self._deliveries.lose(lost.process)
        if not self._is_bind and (is_unknown or (writer is not None and writer.process == lost.process)):
            self._is_current = False
            self._compare_again()
            self._gate.leave()
        self._agents.lose(lost)

    # A mounted folder

    def _follow_mounted(self, is_everywhere: bool) -> None:
        """`sync: bind`: only what changes mean is sent; first of all those since the agent started."""
        held, since = self._deliveries.held, self._clock.monotonic()
        self._pass_gate()
        if not self._is_current:
            writer = self._agents.writer
            trees = None if writer is None else self._convergence.read_trees(writer)
            if trees is None:
                return
            held.update(trees[1])
        elif is_everywhere:
            self._lookout.look_everywhere()
        host = self._tree.entries
        if is_everywhere or not self._is_current:
            touched = {*host, *held}
        else:
            touched, since = self._lookout.look_where_due()
        self._converge_at, self._is_current = None, True
        paths = tuple(change.path for change in differences(host, held, touched))
        reactions = self._deliveries.reactions(host, paths)
        for path in paths:
            if path in host:
                held[path] = host[path]
            else:
                del held[path]
        if paths:
            self._agents.tell(self._agents.generation + 1, reactions, but=None)
            self._tell_synced(paths, since, self._clock.monotonic(), 0)
        if self._lookout.is_lost:
            self._compare_again()


def _nobody_answered(timeout_seconds: float) -> NotRunning:
    return NotRunning(
        "the containers did not answer in time",
        details=f"waited {timeout_seconds:g} s for an agent",
        hint="devenv status shows what runs, devenv logs what it said",
    )
