"""What runs now, as values: reads everything, decides nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from devenv.compiler.compiled import LOCALHOST, CompiledProject, Label, Role
from devenv.engine.client import ContainerFacts, ContainerSettings, Engine, Health, ImageFacts, State
from devenv.errors import NotRunning

COMPOSE_PROJECT = "com.docker.compose.project"
COMPOSE_SERVICE = "com.docker.compose.service"
COMPOSE_ONE_OFF = "com.docker.compose.oneoff"
COMPOSE_FOLDER = "com.docker.compose.project.working_dir"
PROJECT_VARIABLE = "${COMPOSE_PROJECT_NAME}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedContainer:
    """One container of the project. Hashes and inputs are those it was made from; "" where it has none.

    `image`: the name that it was made of. `volumes`: as the engine names them, by folder.
    `settings`: None where nobody asked.
    `ran_on`: digests by path of what a job last ran on, None where nobody knows; `ran_beside`: the ids of the
    services' containers that were there.
    `is_ahead`: packages were installed into it, and `build_hash` is of the image that would have them.
    """

    service: str
    role: Role | None
    container_id: str
    name: str
    state: State
    health: Health = Health.NONE
    exit_code: int | None = None
    config_hash: str = ""
    build_hash: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    image: str = ""
    image_id: str = ""
    ports: Mapping[int, int] = field(default_factory=dict)
    volumes: Mapping[str, str] = field(default_factory=dict)
    settings: ContainerSettings | None = None
    created: int = 0
    host_name: str = LOCALHOST  # of this machine in its address
    is_ahead: bool = False
    ran_on: Mapping[str, str] | None = None
    ran_beside: frozenset[str] | None = None

    @property
    def runs(self) -> bool:
        """It has a living process."""
        return self.state in {State.RUNNING, State.PAUSED, State.RESTARTING}


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedImage:
    """An image that the project wants and that is on this machine. `inputs`: of its build, if ours."""

    reference: str
    image_id: str
    build_hash: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedProject:
    """Everything of one compose project.

    `containers`: without those of `compose run`. `images`: by reference, as the compose file names them with
    the project's name filled in.
    """

    project_name: str
    containers: tuple[ObservedContainer, ...] = ()
    images: Mapping[str, ObservedImage] = field(default_factory=dict)
    volumes: tuple[str, ...] = ()

    def of(self, service: str) -> tuple[ObservedContainer, ...]:
        """The containers of a service: none, one, or more after an interrupted recreate."""
        return tuple(container for container in self.containers if container.service == service)

    def running(self, service: str) -> ObservedContainer | None:
        """The container of a service that has a living process."""
        return next((container for container in self.of(service) if container.runs), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservedMachine:
    """What other environments hold on this engine.

    `roots`: the checkouts' folders by compose project. `ports`: the compose project by published host port;
    "" for a container that is of no project. `data_only`: projects of which only volumes are left, which
    do not say whose they are.
    """

    roots: Mapping[str, frozenset[str]]
    ports: Mapping[int, str]
    data_only: frozenset[str] = frozenset()


def observe_project(engine: Engine, project_name: str, compiled: CompiledProject) -> ObservedProject:
    """Three lists, and a look at each container for what was changed by hand."""
    references = image_references(compiled, project_name)
    return ObservedProject(
        project_name=project_name,
        containers=tuple(
            _looked_into(engine, container) for container in observe_containers(engine, project_name)
        ),
        images=_by_reference(references, engine.images([familiar(reference) for reference in references])),
        volumes=tuple(sorted(volume.name for volume in engine.volumes(project_labels(project_name)))),
    )


def _looked_into(engine: Engine, container: ObservedContainer) -> ObservedContainer:
    try:
        return replace(container, settings=engine.settings(container.container_id))
    except NotRunning:
        return container  # it went just now


def observe_containers(engine: Engine, project_name: str) -> tuple[ObservedContainer, ...]:
    """The first of the three lists, for those who wait."""
    return tuple(
        observed_container(facts)
        for facts in engine.containers(project_labels(project_name))
        if facts.labels.get(COMPOSE_ONE_OFF) != "True"
    )


def project_labels(project_name: str) -> tuple[str, ...]:
    """What everything that compose makes for the project carries; for lists and events."""
    return (f"{COMPOSE_PROJECT}={project_name}",)


def observe_machine(engine: Engine) -> ObservedMachine:
    """Who else is here: asked only when names or ports are given out."""
    roots: dict[str, set[str]] = {}
    ports: dict[int, str] = {}
    for facts in engine.containers([]):
        project = facts.labels.get(COMPOSE_PROJECT, "")
        ports |= dict.fromkeys(facts.ports.values(), project)
        root = facts.labels.get(Label.ROOT) or facts.labels.get(COMPOSE_FOLDER)
        if project and root:
            roots.setdefault(project, set()).add(root)
    with_data = {volume.labels[COMPOSE_PROJECT] for volume in engine.volumes([COMPOSE_PROJECT])}
    return ObservedMachine(
        roots={name: frozenset(found) for name, found in roots.items()},
        ports=ports,
        data_only=frozenset(with_data - roots.keys()),
    )


def observed_container(facts: ContainerFacts) -> ObservedContainer:
    """A listed container, its labels read."""
    labels = facts.labels
    role = labels.get(Label.ROLE, "")
    return ObservedContainer(
        service=labels.get(COMPOSE_SERVICE, ""),
        role=Role(role) if role in set(Role) else None,
        container_id=facts.container_id,
        name=facts.name,
        state=facts.state,
        health=facts.health,
        exit_code=facts.exit_code,
        config_hash=labels.get(Label.CONFIG_HASH, ""),
        build_hash=labels.get(Label.BUILD_HASH, ""),
        inputs=_inputs(labels),
        image=facts.image,
        image_id=facts.image_id,
        ports=facts.ports,
        volumes=facts.volumes,
        created=facts.created,
        host_name=labels.get(Label.HOST_NAME, LOCALHOST),
    )


def image_reference(image: str, project_name: str) -> str:
    """The compose file's image with the project's name in it."""
    return image.replace(PROJECT_VARIABLE, project_name)


def image_references(compiled: CompiledProject, project_name: str) -> tuple[str, ...]:
    """Every image that the project's containers run, and those pinned that its own is built from."""
    images = (image_reference(service.image, project_name) for service in compiled.services)
    return tuple(dict.fromkeys([*images, *compiled.base_images]))


def familiar(reference: str) -> str:
    """The name under which the engine lists an image: no "docker.io/library/", either a tag or a digest."""
    name, at, digest = reference.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return f"{repository_of(reference)}{at}{digest}" if at else f"{repository_of(name)}:{tag or 'latest'}"


def repository_of(reference: str) -> str:
    """An image's familiar name without tag and digest; a ":" before the last "/" is a registry's port."""
    name = reference.partition("@")[0]
    for prefix in ("docker.io/library/", "docker.io/", "library/"):
        if name.startswith(prefix):
            name = name.removeprefix(prefix)
            break
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}"


def _by_reference(references: Sequence[str], images: Iterable[ImageFacts]) -> dict[str, ObservedImage]:
    by_name = {name: image for image in images for name in image.names}
    return {
        reference: ObservedImage(
            reference=reference,
            image_id=image.image_id,
            build_hash=image.labels.get(Label.BUILD_HASH, ""),
            inputs=_inputs(image.labels),
        )
        for reference in references
        if (image := by_name.get(familiar(reference)))
    }


def _inputs(labels: Mapping[str, str]) -> dict[str, str]:
    try:
        inputs = json.loads(labels.get(Label.INPUTS) or "{}")
    except ValueError:
        return {}
    return {str(key): str(digest) for key, digest in inputs.items()} if isinstance(inputs, dict) else {}
