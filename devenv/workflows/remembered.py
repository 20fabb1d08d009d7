"""What this checkout remembers of containers, laid over what was observed of them; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from devenv.engine.observed import ObservedContainer, ObservedProject
from devenv.workspace.installed import Installed


def with_installed(observed: ObservedProject, records: Mapping[str, Installed]) -> ObservedProject:
    """What was observed, what was installed taken into account."""
    if not records:
        return observed
    containers = tuple(_as_installed(each, records.get(each.container_id)) for each in observed.containers)
    return replace(observed, containers=containers)


def _as_installed(container: ObservedContainer, record: Installed | None) -> ObservedContainer:
    if record is None:
        return container
    return replace(
        container,
        build_hash=record.build_hash,
        image_id=record.image_id or container.image_id,
        is_ahead=True,
    )


def with_runs(observed: ObservedProject, runs: Mapping[str, Mapping[str, str]]) -> ObservedProject:
    """What was observed, and on which files its jobs ran."""
    containers = tuple(
        replace(each, ran_on=runs[each.container_id]) if each.container_id in runs else each
        for each in observed.containers
    )
    return replace(observed, containers=containers)
