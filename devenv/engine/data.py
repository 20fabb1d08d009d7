"""What becomes of the data of a database when its branch or its version is another one; pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from devenv.compiler.compiled import CompiledService
from devenv.engine.causes import OriginOf
from devenv.engine.judge import Situation, current_container
from devenv.engine.observed import ObservedProject, image_reference
from devenv.engine.step import Action, Cause, Step

STEPS = frozenset({Action.UPGRADE, Action.SWITCH})
_OF_A_MAJOR = re.compile(r"(.+-)(\d+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Data:
    """What is known of a database service before anything is done.

    `upgrades`: a new major version can get what an older one has. `begun`: the volume of which that was
    begun. `live`: the branch whose data it has, and `branch` the one that is checked out; "" for unknown, or
    none. `origin`: what that branch's data will be, in words.
    """

    service: str
    upgrades: bool = False
    begun: str = ""
    live: str = ""
    branch: str = ""
    origin: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Older:
    """The data of an older major version: the volume that has it, and the one that it goes to."""

    version: str
    volume: str
    goes_to: str


def data_steps(known: Iterable[Data], steps: Mapping[str, Step], situation: Situation) -> tuple[Step, ...]:
    """After the services' own steps, and before those of whatever works on the data.

    steps: what each service that is wanted needs, by name.
    """
    found: list[Step | None] = []
    for data in known:
        if data.service in steps:
            found += [_upgrade(data, steps[data.service], situation), switch_step(data, situation.origin_of)]
    return tuple(step for step in found if step)


def older_data(
    service: CompiledService, observed: ObservedProject, preferred: Collection[str] = ()
) -> Older | None:
    """Of a preferred volume, or else the latest major version before the service's own."""
    mine = image_reference(next(iter(service.volumes), ""), observed.project_name)
    own = _OF_A_MAJOR.fullmatch(mine)
    if own is None:
        return None
    versions = {
        int(other[2]): volume
        for volume in observed.volumes
        if (other := _OF_A_MAJOR.fullmatch(volume)) and other[1] == own[1] and int(other[2]) < int(own[2])
    }
    found = max(versions, key=lambda version: (versions[version] in preferred, version), default=None)
    return Older(version=str(found), volume=versions[found], goes_to=mine) if found is not None else None


def _upgrade(data: Data, step: Step, situation: Situation) -> Step | None:
    """The data goes where the service goes: once, when it leaves the volume of the older version."""
    service, observed = situation.compiled.service(data.service), situation.observed
    container = current_container(service, observed)
    mounted = tuple(container.volumes.values()) if container else ()
    older = older_data(service, observed, (*mounted, data.begun)) if data.upgrades else None
    if older is None:
        return None
    leaves = step.action is Action.RECREATE and older.volume in mounted
    begins = container is None and older.goes_to not in observed.volumes
    if not (leaves or begins or data.begun == older.volume):
        return None
    return Step(
        action=Action.UPGRADE,
        subject=service.name,
        causes=(
            Cause(
                f"its data is of version {older.version}, in volume {older.volume}",
                situation.origin_of(f"services.{service.name}.image"),
            ),
        ),
        risk=f"gets it dumped, restored and counted in volume {older.goes_to}; volume {older.volume} is kept",
        volume=older.volume,
    )


def switch_step(data: Data, origin_of: OriginOf) -> Step | None:
    """The database gets the data of the branch that is checked out; None where it has it."""
    if not data.origin:
        return None
    whose = f"the data is {data.live}'s" if data.live else "nobody knows whose the data is"
    line = origin_of(f"services.{data.service}.branches")
    return Step(
        action=Action.SWITCH,
        subject=data.service,
        causes=(Cause(f"{data.branch} is checked out, {whose}", line), Cause(f"next: {data.origin}")),
    )
