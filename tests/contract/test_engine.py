"""Observe, plan and execute, on the engine in memory and on the real one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devenv.engine.client import State
from devenv.engine.execute import execute
from devenv.engine.plan import plan_down, plan_restart, plan_stop
from devenv.engine.step import Action, Plan, Step
from devenv.errors import StartFailed
from devenv.events import Event, OutputLine, StepFinished, StepStarted
from tests.contract.engine_world import DB, MIGRATE, PIECES, WEB, WORKER, Behaviour, Project

ALL_UP = {"db": State.RUNNING, "migrate": State.EXITED, "web": State.RUNNING, "worker": State.RUNNING}


def steps_of(kind: type[StepStarted] | type[StepFinished], events: list[Event]) -> list[str]:
    return [event.step.partition(": ")[0] for event in events if isinstance(event, kind)]


def test_up_from_nothing_brings_everything_up_in_one_build_and_one_create(project: Project) -> None:
    run = project.up(*PIECES)
    image = f"devenv/{project.world.name}:dev"
    assert project.states() == ALL_UP
    assert run.compose_calls == ["build", "create"]
    assert steps_of(StepStarted, run.events) == [
        f"build {image}",
        "create db",
        "run migrate",
        "create web",
        "create worker",
    ]
    assert sorted(steps_of(StepFinished, run.events)) == sorted(steps_of(StepStarted, run.events))


def test_a_job_is_finished_before_what_it_prepares_and_its_lines_are_shown(project: Project) -> None:
    run = project.up(*PIECES)
    finished = steps_of(StepFinished, run.events)
    assert finished.index("create db") < finished.index("run migrate") < finished.index("create web")
    lines = [
        event.text for event in run.events if isinstance(event, OutputLine) and event.source == "migrate"
    ]
    assert lines == ["one", "two"]


def test_a_second_up_does_nothing_and_makes_no_compose_call(project: Project) -> None:
    project.up(*PIECES)
    before = project.ids()
    again = project.up(*PIECES)
    assert (list(again.plan.steps), again.compose_calls, again.events) == ([], [], [])
    assert project.ids() == before


def test_a_changed_value_recreates_its_container_and_touches_no_other(project: Project) -> None:
    project.up(*PIECES)
    before = project.ids()
    run = project.up(DB, MIGRATE, WEB, replace(WORKER, value="2"))
    assert [str(step) for step in run.plan.steps] == ["recreate worker: worker.value changed, devenv.yaml:1"]
    after = project.ids()
    assert {name for name in before if before[name] != after[name]} == {"worker"}
    assert project.states() == ALL_UP


def test_a_rebuild_moves_all_containers_of_the_image(project: Project) -> None:
    project.up(*PIECES)
    before = project.ids()
    run = project.up(*PIECES, packages="libmagic1")
    assert run.compose_calls == ["build", "create"]
    after = project.ids()
    assert {name for name in before if before[name] != after[name]} == {"migrate", "web", "worker"}
    assert not project.plan(project.compiled(PIECES, "libmagic1"))


def test_a_stopped_service_is_started_not_recreated(project: Project) -> None:
    project.up(*PIECES)
    before = project.ids()
    project.world.engine.stop(before["db"])
    project.wait_until_stopped("db")
    run = project.up(*PIECES)
    assert ([str(step) for step in run.plan.steps], run.compose_calls) == (["start db: it is stopped"], [])
    assert (project.ids(), project.states()) == (before, ALL_UP)


def test_a_container_removed_by_hand_is_made_again(project: Project) -> None:
    project.up(*PIECES)
    project.world.engine.remove(project.ids()["worker"])
    run = project.up(*PIECES)
    assert [str(step) for step in run.plan.steps] == ["create worker: it is not there yet"]
    assert project.states() == ALL_UP


def test_a_failed_job_stops_what_it_prepares_and_shows_its_log(project: Project) -> None:
    with pytest.raises(StartFailed) as caught:
        project.up(DB, replace(MIGRATE, behaviour=Behaviour.FAILS), WEB)
    assert (caught.value.summary, caught.value.details) == (
        "migrate failed with exit code 3",
        "no such table",
    )
    assert project.states() == {"db": State.RUNNING, "migrate": State.EXITED, "web": State.CREATED}


def test_a_job_that_ran_before_its_turn_came_does_not_run_again(project: Project) -> None:
    project.up(*PIECES)
    compiled = project.compiled(PIECES)
    plan = Plan((Step(action=Action.RUN, subject="migrate"),))
    ran: list[str] = []
    events: list[Event] = []

    def run_it() -> None:  # as a switch to another branch does
        project.execute(plan, compiled)
        ran.append(project.ids()["migrate"])

    room = project.room(compiled, events.append)
    room = replace(room, before_jobs=run_it, is_due=lambda _: not ran)
    execute(plan, project.world.compose(compiled), room)
    assert ran == [project.ids()["migrate"]]
    assert [event for event in events if isinstance(event, OutputLine) and event.source == "migrate"] == []
    assert steps_of(StepFinished, events) == ["run migrate"]


def test_the_up_after_a_failed_job_finishes_what_was_begun(project: Project) -> None:
    failing = (DB, replace(MIGRATE, behaviour=Behaviour.FAILS), WEB)
    with pytest.raises(StartFailed):
        project.up(*failing)
    plan = project.plan(project.compiled(failing))
    assert [str(step) for step in plan.steps] == [
        "run migrate: it failed, exit code 3",
        "start web: it was not started yet",
    ]
    project.up(DB, MIGRATE, WEB)
    assert project.states() == {"db": State.RUNNING, "migrate": State.EXITED, "web": State.RUNNING}


def test_a_service_that_never_answers_is_told_with_its_log_and_its_health_check(project: Project) -> None:
    with pytest.raises(StartFailed) as caught:
        project.up(replace(DB, behaviour=Behaviour.NEVER_HEALTHY), WORKER)
    assert caught.value.summary == "db fails its health check"
    assert caught.value.details.splitlines()[0] == "listening on nothing"
    assert project.states() == {"db": State.RUNNING, "worker": State.CREATED}


def test_a_service_that_crashes_again_and_again_is_given_up(project: Project) -> None:
    with pytest.raises(StartFailed) as caught:
        project.up(replace(DB, behaviour=Behaviour.CRASHES), WORKER)
    assert caught.value.summary == "db crashes again and again"
    assert caught.value.details.splitlines()[0] == "cannot bind"
    assert project.states()["worker"] is State.CREATED


def test_a_deleted_service_is_removed(project: Project) -> None:
    project.up(*PIECES)
    run = project.up(DB, MIGRATE, WEB)
    name = f"{project.world.name}-worker-1"
    assert [str(step) for step in run.plan.steps] == [f"remove {name}: worker is not in devenv.yaml any more"]
    assert project.states() == {"db": State.RUNNING, "migrate": State.EXITED, "web": State.RUNNING}


def test_an_interrupt_in_the_middle_leaves_what_the_next_up_finishes(project: Project) -> None:
    def interrupt(event: Event) -> None:
        if isinstance(event, StepFinished) and event.step.startswith("create db"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        project.up(*PIECES, on_event=interrupt)
    made = project.ids()
    run = project.up(*PIECES)
    assert run.compose_calls == []
    assert (project.ids(), project.states()) == (made, ALL_UP)


def test_stop_and_up_again_keep_the_containers(project: Project) -> None:
    project.up(*PIECES)
    before = project.ids()
    compiled = project.compiled(PIECES)
    run = project.execute(plan_stop(project.observe(compiled)), compiled)
    assert run.compose_calls == ["stop"]
    project.wait_until_stopped(*before)
    assert set(project.states().values()) == {State.EXITED}
    project.up(*PIECES)
    assert (project.ids(), project.states()) == (before, ALL_UP)


def test_restart_keeps_the_container(project: Project) -> None:
    project.up(*PIECES)
    before = project.ids()
    compiled = project.compiled(PIECES)
    run = project.execute(plan_restart(compiled, project.observe(compiled), ("web",)), compiled)
    assert (run.compose_calls, steps_of(StepFinished, run.events)) == ([], ["restart web"])
    assert (project.ids(), project.states()) == (before, ALL_UP)


def test_down_keeps_volumes_unless_they_are_asked_for(project: Project) -> None:
    compiled = project.compiled(PIECES)
    project.up(*PIECES)
    volume = f"{project.world.name}_data"
    project.down(plan_down(project.observe(compiled), volumes=False), compiled)
    assert (project.states(), project.observe(compiled).volumes) == ({}, (volume,))
    project.down(plan_down(project.observe(compiled), volumes=True), compiled)
    assert project.observe(compiled).volumes == ()
