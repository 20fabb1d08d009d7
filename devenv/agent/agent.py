"""The container's main process: holds the port, keeps source and process as the host wants them."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import socket
import sys
import time
from collections import deque
from functools import partial
from typing import Any, Callable, Deque, Dict, List, Optional, Set, Tuple, Type

from .checkpoints import dead_children
from .decision import WEB, Decision
from .following import Following
from .forward import begin as begin_forwarding
from .giving_way import GivingWay
from .history import COLD, meant_for
from .holding import HELD, INTERRUPTED, Holding
from .hosts import Host, Hosts
from .loop import Loop, Timer
from .port import hold_port
from .process import Process, Watcher
from .program import Program, program_of
from .protocol import (
    VERSION,
    Alive,
    CancelTests,
    Changed,
    Commit,
    Committed,
    Contents,
    Explain,
    Explained,
    Fetch,
    Forget,
    Held,
    Hello,
    Hold,
    Ignore,
    LoadedByTests,
    React,
    ReadTree,
    Release,
    Reloaded,
    Restart,
    RunTests,
    Served,
    Stage,
    State,
    Tree,
    Warm,
    Welcome,
)
from .refresh import Refresh
from .source import Source, Unsafe
from .stages import APPLIED, PAUSED, Stages
from .testing import Testing

STOP_SECONDS = 9.0
END_SECONDS = 0.1
SCHEDULER_GIVES_WAY_SECONDS = 0.3  # and more: to the workers
SAVE_SECONDS = 0.2  # the record of what was given is written when the reload had its chance
SAVE_SECONDS_PER_PATH = 0.00005  # and the more seldom the larger it is
SIGN_OF_LIFE_SECONDS = 1.0
ROWS_A_PIECE = 2000  # of a tree: the host reads some while others are made
PR_SET_CHILD_SUBREAPER = 36


def run(options: argparse.Namespace) -> int:
    """Be the container's main process until a signal ends it; the exit code."""
    begin_forwarding(options.here)
    agent = Agent(options)
    agent.loop.run()
    return 0


class Agent:
    """Hosts, source and process, put together."""

    def __init__(self, options: argparse.Namespace) -> None:
        _adopt_orphans()
        self.loop = Loop()
        self._source = Source(options.root)
        self._source.open()
        command = options.command[1:] if options.command[:1] == ["--"] else options.command
        program = program_of(
            name=options.name,
            root=self._source.root,
            wsgi=options.wsgi,
            asgi=options.asgi,
            command=command,
            python=options.python,
            exclusive=options.exclusive,
            cold=options.cold,
            port=options.port,
            boot="" if options.no_refresh else os.urandom(4).hex(),
            folder=os.path.dirname(os.path.abspath(options.socket)),
            first_alone=options.first_alone,
        )
        self._refresh = Refresh(program.boot, self.loop)
        self._process = Process(
            program=program,
            grace_seconds=options.grace,
            listener=_listener(program),
            loop=self.loop,
            watcher=Watcher(
                self._reloaded, self._warm, self._state_changed, log, show, self._refresh.visitors.welcome
            ),
        )
        self._testing = Testing(program, self.loop)
        self._commits: Deque[Tuple[Callable[[], Decision], Callable[[Decision], None]]] = deque()
        self._holding = Holding()
        self._giving_way = GivingWay(self.loop, options.give_way)
        self._saving: Optional[Timer] = None
        self._followers: Set[Host] = set()
        self._following: Optional[Following] = None
        source = self._source
        self._reactions: Dict[Type[Any], Callable[[Host, Any], None]] = {
            Hello: lambda host, _: self._welcome(host),
            Forget: lambda *_: source.forget(),
            ReadTree: self._read_tree,
            Ignore: lambda _, message: self._ignore(message.folders),
            Stage: lambda host, m: source.stage(_batch(host, m.batch), m.pieces, m.payload),
            Commit: self._commit,
            React: lambda _, message: self._react(message),
            Fetch: lambda host, message: self._fetch(host, message.paths),
            Explain: lambda host, message: host.send(self._explain(message)),
            RunTests: self._testing.begin,
            LoadedByTests: lambda host, _: self._testing.tell_loaded(host),
            CancelTests: lambda host, _: self._testing.cancel(host),
            Restart: lambda _, message: self._restart(message.cause),
            Hold: self._hold,
            Served: lambda *_: self._giving_way.end(),
            Release: lambda host, message: self._release(host, message.cause),
        }
        self._hosts = Hosts(options.socket, self.loop, self._hear)
        self._hosts.on_close = self._left
        for number in (signal.SIGTERM, signal.SIGINT):
            self.loop.on_signal(number, self._stop)
        self.loop.on_signal(signal.SIGCHLD, self._reap)
        self._process.start(self._source.given.generation)

    def _hear(self, host: Host, message: Any) -> None:
        act = self._reactions.get(type(message))
        if act is not None:
            act(host, message)

    def _left(self, host: Host) -> None:
        """A host that comes back may ask another agent, which knows only what was written."""
        self._source.discard(host.name)
        self._testing.left(host)
        self._save()
        self._release(host, INTERRUPTED)
        self._followers.discard(host)
        if not self._followers and self._following is not None:
            self._following.end()
            self._following = None

    def _save_soon(self) -> None:
        """Once for all batches of a while; what is lost when the agent is killed is found out again."""
        if self._saving is None:
            delay = SAVE_SECONDS + SAVE_SECONDS_PER_PATH * len(self._source.given.entries)
            self._saving = self.loop.after(delay, self._save)

    def _save(self) -> None:
        """A full disk costs another life of this agent a look at everything, no more."""
        self._saving = None
        try:
            self._source.save()
        except OSError as error:
            log("what hosts gave could not be written down: %s" % error)

    def _welcome(self, host: Host) -> None:
        # Of the code that runs, not of the tree, which another agent may have changed unseen.
        name, generation = self._process.program.name, self._process.generation
        host.send(Welcome(VERSION, name, platform.python_version(), os.getuid(), generation))
        host.send(self._state())

    def _read_tree(self, host: Host, asked: ReadTree) -> None:
        self._source.given.load()
        given = self._source.given.entries
        if asked.paths:
            entries = self._source.read_paths(asked.paths)
            given = {path: given[path] for path in asked.paths if path in given}
        else:
            if asked.follow:
                self._follow(host, asked)
            follow = self._following.enter if asked.follow and self._following else lambda _: None
            tell_alive = _signs_of_life(host)

            def enter(folder: str) -> None:
                follow(folder)
                tell_alive()

            entries = self._source.read_tree(asked.skip, asked.ignored, enter)
        skip = set(asked.skip)
        rows = [[path, *entry] for path, entry in entries.items()]
        while len(rows) > ROWS_A_PIECE:
            piece, rows = rows[:ROWS_A_PIECE], rows[ROWS_A_PIECE:]
            host.send(Tree(entries=piece, given=[], made=[], problems=[], last=False))
        host.send(
            Tree(
                entries=rows,
                given=[
                    [path, *entry]
                    for path, entry in given.items()
                    if entries.get(path) != entry and skip.isdisjoint(path.split("/"))
                ],
                made=[path for path in entries if path not in given],
                problems=[[path, reason] for path, reason in self._source.problems.items()],
                last=True,
            )
        )

    def _follow(self, host: Host, asked: ReadTree) -> None:
        """One host's rules are all hosts' rules: they look after the same project."""
        if self._following is not None:
            self._following.end()
        self._followers.add(host)
        self._following = Following(
            self._source, self.loop, self._tell_followers, skip=asked.skip, ignored=asked.ignored
        )

    def _ignore(self, folders: List[str]) -> None:
        if self._following is not None:
            self._following.ignore(folders)

    def _tell_followers(self, rows: List[List[str]]) -> None:
        for host in list(self._followers):
            host.send(Changed(rows))

    def _commit(self, host: Host, message: Commit) -> None:
        """Decide, stop accepting if code changes, write, start: so no old answer can follow the ack."""
        stages = Stages()
        reactions = meant_for(self._process.program.name, message.reactions)

        def write(decision: Decision) -> None:
            stages.note(PAUSED)
            outcome = self._source.commit(
                _batch(host, message.batch),
                message.entries,
                message.removals,
                message.expected,
                _signs_of_life(host),
            )
            stages.note(APPLIED)
            generation = self._source.given.generation
            self._refresh.expect(generation, reactions)
            self._process.act(decision, generation, stages, [path for _, path in reactions])
            host.send(Committed(message.batch, generation, *outcome))
            self._testing.changed(reactions, self._process.is_package)
            self._save_soon()

        self._change(reactions, write)

    def _react(self, message: React) -> None:
        stages = Stages()
        reactions = meant_for(self._process.program.name, message.reactions)
        paths = [path for _, path in reactions]

        def act(decision: Decision) -> None:
            # While it gave way, a newer generation may have been committed here.
            stages.note(PAUSED)
            generation = max(message.generation, self._process.generation)
            self._refresh.expect(generation, reactions)
            self._process.act(decision, generation, stages, paths)
            self._testing.changed(reactions, self._process.is_package)

        if self._process.kind == WEB:
            self.loop.after(0.0, partial(self._change, reactions, act))
            return
        go_on = self._process.stand_aside(reactions)

        def change() -> None:
            self._change(reactions, act)
            go_on()

        def begin() -> None:
            if self._process.program.exclusive and not self._process.program.port:
                self.loop.after(SCHEDULER_GIVES_WAY_SECONDS, change)
            else:
                change()

        self._giving_way.then(begin)

    def _explain(self, message: Explain) -> Explained:
        process = self._process
        by_path: Dict[str, List[List[str]]] = {}
        for kind, path in meant_for(process.program.name, message.reactions):
            by_path.setdefault(path, []).append([kind, path])
        decisions = [[path, *process.explain(rows)] for path, rows in by_path.items()]
        return Explained(process.program.name, process.state, process.records, decisions)

    def _restart(self, cause: str) -> None:
        stages = Stages()
        self._testing.forget()
        decision = Decision("reload", COLD, [], cause)
        generation = max(self._source.given.generation, self._process.generation)
        self._process.pause(lambda: self._process.act(decision, generation, stages, []))

    def _hold(self, host: Host, message: Hold) -> None:
        self._holding.begin(host)
        if message.requests:
            self._process.hold(lambda: host.send(Held()))

    def _release(self, host: Host, cause: str) -> None:
        """Whoever held the process back is done."""
        reactions = self._holding.end(host)
        if reactions is None:
            return
        if cause:
            self._restart(cause)
        elif reactions or self._process.is_paused:
            self._react(React(self._process.generation, reactions))

    def _change(self, reactions: List[List[str]], finish: Callable[[Decision], None]) -> None:
        """One change after the other: each is decided on what the one before it left."""
        is_held = self._holding.keep(reactions)
        self._commits.append((lambda: HELD if is_held else self._decide(reactions), finish))
        if len(self._commits) == 1:
            self._next_change()

    def _decide(self, reactions: List[List[str]]) -> Decision:
        """What a change means; nobody accepts again after a pause but by a start."""
        decision = self._process.decide(reactions)
        if decision.action == "reload" or not self._process.is_paused:
            return decision
        return Decision("reload", self._process.records, [], decision.cause)

    def _next_change(self) -> None:
        decide, finish = self._commits[0]
        decision = decide()

        def proceed() -> None:
            finish(decision)
            self._commits.popleft()
            if self._commits:
                self._next_change()

        if decision.action == "reload":
            self._process.pause(proceed)
        else:
            proceed()

    def _fetch(self, host: Host, paths: List[str]) -> None:
        for path in paths:
            try:
                for offset, last, block in self._source.read_blocks(path):
                    host.send(Contents(path, offset, last, "", block))
            except (OSError, Unsafe, ValueError) as error:
                problem = getattr(error, "strerror", None) or str(error)
                host.send(Contents(path, 0, True, problem, b""))

    def _state(self) -> State:
        process = self._process
        return State(process.program.name, process.state, process.generation, process.detail, process.pids)

    def _state_changed(self) -> None:
        self._hosts.broadcast(self._state())

    def _warm(self, generation: int) -> None:
        self._hosts.broadcast(Warm(generation))

    def _reloaded(self, message: Reloaded) -> None:
        self._refresh.reloaded(message.action, message.generation)
        self._hosts.broadcast(message)
        log(describe(message))

    def _reap(self) -> None:
        for pid, status in dead_children():
            self._process.child_exited(pid, status)
            self._testing.child_exited(pid, status)
        self._end_when_gone()

    def _stop(self) -> None:
        self._testing.stop()
        self._process.stop()
        self.loop.after(STOP_SECONDS, self._process.kill)
        self._await_end()

    def _await_end(self) -> None:
        """No signal tells of a process whose parent was a checkpoint that is gone as well."""
        self._end_when_gone()
        if self.loop.running:
            self.loop.after(END_SECONDS, self._await_end)

    def _end_when_gone(self) -> None:
        if self._process.is_gone and self.loop.running:
            self._save()
            self.loop.running = False


def _listener(program: Program) -> Optional[socket.socket]:
    """The held socket; commands that bind a port themselves have none."""
    return hold_port(program.port) if program.port and (program.kind == WEB or program.takes_port) else None


def log(text: str) -> None:
    """One line of the agent's own in the container's log."""
    show("devenv: %s\n" % text)


def show(text: str) -> None:
    """Lines in the container's log, such as a traceback as Python would have it."""
    sys.stderr.write(text)
    sys.stderr.flush()


def describe(message: Reloaded) -> str:
    """One line about what was done."""
    if message.action == "failed":
        return "%s does not start (%s)" % (message.process, message.cause)
    if message.action == "reload":
        words = (message.process, message.duration_ms, message.rung, message.cause)
        return "%s ready in %.0f ms (%s; %s)" % words
    return "%s: %s (%s)" % (
        message.process,
        "unchanged" if message.action == "none" else "reset",
        message.cause,
    )


def _batch(host: Host, number: int) -> str:
    return "%s-%d" % (host.name, number)


def _signs_of_life(host: Host) -> Callable[[], None]:
    """To be called all the time while something takes long: a host gives up on who is silent for long."""
    told_at = time.monotonic()

    def tell() -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= SIGN_OF_LIFE_SECONDS:
            told_at = time.monotonic()
            host.send(Alive())

    return tell


def _adopt_orphans() -> None:
    """As process 1 the kernel gives us every orphan; elsewhere it has to be asked."""
    if os.getpid() != 1:
        import ctypes  # what it needs of the system may be missing where the agent brings its own Python

        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
