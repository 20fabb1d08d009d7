"""What becomes of data when a container goes or another takes its place; pure.

Volumes outlive containers, so nothing is lost by a recreate. But a database that is given another volume
begins empty, one of another major version may not be able to read what it finds, and an unnamed volume goes
with its container: whoever edits a line of devenv.yaml need not have meant that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from devenv.compiler.compiled import CompiledProject, CompiledService
from devenv.compiler.containers import SOURCE_VOLUME
from devenv.engine.judge import Situation
from devenv.engine.observed import ObservedContainer, image_reference, repository_of

_UNNAMED = re.compile(r"[0-9a-f]{64}")
_MAJOR = re.compile(r":v?(\d+)(?:[.\-\w]*)(?:@|$)")


def removal_risk(container: ObservedContainer, compiled: CompiledProject, project_name: str) -> str:
    """Of a container that nothing takes the place of, continuing its name; "" where there is none."""
    if container.service in {service.name for service in compiled.services}:
        return ""  # what an interrupted recreate left over: its successor has the data
    unnamed = [folder for folder, name in container.volumes.items() if _UNNAMED.fullmatch(name)]
    if unnamed:
        return f"takes the data in {', '.join(unnamed)} with it: it is in no volume with a name"
    if left := _left_behind(container, compiled.services, project_name):
        return f"leaves its data behind, used by nothing, in volume {', '.join(left)}"
    return ""


def replacement_risk(
    service: CompiledService, container: ObservedContainer | None, situation: Situation
) -> str:
    """Of a container that another one takes the place of, continuing its name; "" where there is none."""
    if container is None:
        return ""
    project_name, services = situation.observed.project_name, situation.compiled.services
    if left := _left_behind(container, services, project_name):
        begins = f" and begins in {', '.join(_names(service, project_name))}" if service.volumes else ""
        return f"leaves its data behind in volume {', '.join(left)}{begins}"
    kept = sorted(set(container.volumes.values()) & set(_names(service, project_name)))
    before, after = _major(container.image), _major(image_reference(service.image, project_name))
    is_same = repository_of(container.image) == repository_of(service.image)
    if kept and is_same and before and after and before != after:
        return f"of version {after} works on what {before} wrote in volume {', '.join(kept)}"
    return ""


def _left_behind(
    container: ObservedContainer, services: Iterable[CompiledService], project_name: str
) -> list[str]:
    """The volumes with a name that no service will mount; the source is the host's, and no data."""
    wanted = {name for service in services for name in _names(service, project_name)}
    wanted.add(f"{project_name}_{SOURCE_VOLUME}")
    return sorted(
        name for name in container.volumes.values() if name not in wanted and not _UNNAMED.fullmatch(name)
    )


def _names(service: CompiledService, project_name: str) -> tuple[str, ...]:
    return tuple(image_reference(name, project_name) for name in service.volumes)


def _major(image: str) -> str:
    found = _MAJOR.search(image.rpartition("/")[2])
    return found[1] if found else ""
