"""What `devenv prune` may take away, why, and how large it is; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from devenv.engine.client import DiskUsage, ImageFacts
from devenv.engine.environments import FoundEnvironment
from devenv.engine.observed import ObservedContainer


class Kind(StrEnum):
    """What a leftover is. VOLUME is data: it goes only where that is asked for."""

    CONTAINER = "container"
    IMAGE = "image"
    VOLUME = "volume"


@dataclass(frozen=True, kw_only=True, slots=True)
class Leftover:
    """One thing that nobody can use any more.

    `key`: what the engine knows it by. `name`: what a person does. `size_bytes`: what its removal frees, None
    where the engine does not say. `project_name`: whose it is, "" of an image that lost its name.
    """

    kind: Kind
    key: str
    name: str
    why: str
    size_bytes: int | None
    project_name: str = ""


def find_leftovers(
    environments: Sequence[FoundEnvironment],
    images: Iterable[ImageFacts],
    used_images: frozenset[str],
    usage: DiskUsage,
    *,
    is_there: Callable[[str], bool],
) -> tuple[Leftover, ...]:
    """Everything of checkouts whose folder is gone, and builds that newer ones took the place of.

    images: all that carry our label. used_images: ids of those that any container was made from. is_there:
    whether a folder exists. An environment whose folder nobody knows is left alone.
    """
    gone = [each for each in environments if each.root and not is_there(each.root)]
    return (*(item for each in gone for item in _of(each, usage)), *_older(images, used_images, usage))


def _of(environment: FoundEnvironment, usage: DiskUsage) -> Iterator[Leftover]:
    project, why = environment.project_name, f"{environment.root} is gone"
    for container in sorted(environment.containers, key=_processes_first):
        yield Leftover(
            kind=Kind.CONTAINER,
            key=container.container_id,
            name=container.name,
            why=why,
            size_bytes=None,
            project_name=project,
        )
    for image in environment.images:
        yield Leftover(
            kind=Kind.IMAGE,
            key=image.image_id,
            name=image.names[0],
            why=why,
            size_bytes=usage.by_image.get(image.image_id),
            project_name=project,
        )
    for name in environment.volumes:
        yield Leftover(
            kind=Kind.VOLUME,
            key=name,
            name=name,
            why=why,
            size_bytes=usage.by_volume.get(name),
            project_name=project,
        )


def _older(images: Iterable[ImageFacts], used: frozenset[str], usage: DiskUsage) -> Iterator[Leftover]:
    for image in images:
        if not image.names and image.image_id not in used:
            yield Leftover(
                kind=Kind.IMAGE,
                key=image.image_id,
                name=image.image_id.removeprefix("sha256:")[:12],
                why="a newer build has taken its place",
                size_bytes=usage.by_image.get(image.image_id),
            )


def _processes_first(container: ObservedContainer) -> tuple[bool, str]:
    return container.role is not None and container.role.value == "service", container.name
