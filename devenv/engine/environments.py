"""All environments of this machine: whose containers, images and data are on the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from devenv.compiler.compiled import Label, Role
from devenv.engine.client import Engine, ImageFacts
from devenv.engine.observed import (
    COMPOSE_FOLDER,
    COMPOSE_ONE_OFF,
    COMPOSE_PROJECT,
    ObservedContainer,
    observed_container,
)

IMAGE_PREFIX = "devenv/"
COUNTED = (Role.SERVICE, Role.PROCESS)  # a job that ended is no trouble


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundEnvironment:
    """What one checkout has on the engine.

    `root`: the checkout's folder, "" where nothing tells any more. `containers`: without those of `compose
    run`. `images`: those it has a name for. `volumes`: its data and the source, by name.
    """

    project_name: str
    root: str = ""
    containers: tuple[ObservedContainer, ...] = ()
    images: tuple[ImageFacts, ...] = ()
    volumes: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """In a few words: "running", "3 of 5 run", "stopped", "down; its data is kept"."""
        counted = [each for each in self.containers if each.role in COUNTED]
        running = sum(each.runs for each in counted)
        if running:
            return "running" if running == len(counted) else f"{running} of {len(counted)} run"
        if self.containers:
            return "stopped"
        return "down; its data is kept" if self.volumes else "down; its image is kept"

    @property
    def runs(self) -> bool:
        """Whether any of its containers does."""
        return any(container.runs for container in self.containers)

    @property
    def urls(self) -> tuple[str, ...]:
        """Where its processes answer now."""
        return tuple(
            f"http://{container.host_name}:{port}/"
            for container in sorted(self.containers, key=lambda each: each.service)
            if container.role is Role.PROCESS
            for port in container.ports.values()
        )


def observe_environments(engine: Engine, known: Mapping[str, str]) -> tuple[FoundEnvironment, ...]:
    """By name. known: the folder by project name of those that were brought up here at any time.

    Containers tell whose they are; images and volumes only have their project's name, so that what is left of
    an environment nobody knows is found by its image.
    """
    containers: dict[str, list[ObservedContainer]] = {}
    roots = dict(known)
    for facts in engine.containers([Label.ENVIRONMENT]):
        name = facts.labels.get(COMPOSE_PROJECT, "")
        roots[name] = facts.labels.get(Label.ROOT) or _parent(facts.labels.get(COMPOSE_FOLDER, ""))
        found = containers.setdefault(name, [])
        if facts.labels.get(COMPOSE_ONE_OFF) != "True":
            found.append(observed_container(facts))
    images = _by_project(engine.labelled_images([Label.ENVIRONMENT]))
    names = {name for name in (*containers, *images, *known) if name}
    volumes: dict[str, list[str]] = {name: [] for name in names}
    for volume in engine.volumes([COMPOSE_PROJECT]):
        if volume.labels[COMPOSE_PROJECT] in volumes:
            volumes[volume.labels[COMPOSE_PROJECT]].append(volume.name)
    return tuple(
        FoundEnvironment(
            project_name=name,
            root=roots.get(name, ""),
            containers=tuple(containers.get(name, ())),
            images=tuple(images.get(name, ())),
            volumes=tuple(sorted(volumes[name])),
        )
        for name in sorted(names)
        if name in containers or name in images or volumes[name]
    )


def _by_project(images: Iterable[ImageFacts]) -> dict[str, list[ImageFacts]]:
    """Images that have a name of ours ("devenv/shop:dev")."""
    found: dict[str, list[ImageFacts]] = {}
    for image in images:
        for name in image.names:
            if name.startswith(IMAGE_PREFIX) and "@" not in name:
                found.setdefault(name.removeprefix(IMAGE_PREFIX).partition(":")[0], []).append(image)
                break
    return found


def _parent(folder: str) -> str:
    """compose's own label is .devenv's folder; where compose was started without us it is all there is."""
    return str(PurePath(folder).parent) if folder else ""
