"""Do what a plan says, through the doors. Ctrl-C between steps leaves what the next plan finishes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from devenv.engine.compose_door import Compose
from devenv.engine.data import STEPS as ON_DATA
from devenv.engine.startup import Room, Startup
from devenv.engine.step import Action, Plan, Step
from devenv.events import StepFinished, StepStarted

__all__ = ["Room", "execute", "execute_down"]

STARTS = frozenset({Action.CREATE, Action.RECREATE, Action.START, Action.RESTART, Action.RUN})


def execute(plan: Plan, compose: Compose, room: Room) -> None:
    """Execute a plan of plan_up, plan_stop or plan_restart; an empty plan makes no call at all.

    Raises BuildFailed, StartFailed, ComposeFailed, EngineUnavailable.
    """
    for step in _of(plan, Action.REMOVE):
        with _told([step], room):
            if step.container_id:
                room.engine.remove(step.container_id)
    for step in _of(plan, Action.FETCH):
        with _told([step], room):
            compose.fetch(step.subject, room.emit)
    for step in _of(plan, Action.BUILD):
        with _told([step], room):
            compose.build(room.emit)
    _at_once(_of(plan, Action.PULL), compose.pull, room)
    _at_once(_of(plan, Action.STOP), compose.stop, room)
    on_data = [step for step in plan.steps if step.action in ON_DATA]
    first = plan.steps.index(on_data[0]) if on_data else 0
    _bring_up(_starts(plan.steps[:first]), compose, room, ready=frozenset(step.subject for step in on_data))
    for step in on_data:
        room.on_data(step)
    _bring_up(_starts(plan.steps[first:]), compose, room)


def execute_down(plan: Plan, compose: Compose, room: Room) -> None:
    """Execute a plan of plan_down. Networks go with the containers. Raises ComposeFailed."""
    if plan:
        with _told(plan.steps, room):
            compose.down(room.emit, volumes=any(step.risk for step in plan.steps))


def _bring_up(
    steps: Sequence[Step], compose: Compose, room: Room, *, ready: frozenset[str] = frozenset()
) -> None:
    """Compose makes, in one call, what has no container; then each starts when its turn comes.

    ready: services that are ready afterwards, also where no step is about them.
    """
    steps = [step for step in steps if step.action is not Action.RUN or room.is_due(step)]
    if not (steps or ready):
        return
    for step in steps:
        room.emit(StepStarted(str(step)))
    startup = Startup({step.subject: step for step in steps}, room, ready)
    made = [step.subject for step in steps if step.container_id is None]
    if made:
        compose.create(made, room.emit)
    startup.run()


def _at_once(
    steps: Sequence[Step], call: Callable[[Sequence[str], Callable[..., None]], None], room: Room
) -> None:
    """Steps that compose takes in one call."""
    if steps:
        with _told(steps, room):
            call([step.subject for step in steps], room.emit)


def _starts(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if step.action in STARTS]


def _of(plan: Plan, action: Action) -> list[Step]:
    return [step for step in plan.steps if step.action is action]


@contextmanager
def _told(steps: Sequence[Step], room: Room) -> Iterator[None]:
    for step in steps:
        room.emit(StepStarted(str(step)))
    began = room.clock.monotonic()
    yield
    for step in steps:
        room.emit(StepFinished(str(step), room.clock.monotonic() - began))
