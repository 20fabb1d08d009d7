"""While watching: what `on_change` asks of the host, and translations to be compiled; a thread of its own."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from devenv.changes import ChangeKind, PathChange
from devenv.errors import DevenvError
from devenv.events import Emit, Event, Failed, Notice, OutputLine, StepFinished, StepStarted, Synced
from devenv.reload import Work, as_written, work_of
from devenv.reload.schedule import Schedule
from devenv.reload.translations import NO_MSGFMT, NOT_FOUND, REMEDY, compilations
from devenv.workflows.project import Project
from devenv.workflows.rules import change_rules, reacting

SHOWN_PATHS = 3
KEPT_LINES = 30
LATE_SECONDS = 0.3  # agents tell so late what was written

Tell = Callable[[Sequence[tuple[str, str]]], None]


@dataclass(frozen=True, slots=True)
class RebuildWanted:
    """A rule wants the image built anew, because of `paths`."""

    rule: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Stop:
    """The watching ends."""


class RuleRunner:
    """Runs what changed paths ask for, one thing at a time. put: takes what others must do."""

    def __init__(self, project: Project, emit: Emit, put: Callable[[object], None]) -> None:
        self._project = project
        self._emit = emit
        self._tell: Tell = lambda _: None
        self._put = put
        self._clock = project.machine.clock
        self._rules = change_rules(project.checkout)
        self._kinds = reacting(project.checkout)
        self._schedule = Schedule(is_fed_back=project.checkout.environment.sync.mode == "bind")
        self._inbox: SimpleQueue[Sequence[str] | _Stop] = SimpleQueue()
        self._written: list[str] = []
        self._collects = False
        self._fed: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="devenv-on-change", daemon=True)

    def start(self, tell: Tell) -> None:
        """Begin to listen. tell: lets the processes react to what was written in the containers."""
        self._tell = tell
        self._thread.start()

    def stop(self) -> None:
        """End when what runs has ended; nobody waits for it."""
        self._inbox.put(_Stop())

    def hear(self, event: Event) -> None:
        """What the session tells: a batch that is in the containers is what rules are about."""
        if isinstance(event, Synced):
            self._inbox.put(event.paths)

    def notice(self, paths: Sequence[str]) -> None:
        """Processes wrote there: if a command of ours runs, they are to react to it."""
        if self._collects:
            self._written += paths

    def _run(self) -> None:
        while True:
            now = self._clock.monotonic()
            due = self._schedule.next_due()
            work = self._schedule.take(now)
            if work is not None:
                self._do(work)
                self._schedule.end(self._clock.monotonic())
                continue
            try:
                item = self._inbox.get(timeout=None if due is None else max(0.0, due - now))
            except Empty:
                continue
            if isinstance(item, _Stop):
                return
            self._ask(item)

    def _ask(self, paths: Sequence[str]) -> None:
        for work in (*work_of(self._rules, paths), *compilations(paths)):
            if self._schedule.ask(work, self._clock.monotonic()):
                self._fed.discard(work.rule)
            elif work.rule not in self._fed:
                self._fed.add(work.rule)
                hint = "it runs again when another save matches; leave what it writes out of `paths`"
                self._emit(Notice(f"{work.rule} changes what it reacts to ({_some(work.paths)}): left", hint))

    def _do(self, work: Work) -> None:
        try:
            if work.makes:
                self._compile(work)
            elif work.run:
                self._collect_and_run(work)
        except DevenvError as error:
            self._emit(Failed.by(error))
        if work.rebuild:
            self._put(RebuildWanted(work.rule, work.paths))

    def _collect_and_run(self, work: Work) -> None:
        """Processes react to what the command wrote, once it has ended: not to half of it."""
        self._written, self._collects = [], True
        try:
            self._run_command(work)
        finally:
            self._clock.sleep(LATE_SECONDS)
            self._collects = False
        self._let_react(dict.fromkeys(self._written))

    def _let_react(self, paths: Iterable[str]) -> None:
        rows = [(kind, path) for path in paths for kind in self._kinds(PathChange(path, ChangeKind.CREATED))]
        if rows:
            self._tell(rows)

    def _run_command(self, work: Work) -> None:
        step = f"{work.rule}: {as_written(work.run)}, because {_some(work.paths)} changed"
        self._emit(StepStarted(step))
        began = self._clock.monotonic()
        source = work.rule.partition(" ")[0]
        code, _ = self._exec(work, lambda line: self._emit(OutputLine(source, line)))
        if code == 0:
            self._emit(StepFinished(step, self._clock.monotonic() - began))
        else:
            self._emit(Failed(f"{step}: exit code {code}", hint="the next save of such a file runs it again"))

    def _compile(self, work: Work) -> None:
        path = work.paths[0]
        began = self._clock.monotonic()
        code, lines = self._exec(work, lambda _: None)
        if code == 0:
            self._emit(StepFinished(f"{path} compiled", self._clock.monotonic() - began))
            self._let_react([work.makes])
        elif code == NOT_FOUND:
            self._emit(Notice(f"{path} is not compiled: {NO_MSGFMT}", REMEDY))
        else:
            details = "\n".join(line.replace("/app/", "") for line in lines)
            self._emit(Failed(f"{path} cannot be compiled", details))

    def _exec(self, work: Work, tell: Callable[[str], None]) -> tuple[int, Sequence[str]]:
        kept: deque[str] = deque(maxlen=KEPT_LINES)

        def line(text: str) -> None:
            kept.append(text)
            tell(text)

        name = self._project.checkout.meant((work.process or self._project.checkout.web_process(),))[0]
        return self._project.compose.exec_told(name, work.run, line), tuple(kept)


def _some(paths: Sequence[str]) -> str:
    shown = ", ".join(paths[:SHOWN_PATHS])
    return shown if len(paths) <= SHOWN_PATHS else f"{shown} and {len(paths) - SHOWN_PATHS} more"
