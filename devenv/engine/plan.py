"""From what is wanted and what was observed to the steps between them; pure.

When a job runs: it never ended with 0 for its present configuration and image; or a container that it
works on is made anew; or the files that it works on are not those that it ran on; or, where it names none,
one that it prepares is made anew or started, since the code may have changed meanwhile. A manual job runs
when it is named. Otherwise a job that is done stays done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from devenv.compiler.compiled import Assignments, CompiledProject, CompiledService, Role
from devenv.config.problems import likely
from devenv.engine.causes import OriginOf, build_causes
from devenv.engine.data import Data, data_steps
from devenv.engine.judge import JobInputs, Situation, current_container, own_step, step_on
from devenv.engine.observed import ObservedContainer, ObservedProject, image_reference
from devenv.engine.risks import removal_risk, replacement_risk
from devenv.engine.step import Action, Cause, Plan, Step
from devenv.errors import UsageError

MAKES = frozenset({Action.CREATE, Action.RECREATE})
_PARTICIPLES = {Action.CREATE: "created", Action.RECREATE: "recreated", Action.START: "started"}
ASKED = Cause("asked for")
REBUILT = Cause("its image is rebuilt")


@dataclass(frozen=True, kw_only=True, slots=True)
class UpOptions:
    """`only`: these and what they depend on. `build`: also when the image is the wanted one.

    `run`: jobs that run also when they are done. `job_inputs`: see judge. `data`: of databases, see data.
    """

    only: tuple[str, ...] = ()
    build: bool = False
    run: frozenset[str] = frozenset()
    job_inputs: JobInputs = field(default_factory=dict)
    data: tuple[Data, ...] = ()


def plan_up(
    compiled: CompiledProject,
    observed: ObservedProject,
    assignments: Assignments,
    *,
    options: UpOptions,
    origin_of: OriginOf,
) -> Plan:
    """The steps after which everything wanted runs as devenv.yaml says."""
    situation = Situation(
        compiled=compiled,
        observed=observed,
        assignments=assignments,
        origin_of=origin_of,
        job_inputs=options.job_inputs,
    )
    wanted = selected(compiled, options.only)
    current = {service.name: current_container(service, observed) for service in wanted}
    steps = {service.name: own_step(service, current[service.name], situation) for service in wanted}
    ahead = frozenset(name for name, container in current.items() if container and container.is_ahead)
    build = _build_step(situation, wanted, steps, asked=options.build, is_ahead=bool(ahead))
    if build:
        for service in wanted:
            if service.built and service.name not in ahead:  # else it has the packages of the new image
                steps[service.name] = _moved_to_new_image(service, steps[service.name])
    for service in wanted:
        if service.role is Role.JOB:
            step = _with_neighbours(service, steps, wanted, knows=service.name in options.job_inputs)
            is_asked = service.is_manual or service.name in options.run
            steps[service.name] = _asked_for(step) if is_asked else step
        risk = replacement_risk(service, current[service.name], situation)
        if risk and steps[service.name].action is Action.RECREATE:
            steps[service.name] = replace(steps[service.name], risk=risk)
    ordered = [steps[service.name] for service in wanted]
    due = [step for step in ordered if step.action is not Action.KEEP]
    return Plan(
        steps=(
            *_removals(compiled, observed, current),
            *([*_fetches(compiled, observed), build] if build else []),
            *_pulls(wanted, steps, observed),
            *_in_turn(compiled, due, data_steps(options.data, steps, situation)),
        ),
        kept=tuple(step for step in ordered if step.action is Action.KEEP),
    )


def plan_down(observed: ObservedProject, *, volumes: bool) -> Plan:
    """Remove every container; the volumes only when asked."""
    gone = tuple(
        Step(action=Action.REMOVE, subject=container.service or container.name)
        for container in reversed(_by_age(observed.containers))
    )
    data = tuple(
        Step(action=Action.REMOVE, subject=f"volume {name}", risk="is gone for good")
        for name in observed.volumes
        if volumes
    )
    return Plan((*gone, *data))


def plan_stop(observed: ObservedProject, only: tuple[str, ...] = ()) -> Plan:
    """Stop what runs."""
    return Plan(
        tuple(
            Step(action=Action.STOP, subject=container.service, container_id=container.container_id)
            for container in reversed(_by_age(observed.containers))
            if container.runs and (not only or container.service in only)
        )
    )


def plan_restart(compiled: CompiledProject, observed: ObservedProject, only: tuple[str, ...] = ()) -> Plan:
    """Stop and start, as they are: every process, or the containers that are named."""
    every = tuple(service.name for service in compiled.services if service.role is Role.PROCESS)
    names = _named(compiled, only) if only else every
    steps = []
    for service in compiled.services:
        container = current_container(service, observed)
        if service.name in names and container:
            action = Action.RUN if service.role is Role.JOB else Action.RESTART
            steps.append(step_on(action, service, (), container))
    return Plan(tuple(steps))


def selected(compiled: CompiledProject, only: Iterable[str]) -> tuple[CompiledService, ...]:
    """The named services and all that they depend on, in order; when none is named, all that runs by itself.

    Raises UsageError for a name that is none.
    """
    pending = _named(compiled, only)
    if not pending:
        return tuple(service for service in compiled.services if not service.is_manual)
    names: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in names:
            names.add(name)
            pending += compiled.service(name).depends_on
    return tuple(service for service in compiled.services if service.name in names)


def unknown_name(name: str, compiled: CompiledProject) -> UsageError:
    """What to say to somebody who names what devenv.yaml has not."""
    known = [service.name for service in compiled.services]
    guess = likely(name, known)
    meant = f"did you mean `{guess}`? " if guess else ""
    return UsageError(f"there is no {name!r} in devenv.yaml", hint=f"{meant}there are: {', '.join(known)}")


def _named(compiled: CompiledProject, names: Iterable[str]) -> list[str]:
    """The compose services that are meant. Raises UsageError."""
    found: list[str] = []
    for name in names:
        if not compiled.named(name):
            raise unknown_name(name, compiled)
        found += compiled.named(name)
    return found


def _in_turn(compiled: CompiledProject, due: Iterable[Step], on_data: tuple[Step, ...]) -> Iterable[Step]:
    """A database runs before its data changes, and its data is right before anybody works on it."""
    holders = [step.subject for step in on_data]
    before = {service.name for service in selected(compiled, holders)} if holders else set()
    upgraded = {step.subject for step in on_data if step.action is Action.UPGRADE}
    # Nothing is left behind that is brought over: that step asks.
    told = [replace(step, risk="") if step.subject in upgraded else step for step in due]
    yield from (step for step in told if step.subject in before)
    yield from on_data
    yield from (step for step in told if step.subject not in before)


def _asked_for(step: Step) -> Step:
    """A job that is done, once more."""
    return replace(step, action=Action.RUN, causes=(ASKED,)) if step.action is Action.KEEP else step


def _with_neighbours(
    job: CompiledService, steps: Mapping[str, Step], wanted: Iterable[CompiledService], *, knows: bool
) -> Step:
    """A job that is done runs again when those it works on or prepares are made anew or started.

    knows: the files that it works on are known, so whatever it prepares may come and go.
    """
    step = steps[job.name]
    works_on = [name for name in job.depends_on if name in steps]
    prepares = [service.name for service in wanted if job.name in service.depends_on]
    made = [name for name in (*works_on, *prepares) if steps[name].action in MAKES]
    if step.action is not Action.KEEP:
        return replace(step, container_id=None) if made else step
    concerned = works_on if knows else (*works_on, *prepares)
    due = [name for name in concerned if name in made]
    due += [name for name in prepares if steps[name].action is Action.START and not knows]
    if not due:
        return step
    ordered = [name for name in (*works_on, *prepares) if name in due]
    causes = [Cause(f"{name} is {_PARTICIPLES[steps[name].action]}") for name in ordered]
    # Made anew beside what is made anew: its age then tells that it ran for that (see judge).
    return replace(
        step, action=Action.RUN, causes=tuple(causes), container_id=None if made else step.container_id
    )


def _moved_to_new_image(service: CompiledService, step: Step) -> Step:
    """Containers of one image move together, or web and worker would run different packages."""
    if step.container_id is None:
        return step
    action = Action.RUN if service.role is Role.JOB else Action.RECREATE
    return step_on(action, service, (REBUILT,))


def _build_step(
    situation: Situation,
    wanted: Iterable[CompiledService],
    steps: Mapping[str, Step],
    *,
    asked: bool,
    is_ahead: bool,
) -> Step | None:
    """Build when a container has to be made and the image for it is not there, when asked to, or when
    containers have packages that the image has not."""
    built = [service for service in wanted if service.built]
    if not built:
        return None
    reference = image_reference(built[0].image, situation.observed.project_name)
    image = situation.observed.images.get(reference)
    causes = build_causes(situation.compiled, image, situation.origin_of)
    if asked and not causes:
        causes = (ASKED,)
    made = any(_is_made(steps[service.name]) for service in built)
    return (
        Step(action=Action.BUILD, subject=reference, causes=causes)
        if causes and (made or asked or is_ahead)
        else None
    )


def _fetches(compiled: CompiledProject, observed: ObservedProject) -> Iterable[Step]:
    """What is built from a pinned image asks its registry at each build, unless that is on this machine."""
    for image in compiled.base_images:
        if image not in observed.images:
            yield Step(action=Action.FETCH, subject=image, causes=(Cause("it is not on this machine"),))


def _pulls(
    wanted: Iterable[CompiledService], steps: Mapping[str, Step], observed: ObservedProject
) -> Iterable[Step]:
    for service in wanted:
        if not service.built and _is_made(steps[service.name]) and service.image not in observed.images:
            yield step_on(Action.PULL, service, (Cause(f"{service.image} is not on this machine"),))


def _removals(
    compiled: CompiledProject, observed: ObservedProject, current: Mapping[str, ObservedContainer | None]
) -> Iterable[Step]:
    """Containers of deleted services, and what an interrupted recreate left over. They go first: they may
    hold a port that a new one wants."""
    known = {service.name for service in compiled.services}
    for container in observed.containers:
        if container.service not in known:
            cause = Cause(f"{container.service or container.name} is not in devenv.yaml any more")
        elif container.service in current and container is not current[container.service]:
            cause = Cause(f"{container.service} has another container")
        else:
            continue
        yield Step(
            action=Action.REMOVE,
            subject=container.name,
            causes=(cause,),
            container_id=container.container_id,
            risk=removal_risk(container, compiled, observed.project_name),
        )


def _is_made(step: Step) -> bool:
    """Compose makes the step's container."""
    return step.action in MAKES or (step.action is Action.RUN and step.container_id is None)


def _by_age(containers: Iterable[ObservedContainer]) -> list[ObservedContainer]:
    return sorted(containers, key=lambda container: container.created)
