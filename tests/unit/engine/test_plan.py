"""Plans as the literal text that `up --dry-run` prints."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from devenv.compiler.compiled import Assignments, CompiledProject
from devenv.engine.client import Health, State
from devenv.engine.observed import ObservedImage, ObservedProject
from devenv.engine.plan import UpOptions, plan_down, plan_restart, plan_stop, plan_up
from devenv.errors import UsageError
from tests.unit.engine.bookstore import (
    AS_ASKED,
    NOTHING,
    bookstore,
    container,
    images,
    origin_of,
    running,
    without,
    without_images,
)

APP = "devenv/bookstore:dev"


def up(
    compiled: CompiledProject,
    observed: ObservedProject,
    *,
    options: UpOptions = UpOptions(),  # noqa: B008 - a frozen value
    assignments: Assignments = AS_ASKED,
) -> str:
    plan = plan_up(compiled, observed, assignments, options=options, origin_of=origin_of)
    return str(plan) + "\n"


def text(block: str) -> str:
    return dedent(block).lstrip("\n")


def test_nothing_runs_yet() -> None:
    assert up(bookstore(), NOTHING) == text("""
        build devenv/bookstore:dev: there is no image yet
        pull db: postgres:17 is not on this machine
        pull cache: redis:8 is not on this machine
        create db: it is not there yet
        create cache: it is not there yet
        run migrate: it has not run here yet
        create web: it is not there yet
        create worker: it is not there yet
        """)


def test_a_pinned_image_to_build_from_is_brought_here_before_the_first_build_and_no_other() -> None:
    base = f"python:3.13-slim@sha256:{'1' * 64}"
    compiled = replace(bookstore(), base_images=(base,))
    here = {base: ObservedImage(reference=base, image_id="here")}
    only = UpOptions(only=("worker",))

    assert up(compiled, NOTHING, options=only).startswith(
        f"fetch {base}: it is not on this machine\nbuild devenv/bookstore:dev: "
    )
    assert up(compiled, replace(NOTHING, images=here), options=only).startswith(
        "build devenv/bookstore:dev: "
    )
    assert "fetch" not in up(compiled, replace(NOTHING, images=images(compiled)))


def test_images_that_are_here_are_neither_built_nor_pulled() -> None:
    assert up(bookstore(), replace(NOTHING, images=images(bookstore()))) == text("""
        create db: it is not there yet
        create cache: it is not there yet
        run migrate: it has not run here yet
        create web: it is not there yet
        create worker: it is not there yet
        """)


def test_all_runs_already() -> None:
    plan = plan_up(bookstore(), running(bookstore()), AS_ASKED, options=UpOptions(), origin_of=origin_of)
    assert not plan
    assert str(plan) + "\n" == text("""
        keep db: running, healthy
        keep cache: running, healthy
        keep migrate: done
        keep web: running, healthy
        keep worker: running, healthy
        """)


def test_a_changed_variable_of_the_app_makes_its_containers_anew_and_no_other() -> None:
    assert up(bookstore(debug="false"), running(bookstore())) == text("""
        run migrate: app.env.DEBUG changed, devenv.yaml:14
        recreate web: app.env.DEBUG changed, devenv.yaml:14
        recreate worker: app.env.DEBUG changed, devenv.yaml:14
        keep db: running, healthy
        keep cache: running, healthy
        """)


def test_an_added_variable_is_called_added() -> None:
    assert up(bookstore(), running(bookstore(debug=None))) == text("""
        run migrate: app.env.DEBUG added, devenv.yaml:14
        recreate web: app.env.DEBUG added, devenv.yaml:14
        recreate worker: app.env.DEBUG added, devenv.yaml:14
        keep db: running, healthy
        keep cache: running, healthy
        """)


def test_a_removed_variable_points_at_the_line_it_is_missing_from() -> None:
    before = running(bookstore(web_env={"app.env.OLD": "1"}))
    assert up(bookstore(), before) == text("""
        run migrate: web is recreated
        recreate web: app.env.OLD removed, devenv.yaml:13
        keep db: running, healthy
        keep cache: running, healthy
        keep worker: running, healthy
        """)


def test_a_changed_command_recreates_its_process_after_the_job_that_prepares_it() -> None:
    assert up(bookstore(worker="celery worker -c 4"), running(bookstore())) == text("""
        run migrate: worker is recreated
        recreate worker: processes.worker.command changed, devenv.yaml:23
        keep db: running, healthy
        keep cache: running, healthy
        keep web: running, healthy
        """)


def test_a_changed_job_runs_and_leaves_the_processes_alone() -> None:
    assert up(bookstore(migrate="migrate --fake"), running(bookstore())) == text("""
        run migrate: jobs.migrate.command changed, devenv.yaml:27
        keep db: running, healthy
        keep cache: running, healthy
        keep web: running, healthy
        keep worker: running, healthy
        """)


def test_many_changed_keys_are_cut_after_three() -> None:
    changed = {f"app.env.V{number}": "1" for number in range(5)}
    assert up(bookstore(web_env=changed), running(bookstore())).splitlines()[1] == (
        "recreate web: app.env.V0 added, devenv.yaml:13; app.env.V1 added, devenv.yaml:13; "
        "app.env.V2 added, devenv.yaml:13; and 2 more"
    )


def test_another_major_version_of_the_database_is_pulled_and_migrated() -> None:
    assert up(bookstore(postgres="18"), running(bookstore())) == text("""
        pull db: postgres:18 is not on this machine
        recreate db: services.db.version changed, devenv.yaml:17
        run migrate: db is recreated
        keep cache: running, healthy
        keep web: running, healthy
        keep worker: running, healthy
        """)


def test_a_system_package_rebuilds_the_image_and_all_that_run_it_move_together() -> None:
    assert up(bookstore(packages="libmagic1"), running(bookstore())) == text("""
        build devenv/bookstore:dev: app.system_packages changed, devenv.yaml:11
        run migrate: its image is rebuilt
        recreate web: its image is rebuilt
        recreate worker: its image is rebuilt
        keep db: running, healthy
        keep cache: running, healthy
        """)


def test_another_python_rebuilds_the_image() -> None:
    assert up(bookstore(python="3.11"), running(bookstore())).splitlines()[0] == (
        "build devenv/bookstore:dev: python changed, devenv.yaml:5"
    )


def test_an_image_built_meanwhile_is_used_and_not_built_again() -> None:
    new = bookstore(packages="libmagic1")
    observed = replace(running(bookstore()), images=images(new))
    assert up(new, observed) == text("""
        run migrate: its image is rebuilt
        recreate web: its image is rebuilt
        recreate worker: its image is rebuilt
        keep db: running, healthy
        keep cache: running, healthy
        """)


def test_an_image_of_another_devenv_is_rebuilt_though_no_key_changed() -> None:
    old = bookstore()
    new = replace(old, build_hash="of a newer Dockerfile template")
    assert up(new, running(old)).splitlines()[0] == (
        "build devenv/bookstore:dev: this devenv generates its Dockerfile differently"
    )


def test_a_container_of_another_devenv_is_recreated_though_no_key_changed() -> None:
    observed = running(bookstore(), but={"cache": {"config_hash": "of an older compose file"}})
    assert up(bookstore(), observed) == text("""
        recreate cache: this devenv generates it differently
        run migrate: cache is recreated
        keep db: running, healthy
        keep web: running, healthy
        keep worker: running, healthy
        """)


def test_a_container_made_by_hand_is_replaced() -> None:
    observed = running(bookstore(), but={"cache": {"config_hash": "", "inputs": {}}})
    assert up(bookstore(), observed).splitlines()[0] == "recreate cache: it was not made by devenv"


def test_build_that_is_asked_for_happens_though_nothing_changed() -> None:
    assert up(bookstore(), running(bookstore()), options=UpOptions(build=True)) == text("""
        build devenv/bookstore:dev: asked for
        run migrate: its image is rebuilt
        recreate web: its image is rebuilt
        recreate worker: its image is rebuilt
        keep db: running, healthy
        keep cache: running, healthy
        """)


def test_a_removed_image_is_no_reason_to_stop_what_runs() -> None:
    observed = without_images(running(bookstore()), APP, "redis:8")
    assert not plan_up(bookstore(), observed, AS_ASKED, options=UpOptions(), origin_of=origin_of)


def test_a_removed_image_is_built_when_a_container_needs_it_and_the_siblings_follow() -> None:
    observed = without(without_images(running(bookstore()), APP), "worker")
    assert up(bookstore(), observed) == text("""
        build devenv/bookstore:dev: there is no image yet
        run migrate: its image is rebuilt
        recreate web: its image is rebuilt
        create worker: it is not there yet
        keep db: running, healthy
        keep cache: running, healthy
        """)


def test_an_image_rebuilt_by_hand_is_taken_over() -> None:
    observed = running(bookstore(), but={"web": {"image_id": "sha256:older"}})
    assert up(bookstore(), observed).splitlines()[:2] == [
        "run migrate: web is recreated",
        "recreate web: its image was rebuilt",
    ]


def test_an_image_pulled_anew_is_taken_over() -> None:
    observed = running(bookstore(), but={"cache": {"image_id": "sha256:older"}})
    assert up(bookstore(), observed).splitlines()[0] == "recreate cache: redis:8 is another image now"


def test_a_stopped_service_is_started_not_recreated() -> None:
    observed = running(
        bookstore(), but={"db": {"state": State.EXITED, "exit_code": 0, "health": Health.NONE}}
    )
    assert up(bookstore(), observed) == text("""
        start db: it is stopped
        keep cache: running, healthy
        keep migrate: done
        keep web: running, healthy
        keep worker: running, healthy
        """)


def test_after_stop_everything_starts_and_the_job_runs_since_the_code_may_have_changed() -> None:
    stopped = {"state": State.EXITED, "exit_code": 143, "health": Health.NONE, "ports": {}}
    observed = running(bookstore(), but=dict.fromkeys(("db", "cache", "web", "worker"), stopped))
    assert up(bookstore(), observed) == text("""
        start db: it is stopped
        start cache: it is stopped
        run migrate: web is started; worker is started
        start web: it is stopped
        start worker: it is stopped
        """)


def test_a_crashed_service_is_started_and_its_exit_code_told() -> None:
    crashed = {"state": State.EXITED, "exit_code": 1, "health": Health.NONE}
    observed = running(bookstore(), but={"cache": crashed})
    assert up(bookstore(), observed).splitlines()[0] == "start cache: it ended with exit code 1"


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"state": State.PAUSED}, "restart web: it is paused"),
        ({"state": State.RESTARTING}, "restart web: it crashes again and again"),
        ({"health": Health.UNHEALTHY}, "restart web: its health check fails"),
        ({"state": State.CREATED}, "start web: it was not started yet"),
        ({"state": State.DEAD}, "recreate web: the engine says that it is dead"),
        ({"health": Health.STARTING}, "keep web: running, starting"),
        ({"health": Health.NONE}, "keep web: running"),
    ],
)
def test_each_state_of_a_container_has_its_step(changes: dict[str, object], step: str) -> None:
    assert step in up(bookstore(), running(bookstore(), but={"web": changes})).splitlines()


@pytest.mark.parametrize(
    ("changes", "step"),
    [
        ({"exit_code": 1}, "run migrate: it failed, exit code 1"),
        ({"state": State.CREATED, "exit_code": None}, "run migrate: it was not started yet"),
        ({"state": State.RUNNING, "exit_code": None}, "keep migrate: running"),
        ({}, "keep migrate: done"),
        ({"state": State.DEAD}, "run migrate: the engine says that it is dead"),
    ],
)
def test_each_state_of_a_job_has_its_step(changes: dict[str, object], step: str) -> None:
    assert step in up(bookstore(), running(bookstore(), but={"migrate": changes})).splitlines()


def test_a_database_that_was_removed_is_created_and_migrated() -> None:
    assert up(bookstore(), without(running(bookstore()), "db")) == text("""
        create db: it is not there yet
        run migrate: db is created
        keep cache: running, healthy
        keep web: running, healthy
        keep worker: running, healthy
        """)


def test_a_job_is_started_as_it_stands_unless_something_beside_it_is_made() -> None:
    def ids(observed: ObservedProject) -> list[str | None]:
        plan = plan_up(bookstore(), observed, AS_ASKED, options=UpOptions(), origin_of=origin_of)
        return [step.container_id for step in plan.steps]

    stopped = {"web": {"state": State.EXITED, "exit_code": 0}}
    assert ids(running(bookstore(), but=stopped)) == ["id-of-migrate", "id-of-web"]
    assert ids(without(running(bookstore()), "db")) == [None, None]


def test_a_job_that_was_cut_off_after_its_database_was_made_anew_runs() -> None:
    observed = running(bookstore(), but={"db": {"created": 9}})
    assert up(bookstore(), observed) == text("""
        run migrate: db was made after it ran
        keep db: running, healthy
        keep cache: running, healthy
        keep web: running, healthy
        keep worker: running, healthy
        """)


@pytest.mark.parametrize("age", [0, 9])
@pytest.mark.parametrize(("beside", "runs"), [("id-of-db", False), ("id-of-an-earlier-db", True)])
def test_which_database_a_job_saw_is_known_whatever_a_set_clock_says(
    age: int, beside: str, runs: bool
) -> None:
    migrate = {"ran_beside": frozenset({beside, "id-of-cache"})}
    observed = running(bookstore(), but={"db": {"created": age}, "migrate": migrate})
    said = up(bookstore(), observed)
    assert said.startswith("run migrate: db was made after it ran\n") is runs
    assert said.startswith("keep db: ") is not runs


def test_the_container_of_a_deleted_process_is_removed_first() -> None:
    assert up(bookstore(worker=None), running(bookstore())) == text("""
        remove bookstore-worker-1: worker is not in devenv.yaml any more
        keep db: running, healthy
        keep cache: running, healthy
        keep migrate: done
        keep web: running, healthy
        """)


def test_what_an_interrupted_recreate_left_over_is_removed() -> None:
    old = container(
        bookstore(), "web", config_hash="old", name="0a1b_bookstore-web-1", container_id="old", created=0
    )
    observed = running(bookstore())
    observed = replace(observed, containers=(*observed.containers, old))
    assert up(bookstore(), observed).splitlines()[0] == (
        "remove 0a1b_bookstore-web-1: web has another container"
    )


def test_a_moved_port_recreates_its_process() -> None:
    moved = Assignments(
        project_name="bookstore", ports={"DEVENV_PORT_WEB_8000": 8001}, wanted={"DEVENV_PORT_WEB_8000": 8000}
    )
    assert up(bookstore(), running(bookstore()), assignments=moved) == text("""
        run migrate: web is recreated
        recreate web: port 8000 moves to 8001 on the host
        keep db: running, healthy
        keep cache: running, healthy
        keep worker: running, healthy
        """)


def test_only_what_is_named_and_what_it_depends_on_is_brought_up() -> None:
    assert up(bookstore(), NOTHING, options=UpOptions(only=("cache",))) == text("""
        pull cache: redis:8 is not on this machine
        create cache: it is not there yet
        """)
    assert up(bookstore(), NOTHING, options=UpOptions(only=("worker",))).splitlines()[-1] == (
        "create worker: it is not there yet"
    )
    assert "web" not in up(bookstore(), NOTHING, options=UpOptions(only=("worker",)))


def test_a_process_is_named_with_all_its_replicas() -> None:
    wanted = bookstore()
    worker = replace(wanted.service("worker"), process="worker")
    second = replace(worker, name="worker-2")
    wanted = replace(wanted, services=(*wanted.services[:-1], worker, second))

    started = up(wanted, NOTHING, options=UpOptions(only=("worker",))).splitlines()
    assert started[-2:] == ["create worker: it is not there yet", "create worker-2: it is not there yet"]
    restarted = plan_restart(wanted, running(wanted), ("worker",))
    assert [step.subject for step in restarted.steps] == ["worker", "worker-2"]
    assert up(wanted, running(wanted), options=UpOptions(only=("worker-2",))).count("worker") == 1


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        up(bookstore(), NOTHING, options=UpOptions(only=("wrk",)))
    assert (caught.value.summary, caught.value.hint) == (
        "there is no 'wrk' in devenv.yaml",
        "did you mean `worker`? there are: db, cache, migrate, web, worker",
    )


def test_a_project_of_services_alone_is_never_built() -> None:
    compiled = bookstore()
    compiled = replace(compiled, services=compiled.services[:2])
    assert up(compiled, NOTHING, options=UpOptions(build=True)) == text("""
        pull db: postgres:17 is not on this machine
        pull cache: redis:8 is not on this machine
        create db: it is not there yet
        create cache: it is not there yet
        """)


def test_down_removes_the_youngest_first_and_leaves_volumes() -> None:
    assert str(plan_down(running(bookstore()), volumes=False)) + "\n" == text("""
        remove worker
        remove web
        remove migrate
        remove cache
        remove db
        """)


def test_down_with_volumes_says_which_data_goes() -> None:
    plan = plan_down(running(bookstore()), volumes=True)
    assert [str(step) for step in plan.steps if step.risk] == [
        "remove volume bookstore_db-17",
        "remove volume bookstore_source",
    ]


def test_down_of_nothing_does_nothing() -> None:
    assert not plan_down(NOTHING, volumes=True)


def test_stop_stops_what_runs() -> None:
    assert str(plan_stop(running(bookstore()))) + "\n" == text("""
        stop worker
        stop web
        stop cache
        stop db
        """)
    assert str(plan_stop(running(bookstore()), ("db",))) == "stop db"
    assert not plan_stop(NOTHING)


def test_restart_is_for_processes_unless_others_are_named() -> None:
    assert str(plan_restart(bookstore(), running(bookstore()))) == "restart web\nrestart worker"
    assert str(plan_restart(bookstore(), running(bookstore()), ("db",))) == "restart db"
    assert str(plan_restart(bookstore(), running(bookstore()), ("migrate",))) == "run migrate"


def test_what_a_plan_makes_is_kept_by_the_next_plan() -> None:
    wanted = bookstore(debug="false", packages="libmagic1")
    assert not plan_up(wanted, running(wanted), AS_ASKED, options=UpOptions(), origin_of=origin_of)


def test_a_job_that_has_not_run_yet_is_made_anew_beside_what_is_made_anew_or_it_would_run_twice() -> None:
    waiting: dict[str, dict[str, object]] = {
        "migrate": {"state": State.CREATED, "exit_code": None},
        "db": {"config_hash": "old"},
    }
    observed = running(bookstore(), but=waiting)
    plan = plan_up(bookstore(), observed, AS_ASKED, options=UpOptions(), origin_of=origin_of)
    assert [(str(step), step.container_id) for step in plan.steps] == [
        ("recreate db: this devenv generates it differently", None),
        ("run migrate: it was not started yet", None),
    ]
