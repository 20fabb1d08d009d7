"""`devenv test`: the project's tests in the app's container, from a start that is shared with other runs."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue

from devenv.agent.protocol import CancelTests, LoadedByTests, LoadedFiles
from devenv.compiler.agent import agent_command
from devenv.detect.testing import RunPlan, plan_tests
from devenv.errors import DevenvError, NotRunning
from devenv.events import Emit, Event, Notice, Pulled
from devenv.reload.rerun import Rerun, rerun_for, with_modules
from devenv.sync.asking import ask
from devenv.sync.ignore import load_rules
from devenv.sync.sights import Seen, WatchEvent
from devenv.sync.watch import watch
from devenv.workflows.checkout import Checkout
from devenv.workflows.exchange import agreeing, processes_of, session_of
from devenv.workflows.inside import InsideOptions, run_in, wants_terminal
from devenv.workflows.left_out import tell_of_hidden_tests
from devenv.workflows.project import Project

GATHER_SECONDS = 0.1
PYTEST_IS_CONFIGURED = "--configured"


def run_tests(project: Project, emit: Emit, arguments: tuple[str, ...], *, no_terminal: bool = False) -> int:
    """Run them once, where the app runs, else in a container of its own; the runner's exit code."""
    checkout = project.checkout
    plan = plan_of(checkout, arguments)
    name = checkout.web_process()
    options = InsideOptions(no_terminal=no_terminal)
    container = project.observe().running(name)
    tell_of_hidden_tests(checkout, emit)
    if container is not None:
        _send_what_was_saved(project, emit, name)
        terminal = wants_terminal(options)
        command = command_of(checkout, plan, arguments)
        return project.compose.exec_in_container(container.container_id, command, terminal=terminal)
    emit(Notice(f"{name} does not run: the tests start from cold, in a container of their own"))
    return run_in(project, emit, name, command_of(checkout, replace(plan, cold="-"), arguments), options)


def _send_what_was_saved(project: Project, emit: Emit, name: str) -> None:
    """Nearly always it is there already, since something watches: a look at one container tells."""
    if project.checkout.environment.sync.mode == "bind":
        return
    if not session_of(project, emit, processes_of(project, (name,))).compare().is_equal:
        with agreeing(project, emit):
            pass


def plan_of(checkout: Checkout, arguments: Sequence[str]) -> RunPlan:
    """What the files of the app say."""

    def read(path: str) -> str:
        try:
            return (checkout.app_folder / path).read_text("utf-8", "replace")
        except OSError:
            return ""

    plan = plan_tests(read, checkout.environment.app.working_dir, arguments)
    return replace(plan, cold=plan.cold or checkout.environment.cold)


def command_of(checkout: Checkout, plan: RunPlan, arguments: Sequence[str]) -> tuple[str, ...]:
    """What is run in the container."""
    options = [
        *(["--settings", plan.settings] if plan.settings else []),
        *(["--cold", plan.cold] if plan.cold else []),
        *([PYTEST_IS_CONFIGURED] if plan.file else []),
    ]
    return (*agent_command(checkout.environment.python), "test", *options, "--", *arguments)


@dataclass(frozen=True, slots=True)
class _Ended:
    """A run is over: its exit code, and what it raised."""

    code: int
    error: BaseException | None = None


class RunWatch:
    """Runs the tests, and again what a save touches; the newest save wins."""

    def __init__(
        self, project: Project, emit: Emit, arguments: tuple[str, ...], *, no_terminal: bool
    ) -> None:
        self._project = project
        self._arguments = arguments
        self._no_terminal = no_terminal
        self._show = emit
        self._inbox: SimpleQueue[WatchEvent | _Ended] = SimpleQueue()
        self._pulled: set[str] = set()
        self._thread: threading.Thread | None = None

    def run(self) -> int:
        """Until Ctrl-C; the last run's exit code. Raises NotRunning."""
        checkout = self._project.checkout
        if self._project.observe().running(checkout.web_process()) is None:
            raise NotRunning("the app does not run", hint="start it with `devenv up -d`")
        rules = load_rules(checkout.app_folder, checkout.environment.sync.ignore)
        watcher = watch(checkout.app_folder.resolve(), rules, self._inbox.put)
        code = 0
        try:
            rerun: Rerun | None = Rerun(True, (), "")
            while True:
                if rerun is not None and rerun.is_needed:
                    self._start(rerun)
                paths, ended = self._next()
                code = code if ended is None else ended
                rerun = rerun_for(paths, self._loaded()) if paths else None
                if rerun is not None:
                    self._announce(rerun)
        except KeyboardInterrupt:
            return code
        finally:
            watcher.stop()
            self._cancel()

    def _announce(self, rerun: Rerun) -> None:
        self._show(Notice(rerun.cause + (": running again" if rerun.is_needed else "")))
        if rerun.is_needed:
            self._cancel()

    def _start(self, rerun: Rerun) -> None:
        arguments = self._arguments
        if rerun.modules:
            working_dir = self._project.checkout.environment.app.working_dir
            plan = plan_of(self._project.checkout, arguments)
            dotted = not (plan.file or self._has_pytest())
            arguments = with_modules(arguments, rerun.modules, working_dir=working_dir, dotted=dotted)
        self._thread = threading.Thread(target=self._run, args=(arguments,), name="devenv-tests", daemon=True)
        self._thread.start()

    def _has_pytest(self) -> bool:
        """Whether pytest-django is among what the files list, as far as they tell."""
        return "pytest-django" in self._project.checkout.environment.app.dependencies.packages

    def _run(self, arguments: tuple[str, ...]) -> None:
        try:
            code = run_tests(self._project, self._note, arguments, no_terminal=self._no_terminal)
        except BaseException as error:
            self._inbox.put(_Ended(1, error))
        else:
            self._inbox.put(_Ended(code))

    def _note(self, event: Event) -> None:
        if isinstance(event, Pulled):
            self._pulled.update(event.paths)
        self._show(event)

    def _next(self) -> tuple[tuple[str, ...], int | None]:
        """Wait for saves, and for a short while more; or for the end of a run. Paths, and its exit code."""
        paths: dict[str, None] = {}
        timeout: float | None = None
        while True:
            try:
                item = self._inbox.get(timeout=timeout)
            except Empty:
                return tuple(paths), None
            if isinstance(item, _Ended):
                if isinstance(item.error, DevenvError):
                    raise item.error
                return tuple(paths), item.code
            if isinstance(item, Seen):
                paths.update((path, None) for path, _ in item.signs if path not in self._pulled)
                self._pulled.difference_update(path for path, _ in item.signs)
            timeout = GATHER_SECONDS if paths else None

    def _loaded(self) -> tuple[str, ...]:
        try:
            return tuple(self._ask(LoadedByTests(), LoadedFiles).paths)
        except DevenvError:
            return ()

    def _cancel(self) -> None:
        """End the run under way; one from cold ends by itself."""
        thread = self._thread
        if thread is None or not thread.is_alive():
            return
        with suppress(DevenvError):
            self._ask(CancelTests(), LoadedFiles)
        thread.join()

    def _ask(self, question: object, kind: type[LoadedFiles]) -> LoadedFiles:
        name = self._project.checkout.web_process()
        return ask(name, processes_of(self._project, (name,)).connect, question, kind)
