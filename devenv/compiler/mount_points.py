"""Folders of the project on which something else is mounted: where there is none, the engine makes root's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from posixpath import normpath

from devenv.compiler.compiled import Role
from devenv.compiler.container import Container
from devenv.config.environment import Environment, Mount


def mount_points(containers: Iterable[Container], environment: Environment) -> tuple[str, ...]:
    """Their paths, relative to devenv.yaml."""
    found = (point for container in containers for point in _points(container, environment))
    return tuple(sorted(set(found)))


def _points(container: Container, environment: Environment) -> Iterator[str]:
    mounts = list(container.mounts)
    if environment.sync.mode == "bind" and container.role is not Role.SERVICE:
        mounts.append(Mount(target="/app", folder=environment.app.path))
    for outer in mounts:
        for inner in mounts:
            if outer.folder and not inner.folder and inner.target.startswith(f"{outer.target}/"):
                yield normpath(outer.folder + inner.target.removeprefix(outer.target))
