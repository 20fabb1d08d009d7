"""What somebody did to a container with docker itself: its name, its limits, its environment; pure."""

from __future__ import annotations

from collections.abc import Iterator

from devenv.compiler.compiled import CompiledService, Role
from devenv.engine.client import ContainerSettings
from devenv.engine.observed import ObservedContainer
from devenv.engine.step import Cause


def hand_causes(
    service: CompiledService, container: ObservedContainer, project_name: str
) -> tuple[Cause, ...]:
    """Why the container is not what was made of the compose file; a job that is over is as it was."""
    if service.role is Role.JOB:
        return ()
    causes = [] if _is_named(container, project_name) else [f"it was renamed to {container.name} by hand"]
    if container.settings:
        causes += _changed(service, container.settings)
    return tuple(map(Cause, causes))


def _is_named(container: ObservedContainer, project_name: str) -> bool:
    """Compose says "shop-web-1"; "shop_web_1" where it is asked to be compatible."""
    return container.name.replace("_", "-") == f"{project_name}-{container.service}-1".replace("_", "-")


def _changed(service: CompiledService, now: ContainerSettings) -> Iterator[str]:
    wanted = service.wanted
    if wanted.memory_bytes is not None and now.memory_bytes != wanted.memory_bytes:
        before, after = _size(wanted.memory_bytes), _size(now.memory_bytes)
        yield f"its memory limit was changed by hand, {before} to {after}"
    if wanted.cpus is not None and round(now.cpus, 3) != round(wanted.cpus, 3):
        yield f"its CPU limit was changed by hand, {_cpus(wanted.cpus)} to {_cpus(now.cpus)}"
    if wanted.restart is not None and now.restart != wanted.restart:
        yield f"its restart policy was changed by hand, {wanted.restart} to {now.restart}"
    for name, value in wanted.env.items():
        if now.env.get(name) != value:  # what it is may be a secret
            yield f"its {name} is not what the compose file says"


def _size(size_bytes: int) -> str:
    if not size_bytes:
        return "none"
    for unit, step in (("g", 1 << 30), ("m", 1 << 20), ("k", 1 << 10)):
        if size_bytes % step == 0:
            return f"{size_bytes // step}{unit}"
    return f"{size_bytes}b"


def _cpus(cpus: float) -> str:
    return f"{cpus:g}" if cpus else "none"
