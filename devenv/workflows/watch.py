"""`devenv watch`: saves go in, edits of devenv.yaml are followed, what died heals.

One loop reads one inbox. The sync session, the engine's events, the logs and the config files each have a
thread that decides nothing.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, SimpleQueue

from devenv.compiler.compiled import Role
from devenv.engine.client import ContainerEvent, EngineGone
from devenv.errors import ConfigError, DevenvError, EngineUnavailable, NotRunning, Refused
from devenv.events import ConfigRejected, Emit, Event, Failed, Notice
from devenv.sync.files import FilesWatcher
from devenv.workflows.background import ImageBuilt, Packages
from devenv.workflows.branch_gate import head_followed
from devenv.workflows.checkout import Checkout, load_checkout
from devenv.workflows.compile import write_compiled
from devenv.workflows.consent import Answered, Answers, Question
from devenv.workflows.due import MODELS_QUIET_SECONDS, QUIET_SECONDS, DueJobs, JobsTouched, ModelsTouched
from devenv.workflows.exchange import session_of
from devenv.workflows.following import EngineFollowed, EngineFollower, LogFollower, Logs
from devenv.workflows.heal import bring_back_the_dead, out_of_memory
from devenv.workflows.lock import keep_terms
from devenv.workflows.on_change import RebuildWanted, RuleRunner
from devenv.workflows.packages import Attempt
from devenv.workflows.project import Project
from devenv.workflows.up import UpOptions, bring_up, locked
from devenv.workspace.files import written_since

SETTLE_SECONDS = 1.0
WRITTEN_SECONDS = 0.1  # an editor may save in several steps
WINDOWS_WAKE_SECONDS = 1.0  # a wait without an end cannot be interrupted there


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The sync session is over, and why; None after it was stopped."""

    error: BaseException | None


@dataclass(frozen=True, slots=True)
class ConfigTouched:
    """devenv.yaml, a layer, or a file that they name, may have changed."""


DELAYS: Mapping[type, float] = {
    ConfigTouched: WRITTEN_SECONDS,
    JobsTouched: QUIET_SECONDS,
    ModelsTouched: MODELS_QUIET_SECONDS,
}
"""Seconds without another one until it is acted on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """How it is watched. `holds`: whether it is still for us to watch; not after `.devenv/` was deleted.

    `consent`: most of the source may go from the containers. `answers`: of who is asked.
    """

    holds: Callable[[], bool] = lambda: True
    logs: Logs = "served"
    consent: bool = False
    answers: Answers = field(default_factory=Answers)


def watch_project(project: Project, emit: Emit, watched: Watched) -> Project | None:
    """Watch until Ctrl-C, or until the environment is taken down: None then.

    The project as it is by then where it is not for us to watch any more. Raises NotRunning, SyncHalted.
    """
    observed = project.observe()
    if not any(observed.running(name) for name in project.checkout.process_names()):
        name = project.checkout.environment.name
        raise NotRunning(f"no process of {name} runs", hint="start the environment with `devenv up`")
    if cold := project.checkout.environment.cold:
        emit(Notice(f"reloads are cold: {cold}"))
    try:
        current: Project | None = project
        while current is not None and watched.holds():
            current = _Watch(current, emit, watched).run(catches_up=current is project)
    except KeyboardInterrupt:
        emit(Notice("stopped watching; the containers go on", "`devenv stop` or `devenv down` ends them"))
        return None
    return current


class _Watch:
    """One configuration being watched; another configuration is another watch."""

    def __init__(self, project: Project, emit: Emit, watched: Watched) -> None:
        self._project = project
        self._emit = emit
        self._watched = watched
        self._refused = ""  # what was told of the edit that is not followed
        self._is_rejected = False  # the last look at devenv.yaml found a mistake
        self._question = Question(watched.answers)
        self._clock = project.machine.clock
        self._inbox: SimpleQueue[object] = SimpleQueue()
        self._logs = LogFollower(project, watched.logs, emit)
        self._known: set[str] = set()
        files = (*project.checkout.files, project.checkout.folder)
        self._files = FilesWatcher(files, lambda: self._inbox.put(ConfigTouched()))
        self._packages = Packages(self._inbox.put, emit)
        self._jobs = DueJobs(project, self._inbox.put, emit)
        self._due: dict[type, float] = {}  # when to act on touched config files, on containers that died

    def run(self, *, catches_up: bool) -> Project | None:
        """Until devenv.yaml describes something else: the project then; None when the environment is gone.

        catches_up: what changed while nobody watched is done first.
        """
        checkout = self._project.checkout
        self._emit(Notice(f"watching {checkout.app_folder}; Ctrl-C ends the watching"))
        with (
            _running(self._project, self._tell, self._inbox, self._jobs, consent=self._watched.consent),
            EngineFollower(self._project, self._inbox.put),
            self._files,
        ):
            # As far as anyone knows: nobody looked until now.
            self._inbox.put(ConfigTouched())
            self._inbox.put(JobsTouched())
            try:
                return (self._caught_up() if catches_up else None) or self._loop()
            finally:
                self._packages.end()

    def _tell(self, event: Event) -> None:
        self._logs.hear(event)
        self._emit(event)

    def _loop(self) -> Project | None:
        while True:
            due = self._next()
            changed = None
            if due is ConfigTouched or (due is ContainerEvent and self._refused):
                changed = self._reconfigured()
            elif due is RebuildWanted:
                changed = self._rebuilt()
            elif due is JobsTouched and not self._packages.is_building:  # else they run from that image
                self._jobs.run(self._project)
            elif due is ModelsTouched:
                self._jobs.look_at_models(self._project)
            if changed is not None:
                return changed
            if due is ContainerEvent and self._is_gone():
                return None

    def _next(self) -> type:
        """Note what comes until something is due: the kind of it."""
        while True:
            now = self._clock.monotonic()
            for kind, moment in self._due.items():
                if moment <= now:
                    del self._due[kind]
                    return kind
            soonest = min(self._due.values(), default=None)
            timeout = None if soonest is None else soonest - now
            if sys.platform == "win32":
                timeout = min(timeout or WINDOWS_WAKE_SECONDS, WINDOWS_WAKE_SECONDS)
            try:
                self._note(self._inbox.get(timeout=timeout))
            except Empty:
                continue

    def _note(self, item: object) -> None:
        now = self._clock.monotonic()
        match item:
            case SessionEnded(error) if error is not None:
                raise error
            case RebuildWanted(rule, paths):
                self._emit(Notice(f"{rule}: building the image anew, because {', '.join(paths[:3])} changed"))
                self._due[RebuildWanted] = now
            case ContainerEvent():
                self._note_container(item, now)
            case ConfigTouched() | JobsTouched() | ModelsTouched():
                self._due[type(item)] = now + DELAYS[type(item)]
            case Answered():
                self._note_answer(item, now)
            case ImageBuilt():
                self._packages.finish(self._project, item)
            case EngineGone(reason):
                self._emit(Notice(f"the engine went away ({reason}); waiting for it"))
            case EngineFollowed(again):
                if again:
                    self._emit(Notice("the engine is back"))
                self._due[ContainerEvent] = now + SETTLE_SECONDS

    def _note_container(self, event: ContainerEvent, now: float) -> None:
        self._logs.note(event)
        if event.action == "oom":
            self._emit(out_of_memory(self._project.checkout, event.service))
        elif event.action in {"die", "destroy"}:
            self._due[ContainerEvent] = now + SETTLE_SECONDS

    def _note_answer(self, answer: Answered, now: float) -> None:
        if self._question.hear(answer):
            self._due[ConfigTouched] = now
        elif self._refused:
            self._emit(Notice("not done; the last good one stays in force"))

    def _reconfigured(self) -> Project | None:
        """Follow an edit: the project as it is now, None where nothing is different or the edit is bad."""
        before, checkout = self._project.checkout, self._read()
        if checkout is None:
            return None
        refused, self._refused = self._refused, ""
        if _is_same(before, checkout):
            if refused or self._is_rejected:
                self._emit(Notice("devenv.yaml is followed again: nothing in it differs"))
            self._is_rejected = False
            self._question.close()
            self._project = replace(self._project, checkout=checkout)
            return self._written_anew()
        attempt = self._packages.follow(self._project, checkout)
        if attempt is Attempt.DONE:
            self._project = replace(self._project, checkout=checkout)
            self._files.watch(checkout.files)
        if attempt is not Attempt.IMAGE:
            return None
        try:
            options = UpOptions(agree=self._question.agree)
            return bring_up(checkout, self._project.machine, options, self._emit, while_watching=True)
        except DevenvError as error:
            if isinstance(error, Refused):
                self._question.ask(self._inbox.put)
            self._refused = f"{error.summary}\n{error.details}"
            if self._refused != refused:
                self._emit(Failed.by(error))
            return None

    def _read(self) -> Checkout | None:
        """The files as they are now; None where they are not valid, which is told, or may be half a save."""
        known, began_ns = self._project.checkout, time.time_ns()
        try:
            checkout = load_checkout(known.file, known.choice, known.terms).named(known.chosen_name)
            if self._waits_for(checkout.files, began_ns):
                return None
            keep_terms(checkout)
            return checkout
        except ConfigError as error:
            files = tuple(map(Path, error.files))
            self._files.watch(files)
            if self._waits_for(files, began_ns):
                return None
            self._is_rejected = True
            self._emit(ConfigRejected(f"{error.summary}\n{error.details}"))
        except DevenvError as error:  # such as a layer that cannot be fetched
            self._emit(Failed.by(error))
        self._refused = ""
        return None

    def _waits_for(self, files: Iterable[Path], began_ns: int) -> bool:
        """Whether a file may have been read in the middle of a save, as one that is emptied first.

        It is read again when it rests. began_ns: of the wall clock, before the reading.
        """
        is_young = written_since(files, began_ns - int(WRITTEN_SECONDS * 1e9))
        if is_young:
            self._due[ConfigTouched] = self._clock.monotonic() + WRITTEN_SECONDS
        return is_young

    def _written_anew(self) -> Project | None:
        """Bring back a deleted `.devenv/`; the project then, since the lock went with it."""
        project = self._project
        if (project.checkout.folder / "compose.yaml").exists():
            return None
        with locked(project.checkout, project.machine, self._emit):
            write_compiled(
                project.checkout, project.machine.environ, self._emit, assignments=project.assigned
            )
        self._emit(Notice(".devenv/ was deleted: it is written anew; the containers go on"))
        return project

    def _caught_up(self) -> Project | None:
        """Where packages are not those that are asked for: an install was cut short, or nobody watched."""
        checkout = self._project.checkout
        try:
            observed = self._project.observe()
        except EngineUnavailable:
            return None  # the engine is followed: it is told, and waited for
        running = [found for name in checkout.process_names() if (found := observed.running(name))]
        if all(each.build_hash == checkout.compiled.build_hash for each in running):
            return None
        return self._brought_up(UpOptions(only=tuple(each.service for each in running)))

    def _rebuilt(self) -> Project | None:
        """The image as it is built now, and the containers from it."""
        return self._brought_up(UpOptions(build=True))

    def _brought_up(self, options: UpOptions) -> Project | None:
        try:
            checkout, machine = self._project.checkout, self._project.machine
            return bring_up(checkout, machine, options, self._emit, while_watching=True)
        except DevenvError as error:
            self._emit(Failed.by(error))
            return None

    def _is_gone(self) -> bool:
        """Bring back what died unasked; whether all containers were removed, which ends the watching."""
        try:
            return not bring_back_the_dead(self._project, self._emit, self._known)
        except EngineUnavailable:
            self._due[ContainerEvent] = self._clock.monotonic() + SETTLE_SECONDS
        except DevenvError as error:
            self._emit(Failed.by(error))
        return False


def served_processes(checkout: Checkout) -> tuple[str, ...]:
    """Whose answer makes a save served: the processes with a port, else all."""
    processes = [each for each in checkout.compiled.services if each.role is Role.PROCESS]
    return tuple(each.name for each in processes if each.ports) or checkout.process_names()


def _is_same(before: Checkout, after: Checkout) -> bool:
    """Whether only lines moved: comments, order, blank lines, a value from one layer to another."""
    environment = replace(after.environment, origins=before.environment.origins)
    return (before.files, before.environment, before.compiled) == (after.files, environment, after.compiled)


@contextmanager
def _running(
    project: Project, emit: Emit, inbox: SimpleQueue[object], jobs: DueJobs, *, consent: bool
) -> Iterator[None]:
    """The sync session in a thread of its own; SessionEnded comes into the inbox when it is over."""
    rules = RuleRunner(project, emit, inbox.put)

    def tell(event: Event) -> None:
        emit(event)
        rules.hear(event)
        jobs.hear(event)

    session = session_of(
        project, tell, consent=consent, noticed=rules.notice, served=served_processes(project.checkout)
    )

    def run() -> None:
        try:
            session.run()
        except BaseException as error:  # handed to the loop, which raises it
            inbox.put(SessionEnded(error))
        else:
            inbox.put(SessionEnded(None))

    jobs.is_settled = lambda: session.is_settled
    thread = threading.Thread(target=run, name="devenv-sync", daemon=True)
    thread.start()
    rules.start(session.tell)
    try:
        with head_followed(project, emit, wake=session.wake, is_settled=jobs.is_settled):
            yield
    finally:
        rules.stop()
        session.stop()
        thread.join(timeout=2)
