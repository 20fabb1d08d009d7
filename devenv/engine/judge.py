"""What one container gives reason for, its neighbours not yet asked; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from devenv.compiler.compiled import Assignments, CompiledProject, CompiledService, Role
from devenv.engine.by_hand import hand_causes
from devenv.engine.causes import OriginOf, config_causes, image_causes, port_causes
from devenv.engine.client import Health, State
from devenv.engine.observed import ObservedContainer, ObservedProject, image_reference
from devenv.engine.step import Action, Cause, Step

# What a stop leaves behind: an orderly end, SIGKILL and SIGTERM (128 + the signal's number).
STOP_EXIT_CODES = frozenset({None, 0, 137, 143})


JobInputs = Mapping[str, Mapping[str, str]]
"""Of each job that works on files: digests by path, as they are now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """What is wanted, what there is, and where the wishes are written."""

    compiled: CompiledProject
    observed: ObservedProject
    assignments: Assignments
    origin_of: OriginOf
    job_inputs: JobInputs = field(default_factory=dict)


def current_container(service: CompiledService, observed: ObservedProject) -> ObservedContainer | None:
    """The container that stands for the service: the wanted one if there is, a running one, the newest."""
    return max(
        observed.of(service.name),
        key=lambda found: (found.config_hash == service.config_hash, found.runs, found.created),
        default=None,
    )


def own_step(service: CompiledService, container: ObservedContainer | None, situation: Situation) -> Step:
    """The step that this container needs for reasons of its own; KEEP where it needs none."""
    is_job = service.role is Role.JOB
    if container is None:
        action, text = (Action.RUN, "has not run here") if is_job else (Action.CREATE, "is not there")
        return step_on(action, service, (Cause(f"it {text} yet"),))
    causes = _reasons_to_make_anew(service, container, situation)
    if is_job and not causes:
        causes = _reasons_to_repeat(service, container, situation)
    if causes:
        return step_on(Action.RUN if is_job else Action.RECREATE, service, causes)
    return _job_step(service, container) if is_job else _state_step(service, container)


def step_on(
    action: Action,
    service: CompiledService,
    causes: tuple[Cause, ...],
    container: ObservedContainer | None = None,
) -> Step:
    """A step on a container as it stands, or (None) on one that compose makes."""
    container_id = container.container_id if container else None
    return Step(action=action, subject=service.name, causes=causes, container_id=container_id)


def _reasons_to_make_anew(
    service: CompiledService, container: ObservedContainer, situation: Situation
) -> tuple[Cause, ...]:
    observed = situation.observed
    image = observed.images.get(image_reference(service.image, observed.project_name))
    causes = (
        config_causes(service, container, situation.origin_of)
        or image_causes(service, container, image, situation.compiled.build_hash)
        or port_causes(service, container, situation.assignments)
        or hand_causes(service, container, observed.project_name)
    )
    if not causes and container.state in {State.DEAD, State.REMOVING}:
        return (Cause(f"the engine says that it is {container.state}"),)
    return causes


def _reasons_to_repeat(
    job: CompiledService, container: ObservedContainer, situation: Situation
) -> tuple[Cause, ...]:
    """A database made after the job's container was never seen by it: an `up` ended in between."""
    services = [other for other in situation.compiled.services if other.role is Role.SERVICE]
    works_on = [other for other in services if other.name in job.depends_on]
    current = [current_container(other, situation.observed) for other in works_on]
    made = tuple(
        Cause(f"{other.service} was made after it ran")
        for other in current
        if other and _is_newer(other, container)
    )
    return made or _changes_since(job, container, situation)


def _is_newer(other: ObservedContainer, job: ObservedContainer) -> bool:
    """Whether the job cannot have seen it; by age only where nothing else is known, since clocks are set."""
    if job.ran_beside is not None:
        return other.container_id not in job.ran_beside
    return other.created > job.created


def _changes_since(
    job: CompiledService, container: ObservedContainer, situation: Situation
) -> tuple[Cause, ...]:
    """What a job that is done has not seen of the files that it works on."""
    now, before = situation.job_inputs.get(job.name), container.ran_on
    if now is None or container.exit_code != 0:
        return ()
    if before is None:
        return (Cause("nobody knows on which files it ran"),)
    return (
        *(Cause(f"{path} is new") for path in now if path not in before),
        *(Cause(f"{path} changed") for path in now if before.get(path, now[path]) != now[path]),
        *(Cause(f"{path} is gone") for path in before if path not in now),
    )


def _state_step(service: CompiledService, container: ObservedContainer) -> Step:
    """The container is the wanted one; does it run?"""
    health = "" if container.health is Health.NONE else f", {container.health}"
    action, text = {
        State.RUNNING: (Action.KEEP, f"running{health}"),
        State.PAUSED: (Action.RESTART, "it is paused"),
        State.RESTARTING: (Action.RESTART, "it crashes again and again"),
        State.CREATED: (Action.START, "it was not started yet"),
    }.get(container.state, (Action.START, _ended(container)))
    if container.state is State.RUNNING and container.health is Health.UNHEALTHY:
        action, text = Action.RESTART, "its health check fails"
    return step_on(action, service, (Cause(text),), container)


def _job_step(service: CompiledService, container: ObservedContainer) -> Step:
    action, text = Action.KEEP, "running"
    if container.state is State.CREATED:
        action, text = Action.RUN, "it was not started yet"
    elif container.state is State.EXITED and container.exit_code == 0:
        text = "done"
    elif container.state is State.EXITED:
        action, text = Action.RUN, f"it failed, exit code {container.exit_code}"
    return step_on(action, service, (Cause(text),), container)


def _ended(container: ObservedContainer) -> str:
    if container.exit_code in STOP_EXIT_CODES:
        return "it is stopped"
    return f"it ended with exit code {container.exit_code}"
