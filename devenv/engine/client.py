"""What devenv asks of a container engine, as values and one protocol; no I/O.

DockerEngine (docker_door) is the real one, the tests have one in memory, UnavailableEngine none at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class State(StrEnum):
    """What the engine says of a container."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    RESTARTING = "restarting"
    EXITED = "exited"
    REMOVING = "removing"
    DEAD = "dead"


class Health(StrEnum):
    """What the health check says. NONE: there is no check, or the container does not run."""

    NONE = "none"
    STARTING = "starting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerFacts:
    """One container as the engine lists it.

    `ports`: host port by container port, of a running container (TCP only). `volumes`: the mounted ones by
    the folder they are mounted at. `exit_code`: None while it runs or where it never ran. `created`: seconds
    since the epoch.
    """

    container_id: str
    name: str
    image: str
    image_id: str
    state: State
    labels: Mapping[str, str]
    health: Health = Health.NONE
    exit_code: int | None = None
    ports: Mapping[int, int] = field(default_factory=dict)
    volumes: Mapping[str, str] = field(default_factory=dict)
    created: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerSettings:
    """What `docker update` changes, and what a container was made with. 0: no limit. Units: bytes, CPUs.

    `ports`: on the host by those in the container, 0 for any; also while it is stopped.
    """

    env: Mapping[str, str] = field(default_factory=dict)
    memory_bytes: int = 0
    cpus: float = 0
    restart: str = "no"
    ports: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageFacts:
    """One image as the engine lists it. `names`: tags and digests, "postgres:17"; none when dangling."""

    image_id: str
    names: tuple[str, ...]
    labels: Mapping[str, str]
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class RegistryAnswer:
    """`digest` of what the image's name stands for on all architectures, or "" and the `problem`."""

    digest: str = ""
    problem: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class VolumeFacts:
    """One volume."""

    name: str
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineVersions:
    """`engine` "26.1.5+dfsg1", `api` "1.45", `system` "linux/amd64"."""

    engine: str
    api: str
    system: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DiskUsage:
    """What the engine's store holds. Units: bytes.

    `by_image`, by its id: what removing that image alone would free. `by_volume`: by name, where it is known.
    """

    images_bytes: int
    containers_bytes: int
    volumes_bytes: int
    build_cache_bytes: int
    by_image: Mapping[str, int] = field(default_factory=dict)
    by_volume: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecResult:
    """A command that ended inside a container."""

    exit_code: int
    output: bytes
    errors: bytes


@dataclass(frozen=True, slots=True)
class HealthProbe:
    """The answer of a health check; `output` is what it printed."""

    passed: bool
    output: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerEvent:
    """Something happened to a container of the project.

    `action`: "start", "die", "health_status", "destroy", "oom". `exit_code` with "die", `health` with
    "health_status". `service`: the compose service, "" where there is none.
    """

    action: str
    service: str
    container_id: str
    exit_code: int | None = None
    health: Health = Health.NONE


@dataclass(frozen=True, slots=True)
class EngineGone:
    """The engine closed the stream: it stopped, restarts, or the network to it went away."""

    reason: str


class EventStream(Protocol):
    """Events until `close` is called (from any thread), or until the engine goes: then EngineGone is last."""

    def __iter__(self) -> Iterator[ContainerEvent | EngineGone]: ...

    def close(self) -> None:
        """End the iteration, also one that waits in another thread."""
        ...


class ByteStream(Protocol):
    """A raw duplex connection to a command's stdin and stdout. One thread may send while another receives."""

    def send(self, data: bytes) -> None:
        """Write all of `data`. Raises OSError once the other side is gone."""
        ...

    def recv(self) -> bytes:
        """What arrived, at least one byte; b"" at the end or after `close`."""
        ...

    def close(self) -> None:
        """End both directions; a `recv` that waits in another thread returns b""."""
        ...

    @property
    def errors(self) -> bytes:
        """What the command wrote to stderr until now (the last 64 KiB)."""
        ...


class Engine(Protocol):
    """A container engine. Every method raises EngineUnavailable where no engine answers.

    Methods on one container raise NotRunning when it does not exist (any more), or has to run and does not.
    """

    def containers(self, labels: Sequence[str]) -> tuple[ContainerFacts, ...]:
        """All containers, stopped ones too, that carry every one of `labels` ("key" or "key=value")."""
        ...

    def images(self, references: Sequence[str]) -> tuple[ImageFacts, ...]:
        """The images that are here under any of `references` ("redis:8")."""
        ...

    def labelled_images(self, labels: Sequence[str]) -> tuple[ImageFacts, ...]:
        """The images that carry every one of `labels`, those that lost their name included."""
        ...

    def volumes(self, labels: Sequence[str]) -> tuple[VolumeFacts, ...]:
        """The volumes that carry every one of `labels`."""
        ...

    def settings(self, container_id: str) -> ContainerSettings:
        """What the container has now."""
        ...

    def restart_count(self, container_id: str) -> int:
        """How often the engine itself started the container again since the last start by hand."""
        ...

    def probe_health(self, container_id: str, timeout_seconds: float) -> HealthProbe:
        """Run the container's health check now, without waiting for the engine's next turn."""
        ...

    def log_lines(self, container_id: str, tail: int, *, of_last_run: bool = True) -> tuple[str, ...]:
        """The last `tail` lines of stdout and stderr, of the container's last run or of all its runs."""
        ...

    def follow_log(self, container_id: str, *, from_now: bool = False) -> Iterator[str]:
        """Lines of the container's last run (`from_now`: only what comes), until it stops."""
        ...

    def start(self, container_id: str) -> None:
        """Start; nothing happens when it runs. Raises StartFailed when the engine cannot."""
        ...

    def stop(self, container_id: str) -> None:
        """Ask it to end, kill it after its own grace period."""
        ...

    def kill(self, container_id: str) -> None:
        """End it now."""
        ...

    def restart(self, container_id: str) -> None:
        """Stop and start."""
        ...

    def remove(self, container_id: str) -> None:
        """Stop and remove the container and its unnamed volumes; nothing happens when it is gone."""
        ...

    def remove_networks(self, labels: Sequence[str]) -> None:
        """Remove the networks that carry every one of `labels` and that nothing is connected to."""
        ...

    def remove_image(self, image_id: str) -> None:
        """Remove an image and its names; one that a container was made from stays."""
        ...

    def remove_volume(self, name: str) -> None:
        """Remove a volume, its data included; one that a container has stays."""
        ...

    def exec(
        self,
        container_id: str,
        argv: Sequence[str],
        *,
        user: str | None = None,
        timeout_seconds: float | None = None,
    ) -> ExecResult:
        """Run a command in the container to its end, or for so long: the exit code is then -1."""
        ...

    def open_exec_stream(self, container_id: str, argv: Sequence[str], user: str | None = None) -> ByteStream:
        """Run a command in the container and talk with it."""
        ...

    def events(self, labels: Sequence[str]) -> EventStream:
        """What happens from now on to containers that carry every one of `labels`."""
        ...

    def versions(self) -> EngineVersions:
        """Which engine this is."""
        ...

    def disk_usage(self) -> DiskUsage:
        """What the engine's store holds; slow on full machines."""
        ...

    def resolve(self, reference: str) -> RegistryAnswer:
        """Ask the image's registry, through the engine and its mirrors, what it has under that name."""
        ...

    def close(self) -> None:
        """Give the connections back; the next call opens them anew."""
        ...
