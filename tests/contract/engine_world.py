"""Small projects whose containers behave as told, on a real engine or in memory.

The suite in test_engine.py is written against `World`; what holds on one engine must hold on the other.
"""

# ruff: noqa: ARG002 - what stands for the engine takes all that the engine needs

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

from devenv.clock import Clock
from devenv.compiler.compiled import (
    Assignments,
    CompiledProject,
    CompiledService,
    Label,
    Role,
    WantedSettings,
)
from devenv.config.environment import Origin
from devenv.engine.client import (
    ByteStream,
    ContainerFacts,
    ContainerSettings,
    DiskUsage,
    Engine,
    EngineVersions,
    EventStream,
    ExecResult,
    Health,
    HealthProbe,
    ImageFacts,
    RegistryAnswer,
    State,
    VolumeFacts,
)
from devenv.engine.compose_door import Compose
from devenv.engine.execute import execute, execute_down
from devenv.engine.observed import COMPOSE_PROJECT, COMPOSE_SERVICE, ObservedProject, observe_project
from devenv.engine.plan import UpOptions, plan_up
from devenv.engine.startup import Room
from devenv.engine.step import Plan
from devenv.errors import BuildFailed, NotRunning, StartFailed
from devenv.events import Emit, Event

BASE_IMAGE = "debian:trixie-slim"
RESTART = "unless-stopped"
APP_IMAGE = "devenv/${COMPOSE_PROJECT_NAME}:dev"


class Behaviour(Enum):
    """What a container does, as a shell command and as the engine in memory plays it."""

    SERVES = "sleep 0.5; touch /tmp/up; exec sleep infinity"
    NEVER_HEALTHY = "echo listening on nothing; exec sleep infinity "
    RUNS = "exec sleep infinity"
    SUCCEEDS = "echo one; echo two"
    FAILS = "echo no such table; exit 3"
    CRASHES = "echo cannot bind; exit 1"


HEALTH_CHECKS = {
    Behaviour.SERVES: {"test": ["CMD-SHELL", "test -f /tmp/up"], "interval": "60s", "start_period": "60s"},
    Behaviour.NEVER_HEALTHY: {"test": ["CMD-SHELL", "echo refused; exit 1"], "interval": "1s", "retries": 2},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """One service of a project. `value` stands for its configuration: another value, another container."""

    name: str
    role: Role
    behaviour: Behaviour
    depends_on: Mapping[str, str] = field(default_factory=dict)
    value: str = "1"


DB = Piece(name="db", role=Role.SERVICE, behaviour=Behaviour.SERVES)
MIGRATE = Piece(
    name="migrate",
    role=Role.JOB,
    behaviour=Behaviour.SUCCEEDS,
    depends_on={"db": "service_healthy"},
)
WEB = Piece(
    name="web",
    role=Role.PROCESS,
    behaviour=Behaviour.RUNS,
    depends_on={"db": "service_healthy", "migrate": "service_completed_successfully"},
)
WORKER = Piece(
    name="worker", role=Role.PROCESS, behaviour=Behaviour.RUNS, depends_on={"db": "service_healthy"}
)
PIECES = (DB, MIGRATE, WEB, WORKER)


def compile_pieces(name: str, pieces: Sequence[Piece], packages: str = "") -> CompiledProject:
    """What the compiler would yield for them."""
    dockerfile = f"FROM {BASE_IMAGE} AS dev\nRUN echo {packages} > /packages\n"
    services = tuple(_compiled(piece) for piece in pieces)
    build_hash = f"build {packages}"
    content = {
        "name": name,
        "services": {
            piece.name: _body(piece, service, build_hash)
            for piece, service in zip(pieces, services, strict=True)
        },
        "volumes": {"data": {}},
    }
    return CompiledProject(
        name=name,
        files={  # JSON is YAML, and made in no time
            "compose.yaml": json.dumps(content),
            "Dockerfile": dockerfile,
        },
        services=services,
        build_hash=build_hash,
        build_inputs={"app.system_packages": packages},
    )


def _compiled(piece: Piece) -> CompiledService:
    built = piece.role is not Role.SERVICE
    return CompiledService(
        name=piece.name,
        role=piece.role,
        image=APP_IMAGE if built else BASE_IMAGE,
        built=built,
        config_hash=f"{piece.behaviour.name} {piece.value}",
        inputs={f"{piece.name}.value": piece.value},
        depends_on=piece.depends_on,
        has_health_check=piece.behaviour in HEALTH_CHECKS,
        wanted=WantedSettings(memory_bytes=0, cpus=0, restart="no" if piece.role is Role.JOB else RESTART),
    )


def _body(piece: Piece, service: CompiledService, build_hash: str) -> dict[str, object]:
    labels = {
        Label.ROLE: piece.role.value,
        Label.CONFIG_HASH: service.config_hash,
        Label.INPUTS: json.dumps(dict(service.inputs)),
    }
    build = {"context": ".", "target": "dev", "labels": {Label.BUILD_HASH: build_hash}}
    body: dict[str, object] = {
        "image": service.image,
        "command": ["sh", "-c", piece.behaviour.value],
        "stop_signal": "SIGKILL",
        "labels": labels | ({Label.BUILD_HASH: build_hash} if service.built else {}),
        "depends_on": {name: {"condition": condition} for name, condition in piece.depends_on.items()},
        "restart": "no" if piece.role is Role.JOB else RESTART,
    }
    if service.built:
        body |= {"build": build}
    if piece.role is Role.SERVICE:
        body |= {"volumes": ["data:/data"]}
    if piece.behaviour in HEALTH_CHECKS:
        body |= {"healthcheck": HEALTH_CHECKS[piece.behaviour]}
    return body


class CountedCompose:
    """Passes calls on and remembers their names."""

    def __init__(self, compose: Compose) -> None:
        self._compose = compose
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        def call(*arguments: Any, **options: Any) -> None:
            self.calls.append(name)
            getattr(self._compose, name)(*arguments, **options)

        return call


class World(Protocol):
    """One project on one engine."""

    name: str
    engine: Engine
    clock: Clock

    def compose(self, compiled: CompiledProject) -> Compose:
        """Compose with the project's files in place."""
        ...


@dataclass
class Run:
    """What happened in one execution."""

    plan: Plan
    compose_calls: list[str]
    events: list[Event]


class Project:
    """A project in a world, with the few verbs that the tests speak."""

    def __init__(self, world: World) -> None:
        self.world = world

    def compiled(self, pieces: Sequence[Piece], packages: str = "") -> CompiledProject:
        return compile_pieces(self.world.name, pieces, packages)

    def observe(self, compiled: CompiledProject) -> ObservedProject:
        return observe_project(self.world.engine, self.world.name, compiled)

    def plan(self, compiled: CompiledProject, options: UpOptions | None = None) -> Plan:
        nothing_moved = Assignments(project_name=self.world.name, ports={}, wanted={})
        return plan_up(
            compiled,
            self.observe(compiled),
            nothing_moved,
            options=options or UpOptions(),
            origin_of=lambda _: Origin("devenv.yaml", 1, 1),
        )

    def execute(self, plan: Plan, compiled: CompiledProject, on_event: Emit | None = None) -> Run:
        compose = CountedCompose(self.world.compose(compiled))
        run = Run(plan, compose.calls, [])

        def emit(event: Event) -> None:
            run.events.append(event)
            if on_event:
                on_event(event)

        execute(plan, compose, self.room(compiled, emit))
        return run

    def up(self, *pieces: Piece, packages: str = "", on_event: Emit | None = None) -> Run:
        compiled = self.compiled(pieces, packages)
        return self.execute(self.plan(compiled), compiled, on_event)

    def down(self, plan: Plan, compiled: CompiledProject) -> None:
        execute_down(plan, self.world.compose(compiled), self.room(compiled, lambda _: None))

    def room(self, compiled: CompiledProject, emit: Emit) -> Room:
        return Room(
            compiled=compiled,
            project_name=self.world.name,
            engine=self.world.engine,
            emit=emit,
            clock=self.world.clock,
        )

    def ids(self, *pieces: Piece) -> dict[str, str]:
        """Container ids by service."""
        observed = self.observe(self.compiled(pieces or PIECES))
        return {container.service: container.container_id for container in observed.containers}

    def states(self) -> dict[str, State]:
        observed = self.observe(self.compiled(PIECES))
        return {container.service: container.state for container in observed.containers}

    def wait_until_stopped(self, *names: str) -> None:
        """The engine's list says that a container ended a moment after the call that ended it."""
        while any(self.states()[name] is State.RUNNING for name in names):
            self.world.clock.sleep(0.02)


class MemoryClock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self._now = 0.0

    def monotonic(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds


@dataclass
class MemoryContainer:
    """A container of the engine in memory. `looks`: how often it was listed since its start."""

    facts: ContainerFacts
    behaviour: Behaviour
    looks: int = 0
    settings: ContainerSettings = field(default_factory=lambda: ContainerSettings(restart=RESTART))
    restarts: int = 0


class MemoryEngine:
    """An engine whose containers move on each time somebody looks; knows what the suite uses."""

    def __init__(self) -> None:
        self.by_id: dict[str, MemoryContainer] = {}
        self.image_list: list[ImageFacts] = [ImageFacts(image_id="base", names=(BASE_IMAGE,), labels={})]
        self.volume_list: list[VolumeFacts] = []
        self._numbers = itertools.count(1)

    def containers(self, labels: Sequence[str]) -> tuple[ContainerFacts, ...]:
        for container in self.by_id.values():
            self._move_on(container)
        return tuple(
            container.facts for container in self.by_id.values() if _carries(container.facts.labels, labels)
        )

    def images(self, references: Sequence[str]) -> tuple[ImageFacts, ...]:
        return tuple(image for image in self.image_list if set(image.names) & set(references))

    def labelled_images(self, labels: Sequence[str]) -> tuple[ImageFacts, ...]:
        return tuple(image for image in self.image_list if _carries(image.labels, labels))

    def volumes(self, labels: Sequence[str]) -> tuple[VolumeFacts, ...]:
        return tuple(volume for volume in self.volume_list if _carries(volume.labels, labels))

    def settings(self, container_id: str) -> ContainerSettings:
        return self._get(container_id).settings

    def restart_count(self, container_id: str) -> int:
        return self._get(container_id).restarts

    def probe_health(self, container_id: str, timeout_seconds: float) -> HealthProbe:
        container = self._get(container_id)
        passed = container.behaviour is Behaviour.SERVES and container.looks > 2
        return HealthProbe(passed=passed, output="" if passed else "refused")

    def log_lines(self, container_id: str, tail: int, *, of_last_run: bool = True) -> tuple[str, ...]:
        words = self._get(container_id).behaviour.value.split("; ")
        return tuple(word.removeprefix("echo ") for word in words if word.startswith("echo "))[-tail:]

    def follow_log(self, container_id: str, *, from_now: bool = False) -> Iterator[str]:
        return iter(self.log_lines(container_id, 1000))

    def start(self, container_id: str) -> None:
        container = self._get(container_id)
        if container.facts.state is not State.RUNNING:
            container.looks = 0
            health = Health.STARTING if container.behaviour in HEALTH_CHECKS else Health.NONE
            self._change(container, state=State.RUNNING, health=health, exit_code=None)

    def stop(self, container_id: str) -> None:
        container = self._get(container_id)
        if container.facts.state is State.RUNNING:
            self._change(container, state=State.EXITED, health=Health.NONE, exit_code=137)

    def kill(self, container_id: str) -> None:
        if self._get(container_id).facts.state is not State.RUNNING:
            raise NotRunning("it does not run")
        self.stop(container_id)

    def restart(self, container_id: str) -> None:
        self.stop(container_id)
        self.start(container_id)

    def remove(self, container_id: str) -> None:
        self.by_id.pop(container_id, None)

    def remove_networks(self, labels: Sequence[str]) -> None:
        return

    def remove_image(self, image_id: str) -> None:
        used = {container.facts.image_id for container in self.by_id.values()}
        if image_id not in used:
            self.image_list = [image for image in self.image_list if image.image_id != image_id]

    def remove_volume(self, name: str) -> None:
        self.volume_list = [volume for volume in self.volume_list if volume.name != name]

    def exec(
        self,
        container_id: str,
        argv: Sequence[str],
        *,
        user: str | None = None,
        timeout_seconds: float | None = None,
    ) -> ExecResult:
        raise NotImplementedError

    def open_exec_stream(self, container_id: str, argv: Sequence[str], user: str | None = None) -> ByteStream:
        raise NotImplementedError

    def events(self, labels: Sequence[str]) -> EventStream:
        raise NotImplementedError

    def versions(self) -> EngineVersions:
        return EngineVersions(engine="26.1.5", api="1.45", system="memory/none")

    def disk_usage(self) -> DiskUsage:
        return DiskUsage(images_bytes=0, containers_bytes=0, volumes_bytes=0, build_cache_bytes=0)

    def resolve(self, reference: str) -> RegistryAnswer:
        return RegistryAnswer(problem="manifest unknown")

    def close(self) -> None:
        return

    def make(
        self, project: str, piece: Behaviour, service: CompiledService, labels: Mapping[str, str]
    ) -> None:
        number = next(self._numbers)
        image = service.image.replace("${COMPOSE_PROJECT_NAME}", project)
        found = self.images([image])
        if not found:
            raise StartFailed(f"no image {image}")
        facts = ContainerFacts(
            container_id=f"{service.name}-{number}",
            name=f"{project}-{service.name}-1",
            image=image,
            image_id=found[0].image_id,
            state=State.CREATED,
            labels={COMPOSE_PROJECT: project, COMPOSE_SERVICE: service.name, **labels},
            created=number,
        )
        self.by_id[facts.container_id] = MemoryContainer(facts, piece)

    def _get(self, container_id: str) -> MemoryContainer:
        if container_id not in self.by_id:
            raise NotRunning("no such container")
        return self.by_id[container_id]

    def _move_on(self, container: MemoryContainer) -> None:
        if container.facts.state not in {State.RUNNING, State.RESTARTING}:
            return
        container.looks += 1
        if container.looks < 2:
            return
        match container.behaviour:
            case Behaviour.SUCCEEDS:
                self._change(container, state=State.EXITED, exit_code=0)
            case Behaviour.FAILS:
                self._change(container, state=State.EXITED, exit_code=3)
            case Behaviour.CRASHES:
                container.restarts += 1
                self._change(container, state=State.RESTARTING, exit_code=1)
            case Behaviour.NEVER_HEALTHY:
                self._change(container, health=Health.UNHEALTHY)

    def _change(self, container: MemoryContainer, **changes: object) -> None:
        container.facts = replace(container.facts, **changes)  # type: ignore[arg-type]


class MemoryCompose:
    """Compose for the engine in memory."""

    def __init__(self, engine: MemoryEngine, project: str, compiled: CompiledProject) -> None:
        self._engine = engine
        self._project = project
        self._compiled = compiled

    def build(self, emit: Emit, *, fresh: bool = False) -> None:
        name = APP_IMAGE.replace("${COMPOSE_PROJECT_NAME}", self._project)
        self._engine.image_list = [image for image in self._engine.image_list if name not in image.names]
        labels = {Label.BUILD_HASH: self._compiled.build_hash}
        image_id = f"built by {self._compiled.build_hash}"
        self._engine.image_list.append(ImageFacts(image_id=image_id, names=(name,), labels=labels))

    def fetch(self, image: str, emit: Emit) -> None:
        raise BuildFailed(f"there is no {image}")

    def pull(self, services: Sequence[str], emit: Emit) -> None:
        raise StartFailed(f"no image for {', '.join(services)}")

    def create(self, services: Sequence[str], emit: Emit) -> None:
        content = json.loads(self._compiled.files["compose.yaml"])["services"]
        for name in services:
            for facts in self._of(name):
                self._engine.remove(facts.container_id)
            behaviour = Behaviour(content[name]["command"][2])
            labels = content[name]["labels"]
            self._engine.make(self._project, behaviour, self._compiled.service(name), labels)
        if not self._engine.volume_list:
            labels = {COMPOSE_PROJECT: self._project}
            self._engine.volume_list.append(VolumeFacts(name=f"{self._project}_data", labels=labels))

    def stop(self, services: Sequence[str], emit: Emit) -> None:
        for name in services:
            for facts in self._of(name):
                self._engine.stop(facts.container_id)

    def down(self, emit: Emit, *, volumes: bool = False) -> None:
        self._engine.by_id.clear()
        if volumes:
            self._engine.volume_list.clear()

    def _of(self, service: str) -> list[ContainerFacts]:
        labels = [f"{COMPOSE_PROJECT}={self._project}", f"{COMPOSE_SERVICE}={service}"]
        return list(self._engine.containers(labels))


def _carries(labels: Mapping[str, str], wanted: Sequence[str]) -> bool:
    return all(
        labels.get(key) == value if equals else key in labels
        for key, equals, value in (label.partition("=") for label in wanted)
    )


class MemoryWorld:
    """A project on the engine in memory."""

    def __init__(self) -> None:
        self.name = "dvt-engine-memory"
        self._engine = MemoryEngine()
        self.engine: Engine = self._engine
        self.clock: Clock = MemoryClock()

    def compose(self, compiled: CompiledProject) -> Compose:
        return MemoryCompose(self._engine, self.name, compiled)


class RealWorld:
    """A project on the machine's engine, in a folder of its own."""

    def __init__(
        self, name: str, folder: Path, engine: Engine, clock: Clock, compose: Callable[[Path, str], Compose]
    ) -> None:
        self.name = name
        self.engine = engine
        self.clock = clock
        self._folder = folder
        self._compose = compose

    def compose(self, compiled: CompiledProject) -> Compose:
        for path, text in compiled.files.items():
            (self._folder / path).write_text(text)
        return self._compose(self._folder, self.name)

    def remove_all(self) -> None:
        """Containers, networks, volumes and the image of the project."""
        compose = self._compose(self._folder, self.name)
        if (self._folder / "compose.yaml").exists():
            compose.down(lambda _: None, volumes=True)
        image = APP_IMAGE.replace("${COMPOSE_PROJECT_NAME}", self.name)
        subprocess.run(["docker", "image", "rm", "-f", image], capture_output=True, check=False)
