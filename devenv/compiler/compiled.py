"""What compiling yields: the texts of .devenv/, and what planning must know of each container."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a container is for (DESIGN: service, process, job)."""

    SERVICE = "service"
    PROCESS = "process"
    JOB = "job"


LOCALHOST = "localhost"


class Label:
    """Names of the labels on everything that devenv makes."""

    ENVIRONMENT = "dev.devenv.environment"  # the name in devenv.yaml
    ROOT = "dev.devenv.root"  # the checkout's folder on the host; set through .devenv/.env
    ROLE = "dev.devenv.role"  # a Role
    CONFIG_HASH = "dev.devenv.config-hash"  # of one container's part of the compose file
    INPUTS = "dev.devenv.inputs"  # JSON: dotted config path -> short digest, for causes
    BUILD_HASH = "dev.devenv.build-hash"  # on the image and on what runs it
    HOST_NAME = "dev.devenv.host-name"  # of this machine in the first port's address, unless it is localhost


@dataclass(frozen=True, slots=True)
class PublishedPort:
    """A port asked for on the host's loopback; `variable` in .devenv/.env moves it where it is taken.

    `name`: what this machine is called in its address.
    """

    container: int
    host: int
    variable: str
    name: str = LOCALHOST


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedSettings:
    """What a container is made with and `docker update` could change since; None: it is not known here.

    `env`: what the compose file says, the image has more. 0: no limit. Units: bytes, CPUs.
    """

    env: Mapping[str, str] = field(default_factory=dict)
    memory_bytes: int | None = None
    cpus: float | None = None
    restart: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignments:
    """What this checkout got on this machine, where another checkout may have the same devenv.yaml.

    `ports`: the host port by variable (PublishedPort.variable). `wanted`: the port that devenv.yaml asked
    for when it was assigned, so that an edit of devenv.yaml is told from a port that had to move.
    """

    project_name: str
    ports: Mapping[str, int]
    wanted: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class CompiledService:
    """One service of the compose file.

    `inputs`: what decided it, as dotted config path -> short digest of the value; comparing two of them
    names the keys that changed.
    `depends_on`: compose service name -> compose condition.
    `pages`: container ports that speak HTTP to a browser.
    `volumes`: the engine's names of what it mounts, ${COMPOSE_PROJECT_NAME} still in them.
    `is_manual`: a job that runs only when it is named.
    `process`: the process of devenv.yaml that it is, or is a replica of; "" for services and jobs.
    """

    name: str
    role: Role
    image: str  # with ${COMPOSE_PROJECT_NAME} still in it where it is ours
    built: bool  # runs the app's image
    config_hash: str
    inputs: Mapping[str, str]
    depends_on: Mapping[str, str]
    ports: tuple[PublishedPort, ...] = ()
    pages: tuple[int, ...] = ()
    has_health_check: bool = False
    volumes: tuple[str, ...] = ()
    wanted: WantedSettings = WantedSettings()
    process: str = ""
    is_manual: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CompiledProject:
    """The output of compiling, all of it text and values.

    `files`: what goes into .devenv/, by relative path: Dockerfile, Dockerfile.dockerignore, compose.yaml
    (the same on every machine), app.env (mode 0600: the env files' values).
    `services`: in an order in which every one comes after those it depends on.
    `build_hash`: of all that goes into the image but the source, which is synced.
    `build_inputs`: like `inputs` of a service, for causes of a rebuild.
    `recipe_hash`: of the image but for its Python packages: two images of one recipe differ in those alone.
    `system_packages`: what apt brings into the image, or into the stage that compiles.
    `mount_points`: folders of the project, relative to devenv.yaml, that the engine would make as root's.
    `images`: all that are fetched, as they are written: what devenv.lock is to pin.
    `base_images`: those that the development image is built from and that are pinned, with their pins.
    """

    name: str
    files: Mapping[str, str]
    services: tuple[CompiledService, ...]
    build_hash: str
    build_inputs: Mapping[str, str]
    recipe_hash: str = ""
    system_packages: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    mount_points: tuple[str, ...] = ()
    base_images: tuple[str, ...] = ()

    def service(self, name: str) -> CompiledService:
        """The compose service of that name. Raises KeyError."""
        for service in self.services:
            if service.name == name:
                return service
        raise KeyError(name)

    def named(self, name: str) -> tuple[str, ...]:
        """The compose services that a name stands for: a process with its replicas, one, or none."""
        replicas = tuple(service.name for service in self.services if service.process == name)
        return replicas or tuple(service.name for service in self.services if service.name == name)
