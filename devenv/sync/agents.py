"""The agents of an environment's processes: which are connected, which one writes, what each must know."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from devenv.agent.protocol import (
    VERSION,
    Held,
    Hold,
    React,
    Release,
    Reloaded,
    Served,
    State,
    Warm,
    Welcome,
    encode,
)
from devenv.clock import Clock
from devenv.events import Emit, Notice, ProcessReloaded, ProcessState
from devenv.sync.channel import ByteStream, Channel, Lost, Received, Report
from devenv.sync.traces import Applied, Traces

REMEMBERED_GENERATIONS = 100
FAILURES_OF_A_START = 6  # about five seconds of retries: a container needs some until its agent listens
RESTART = ("restart", "")

Reactions = Sequence[tuple[str, str]]


class Agents:
    """All agents share one source folder: one of them writes, the others are told what changed."""

    def __init__(
        self,
        processes: Sequence[str],
        *,
        connect: Callable[[str], ByteStream],
        report: Report,
        emit: Emit,
        clock: Clock,
        traces: Traces | None = None,
    ) -> None:
        self.generation = 0
        self.traces = traces
        self._clock = clock
        self._channels = {process: Channel(process, connect, report, clock) for process in processes}
        self._welcomes: dict[str, Welcome] = {}
        self._known: dict[str, int] = {}  # the generation that each connected agent is at, or was told of
        self._reacting: set[str] = set()  # told of a generation, and did not yet say what they did about it
        self._unreachable: set[str] = set()
        self._failures: dict[str, int] = {}
        self._writer: str | None = None
        self._awaited: tuple[str, int] | None = None  # whom the others give way to, and for which generation
        self._is_holding = False
        self._holding: set[str] = set()  # those that were told to hold requests and have not begun to
        self._told: deque[tuple[int, Reactions]] = deque(maxlen=REMEMBERED_GENERATIONS)
        self._emit = emit

    def start(self) -> None:
        """Begin to connect with all."""
        for channel in self._channels.values():
            channel.start()

    def stop(self) -> None:
        """Disconnect from all."""
        for channel in self._channels.values():
            channel.stop()
        for channel in self._channels.values():
            channel.join(1)

    @property
    def writer(self) -> Channel | None:
        """The agent that writes, for as long as it is connected."""
        if self._writer not in self._welcomes:
            self._writer = self._first_connected()
        return self._channels[self._writer] if self._writer is not None else None

    def prefer_the_first(self) -> bool:
        """Let the first of the processes write, if it came later; whether the writer is another one now.

        The writer hears of a change before all others: it should be what somebody looks at.
        """
        first, before = self._first_connected(), self._writer
        if first is None or before in (None, first):
            return False
        self._writer = first
        return True

    def _first_connected(self) -> str | None:
        return next((name for name in self._channels if name in self._welcomes), None)

    def connected(self) -> tuple[Channel, ...]:
        """The channels to all agents that are there now."""
        return tuple(channel for name, channel in self._channels.items() if name in self._welcomes)

    def are_all_connected(self) -> bool:
        """Whether no agent is missing."""
        return len(self._welcomes) == len(self._channels)

    def have_all_reacted(self) -> bool:
        """Whether every connected process runs the newest code, or said why it cannot."""
        return not self._reacting

    def connection(self, channel: Channel) -> object:
        """The same object for as long as the channel's connection lasts; None without one."""
        return self._welcomes.get(channel.process)

    def receive(self, received: Received) -> None:
        """Take in what concerns the process and not the tree."""
        message, process = received.message, received.process
        if isinstance(message, Welcome):
            self._welcome(process, message)
        elif isinstance(message, State):
            self._emit(ProcessState(process, message.state, message.detail))
        elif isinstance(message, Reloaded):
            self._reloaded(process, message)
        elif isinstance(message, Warm):
            self._let_the_others_begin(process, message.generation)
        elif isinstance(message, Held):
            self._holding.discard(process)

    def trace(self, applied: Applied) -> None:
        """A batch is in the containers: follow it to the processes that serve."""
        if self.traces is not None and (served := self.traces.begin(applied, self._reacting)):
            self._emit(served)

    def _reloaded(self, process: str, message: Reloaded) -> None:
        if message.generation >= self._known.get(process, 0):
            self._reacting.discard(process)
        if message.action != "reload":  # after which a `Warm` comes
            self._let_the_others_begin(process, message.generation)
        is_traced, served = False, None
        if self.traces is not None:
            is_traced, served = self.traces.hear(process, message, self._clock.monotonic())
        self._emit(
            ProcessReloaded(
                process=process,
                generation=message.generation,
                action=message.action,
                rung=message.rung,
                cause=message.cause,
                milliseconds=message.duration_ms,
                traceback=message.traceback,
                before=message.before,
                is_traced=is_traced,
                obstacle=message.obstacle,
            )
        )
        if served is not None:
            self._emit(served)

    def _let_the_others_begin(self, process: str, generation: int) -> None:
        """Once the process that they give way to answers by the newest code, needs not to, or is gone."""
        if self._awaited is None or process != self._awaited[0] or generation < self._awaited[1]:
            return
        self._awaited = None
        for other in self._welcomes:
            if other != process:
                self._channels[other].send([encode(Served())])

    def lose(self, lost: Lost) -> None:
        """A channel is gone: told once until it is back; a process that only starts is given time."""
        was_there = self._welcomes.pop(lost.process, None) is not None
        self._failures[lost.process] = self._failures.get(lost.process, 0) + 1
        if self._awaited is not None:
            self._let_the_others_begin(lost.process, self._awaited[1])
        self._known.pop(lost.process, None)
        self._reacting.discard(lost.process)
        self._holding.discard(lost.process)
        if self.traces is not None:
            self.traces.forget(lost.process)
        if not was_there and self._failures[lost.process] < FAILURES_OF_A_START:
            return
        if lost.process not in self._unreachable:
            self._unreachable.add(lost.process)
            self._emit(ProcessState(lost.process, "unreachable", lost.reason))

    def hold(self) -> None:
        """No process reacts to a change, no request is begun, until `release` or the session's end."""
        self._is_holding = True
        for process in self._welcomes:
            self._hold(process)

    @property
    def do_all_hold(self) -> bool:
        """Whether no request is begun any more."""
        return not self._holding

    def release(self) -> None:
        """React now to all that came since `hold`."""
        self._is_holding = False
        self._holding.clear()
        for process in self._welcomes:
            self._channels[process].send([encode(Release(""))])

    def tell(self, generation: int, reactions: Reactions, *, but: str | None) -> None:
        """Tell every connected agent of a generation that `but` committed (None: the folder is mounted)."""
        self.generation = generation
        self._told.append((generation, reactions))
        first = but or self._first_connected()
        self._awaited = (first, generation) if first is not None else None
        for process in self._welcomes:
            if process == but:
                self._expect(process, generation)
            else:
                self._react(process, generation, reactions)

    def _welcome(self, process: str, welcome: Welcome) -> None:
        if welcome.version != VERSION:
            self._emit(
                Notice(
                    f"{process}: its agent speaks version {welcome.version}, this devenv speaks {VERSION}",
                    hint="rebuild the image: devenv up --build",
                )
            )
            return
        self._welcomes[process] = welcome
        self._unreachable.discard(process)
        self._failures.pop(process, None)
        self._known[process] = welcome.generation
        self.generation = max(self.generation, welcome.generation)
        if self._is_holding:
            self._hold(process)
        for name, generation in self._known.items():
            if generation < self.generation:
                self._react(name, self.generation, self._missed_since(generation))

    def _hold(self, process: str) -> None:
        self._holding.add(process)
        self._channels[process].send([encode(Hold(requests=True))])

    def _missed_since(self, generation: int) -> Reactions:
        missed = [reactions for number, reactions in self._told if number > generation]
        if len(missed) < self.generation - generation:
            return (RESTART,)
        return tuple(reaction for reactions in missed for reaction in reactions)

    def _react(self, process: str, generation: int, reactions: Reactions) -> None:
        self._expect(process, generation)
        message = React(generation=generation, reactions=_listed(reactions))
        self._channels[process].send([encode(message)])
        if self._awaited is None or self._awaited[0] == process:
            self._channels[process].send([encode(Served())])

    def _expect(self, process: str, generation: int) -> None:
        self._known[process] = generation
        self._reacting.add(process)


def _listed(reactions: Iterable[tuple[str, str]]) -> list[list[str]]:
    return [[kind, path] for kind, path in reactions]
