"""What this checkout remembers of containers, laid over what was observed of them; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from devenv.engine.observed import ObservedContainer, ObservedProject
from devenv.workspace.installed import Installed
from devenv.workspace.runs import Run


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


def with_runs(observed: ObservedProject, runs: Mapping[str, Run]) -> ObservedProject:
    """What was observed, and on what its jobs ran."""
    containers = tuple(_as_ran(each, runs.get(each.container_id)) for each in observed.containers)
    return replace(observed, containers=containers)


def _as_ran(container: ObservedContainer, run: Run | None) -> ObservedContainer:
    return container if run is None else replace(container, ran_on=run.files, ran_beside=run.beside)
