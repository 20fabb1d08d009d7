"""Start containers as soon as what they depend on is ready, and see to it that they come up.

Compose could do it, but it looks each half second, relies on the engine's own health checks (a probe each
5 s while a container starts, on engines from 25 on), and waits for ever on one that crashes and is restarted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from devenv.clock import Clock
from devenv.compiler.compiled import CompiledProject, CompiledService, Role
from devenv.engine.beside import Beside
from devenv.engine.client import Engine, Health, HealthProbe
from devenv.engine.followed_log import FollowedLog
from devenv.engine.judge import current_container
from devenv.engine.observed import ObservedContainer, ObservedProject, observe_containers
from devenv.engine.readiness import Progress, Readiness, readiness
from devenv.engine.step import Action, Step
from devenv.errors import Failure, NotRunning, PortTaken, StartFailed
from devenv.events import Emit, OutputLine, StepFinished, Waiting

POLL_SECONDS = 0.05
PROBE_INTERVAL_SECONDS = 0.3
PROBE_TIMEOUT_SECONDS = 5.0
CRASHES_UNTIL_FAILED = 3
SETTLE_SECONDS = 0.5  # a service without a health check has this long to show that it does not crash at once
LOG_LINES = 30
READ_LINES = 300  # the cause of a failure may be far above its last line
_PORT_TAKEN = re.compile(r"port is already allocated|address already in use|ports are not available", re.I)
_WHICH_PORT = re.compile(r"(?:bind for|exposing port tcp|listen tcp[46]?) \S*:(\d+)", re.I)


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """Where a plan is executed: one project on one engine, told to one listener.

    `before_jobs`: what is done, beside the start of services, before the first job starts.
    `is_due`: asked of each job when its turn comes; false where it ran since the plan was made.
    `on_data`: takes and tells a step on the data of a database that runs.
    """

    compiled: CompiledProject
    project_name: str
    engine: Engine
    emit: Emit
    clock: Clock
    before_jobs: Callable[[], None] | None = None
    is_due: Callable[[Step], bool] = lambda _: True
    on_data: Callable[[Step], None] = lambda _: None


class Startup:
    """The containers of one plan on their way up; and those (`ready`) that are waited for in any case."""

    def __init__(self, steps: Mapping[str, Step], room: Room, ready: frozenset[str] = frozenset()) -> None:
        self._room = room
        self._steps = steps
        self._began = room.clock.monotonic()
        services = room.compiled.services
        self._pending = {service.name: service for service in services if service.name in steps}
        wanted = {name for service in self._pending.values() for name in service.depends_on} | ready
        # What runs already and is waited for: nobody starts it here, but it may not be ready yet.
        self._underway = {name: room.compiled.service(name) for name in wanted - self._pending.keys()}
        self._by_health = {
            name
            for service in self._pending.values()
            for name, condition in service.depends_on.items()
            if condition == "service_healthy"
        }
        self._probes: dict[str, tuple[float, HealthProbe]] = {}
        self._logs: dict[str, FollowedLog] = {}
        self._crashes: dict[str, int] = {}
        self._crashes_before: dict[str, int] = {}
        self._steady_since: dict[str, float] = {}
        self._told = ""
        self._beside = Beside(None)

    def run(self) -> None:
        """Return when all are ready. Raises StartFailed for the first that cannot be."""
        has_jobs = any(service.role is Role.JOB for service in self._pending.values())
        with Beside(self._room.before_jobs if has_jobs else None) as self._beside:
            self._run()

    def _run(self) -> None:
        while self._pending or self._underway:
            jobs_may = self._beside.is_done()  # before the look: it may have made containers anew
            observed = self._observe()
            waiting = [
                text for service in [*self._underway.values()] if (text := self._look(service, observed))
            ]
            may = [each for each in self._pending.values() if self._may_start(each, jobs_may=jobs_may)]
            self._start(may, observed)
            if waiting:
                self._tell("; ".join(waiting))
            if self._pending or self._underway:
                self._room.clock.sleep(POLL_SECONDS)

    def _observe(self) -> Mapping[str, ObservedContainer]:
        room = self._room
        containers = observe_containers(room.engine, room.project_name)
        observed = ObservedProject(project_name=room.project_name, containers=containers)
        current = {service.name: current_container(service, observed) for service in room.compiled.services}
        return {name: container for name, container in current.items() if container}

    def _look(self, service: CompiledService, observed: Mapping[str, ObservedContainer]) -> str:
        """What is still waited for, "" when it is ready. Raises StartFailed."""
        container = observed.get(service.name)
        if container is None:
            raise StartFailed(f"{service.name} was removed while it started", hint="run `devenv up` again")
        self._show_log(service.name)
        found = readiness(service, container, by_health=service.name in self._by_health)
        if service.role is Role.SERVICE and found.progress is not Progress.FAILED:
            found = self._with_crashes(service, container, found)
        if found.progress is Progress.FAILED:
            raise self._failure(service, container, found)
        if found.progress is Progress.READY or self._passes_now(container, found):
            self._finish(service.name)
            return ""
        return f"{service.name} {found.text}"

    def _with_crashes(
        self, service: CompiledService, container: ObservedContainer, found: Readiness
    ) -> Readiness:
        """The list shows a container that crashes as running most of the time; the engine's count tells."""
        name, now = service.name, self._room.clock.monotonic()
        count = self._room.engine.restart_count(container.container_id)
        # A start sets the count to 0; what was not started here may have crashed last week.
        crashes = count - self._crashes_before.setdefault(name, 0 if name in self._steps else count)
        if crashes != self._crashes.get(name, 0):
            self._crashes[name] = crashes
            self._steady_since[name] = now
        if crashes >= CRASHES_UNTIL_FAILED:
            return Readiness(Progress.FAILED, "crashes again and again")
        unproven = found.progress is Progress.READY and container.health is Health.NONE
        if unproven and now - self._steady_since.get(name, now - SETTLE_SECONDS) < SETTLE_SECONDS:
            return Readiness(Progress.UNDERWAY, "is starting")
        return found

    def _passes_now(self, container: ObservedContainer, found: Readiness) -> bool:
        """Ask the health check ourselves, more often than the engine does."""
        if container.health is not Health.STARTING or found.progress is not Progress.UNDERWAY:
            return False
        now = self._room.clock.monotonic()
        asked = self._probes.get(container.service)
        if asked and now - asked[0] < PROBE_INTERVAL_SECONDS:
            return False
        try:
            probe = self._room.engine.probe_health(container.container_id, PROBE_TIMEOUT_SECONDS)
        except NotRunning:
            return False  # it ended just now; the next look tells how
        self._probes[container.service] = (self._room.clock.monotonic(), probe)
        return probe.passed

    def _may_start(self, service: CompiledService, *, jobs_may: bool) -> bool:
        waits_for = self._pending.keys() | {
            name
            for name, condition in service.depends_on.items()
            if name in self._underway and condition != "service_started"
        }
        if any(name in waits_for for name in service.depends_on):
            return False
        return service.role is not Role.JOB or jobs_may

    def _start(self, batch: list[CompiledService], observed: Mapping[str, ObservedContainer]) -> None:
        if not batch:
            return
        due = [each for each in batch if self._is_due(each)]
        with ThreadPoolExecutor(max_workers=len(batch)) as pool:
            list(pool.map(lambda service: self._start_one(service, observed.get(service.name)), due))
        for service in batch:
            del self._pending[service.name]
            self._underway[service.name] = service
            self._steady_since[service.name] = self._room.clock.monotonic()
            if service.role is Role.JOB and service in due:
                self._logs[service.name] = FollowedLog(self._room.engine, observed[service.name].container_id)

    def _is_due(self, service: CompiledService) -> bool:
        return service.role is not Role.JOB or self._room.is_due(self._steps[service.name])

    def _start_one(self, service: CompiledService, container: ObservedContainer | None) -> None:
        if container is None:
            raise StartFailed(f"{service.name} has no container", hint="run `devenv up` again")
        engine = self._room.engine
        act = engine.restart if self._steps[service.name].action is Action.RESTART else engine.start
        try:
            act(container.container_id)
        except StartFailed as error:
            if _PORT_TAKEN.search(error.details):
                self._room.engine.remove(container.container_id)  # it was made for this port, and never ran
                raise _port_taken(service.name, error.details) from error
            failure = Failure(subject=service.name, log=error.details)
            raise StartFailed(
                f"{service.name} cannot start", details=error.details, failure=failure
            ) from error

    def _finish(self, name: str) -> None:
        self._show_log(name, ended=True)
        del self._underway[name]
        if step := self._steps.get(name):
            self._room.emit(StepFinished(str(step), self._room.clock.monotonic() - self._began))

    def _show_log(self, name: str, *, ended: bool = False) -> None:
        if log := self._logs.get(name):
            for line in log.last_lines() if ended else log.new_lines():
                self._room.emit(OutputLine(name, line))

    def _tell(self, text: str) -> None:
        if text != self._told:
            self._told = text
            self._room.emit(Waiting(text))

    def _failure(
        self, service: CompiledService, container: ObservedContainer, found: Readiness
    ) -> StartFailed:
        # The run that is told of may be over, and the next one have said nothing yet.
        is_one_run = service.name not in self._crashes
        lines = [*self._room.engine.log_lines(container.container_id, READ_LINES, of_last_run=is_one_run)]
        if service.name in self._probes:
            lines.append(f"health check: {self._probes[service.name][1].output}")
        return StartFailed(
            f"{service.name} {found.text}",
            details="\n".join(lines[-LOG_LINES:]),
            failure=Failure(subject=service.name, log="\n".join(lines), exit_code=container.exit_code),
            hint=f"correct the cause and run `devenv up` again; the whole log: `devenv logs {service.name}`",
        )


def _port_taken(service: str, said: str) -> PortTaken:
    taken = PortTaken(
        f"a port of {service} was taken by another program just now",
        details=said,
        hint="run `devenv up` again to get another port",
    )
    which = _WHICH_PORT.search(said)
    taken.port = int(which[1]) if which else None
    return taken
