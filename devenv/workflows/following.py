"""Threads that follow the engine and put what they see into somebody's inbox."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Literal

from devenv.cards.kinds import runtime_card
from devenv.compiler.compiled import Role
from devenv.engine.client import ContainerEvent, EngineGone, EventStream
from devenv.engine.observed import COMPOSE_PROJECT
from devenv.errors import DevenvError
from devenv.events import Emit, Event, Failed, Notice, OutputLine, ProcessReloaded
from devenv.workflows.project import Project

RETRY_SECONDS = 1.0
AGENT_PREFIX = "devenv: "
_LOG_ONLY = re.compile(
    r"devenv: (\S+: (?:breakpoint at |nobody attached|\d+ .*; starting it again|\d+ did not ).*)"
)
_WHY = re.compile(r"devenv: \S+: why it does not start, (\d+) lines:")
TOLD_SECONDS = 1.0  # the channel tells it at about the same time
Logs = Literal["served", "all", "none"]
"""Whose output is shown while watching: the processes that serve, all processes, nobody's."""


@dataclass(frozen=True, slots=True)
class EngineFollowed:
    """Events come from now on, `again` after the engine was away; what was before must be looked at."""

    again: bool


class EngineFollower:
    """While entered, puts every event of the project's containers, and the engine's comings and goings."""

    def __init__(self, project: Project, put: Callable[[object], None]) -> None:
        self._project = project
        self._put = put
        self._stopped = threading.Event()
        self._stream: EventStream | None = None
        self._thread = threading.Thread(target=self._follow, name="devenv-events", daemon=True)

    def __enter__(self) -> EngineFollower:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        if self._stream is not None:
            self._stream.close()

    def _follow(self) -> None:
        is_away = False
        while not self._stopped.is_set():
            try:
                self._stream = self._project.machine.engine.events(
                    [f"{COMPOSE_PROJECT}={self._project.name}"]
                )
                self._put(EngineFollowed(again=is_away))
                is_away = self._pass_on(self._stream)
            except DevenvError as error:
                if not is_away:
                    self._put(EngineGone(error.summary))
                is_away = True
            self._stopped.wait(RETRY_SECONDS)

    def _pass_on(self, stream: EventStream) -> bool:
        """Put what comes; whether the engine went away (and not we)."""
        for event in stream:
            if not self._stopped.is_set():
                self._put(event)
        return not self._stopped.is_set()


class LogFollower:
    """Shows what processes print, from now on, and what restarted ones print from their start.

    What nobody shows is read, too: a worker that does not reach its broker says so in its log only. Why code
    does not start is left to the event that tells it.
    """

    def __init__(self, project: Project, logs: Logs, emit: Emit) -> None:
        self._project = project
        self._emit = emit
        processes = [each for each in project.checkout.compiled.services if each.role is Role.PROCESS]
        self._shown = frozenset(
            each.name for each in processes if logs == "all" or (logs == "served" and each.ports)
        )
        self._names = frozenset(process.name for process in processes)
        self._explained: set[str] = set()
        self._failures: dict[str, list[str]] = {}
        self._heard = threading.Condition()
        observed = project.observe()
        for name in self._names:
            if container := observed.running(name):
                self._start(name, container.container_id, from_now=True)

    def hear(self, event: Event) -> None:
        """What the session tells: why a process does not start, among other things."""
        if isinstance(event, ProcessReloaded) and event.action == "failed":
            with self._heard:
                self._failures[event.process] = event.traceback.splitlines()
                self._heard.notify_all()

    def note(self, event: ContainerEvent) -> None:
        """A process's container started: follow it, too."""
        if event.action == "start" and event.service in self._names:
            self._start(event.service, event.container_id, from_now=False)

    def _start(self, name: str, container_id: str, *, from_now: bool) -> None:
        threading.Thread(
            target=self._follow, args=(name, container_id, from_now), name=f"devenv-log {name}", daemon=True
        ).start()

    def _follow(self, name: str, container_id: str, from_now: bool) -> None:
        try:
            lines = iter(self._project.machine.engine.follow_log(container_id, from_now=from_now))
            for line in lines:
                if found := _WHY.fullmatch(line):
                    self._show_why(name, list(islice(lines, int(found[1]))))
                else:
                    self._show(name, line)
        except DevenvError:
            return  # the container or the engine went away; the events say so

    def _show(self, name: str, line: str) -> None:
        if said := said_in_the_log_only(line):
            self._emit(Notice(said))
        elif name in self._shown and not line.startswith(AGENT_PREFIX):  # the channel brings these
            self._emit(OutputLine(name, line))
        self._explain(name, line)

    def _show_why(self, name: str, lines: list[str]) -> None:
        """Only where no event tells it: it failed before anybody was connected."""
        with self._heard:
            is_told = self._heard.wait_for(lambda: self._failures.get(name) == lines, TOLD_SECONDS)
        if not is_told:
            for line in lines:
                self._show(name, line)

    def _explain(self, name: str, line: str) -> None:
        """Tell once why a process that runs cannot do its work."""
        if name in self._explained:
            return
        if card := runtime_card(line, name, self._project.checkout.environment):
            self._explained.add(name)
            self._emit(Failed(f"{name} cannot work", card=card))


def said_in_the_log_only(line: str) -> str:
    """What the agent says of its process and no message tells: where it stands, or that it died; or ""."""
    found = _LOG_ONLY.match(line)
    return found[1] if found else ""
