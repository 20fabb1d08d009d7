"""When jobs run: for the files that they work on, by hand, and not for a start that changed nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from textwrap import dedent

import pytest

from devenv.compiler.compiled import CompiledProject
from devenv.engine.client import State
from devenv.engine.observed import ObservedProject
from devenv.engine.plan import UpOptions, plan_up
from tests.unit.engine.bookstore import AS_ASKED, bookstore, container, origin_of, running

FIRST, SECOND = "catalog/migrations/0001_initial.py", "catalog/migrations/0002_isbn.py"
FILES = {FIRST: "aa"}
SHOP = bookstore()


def steps(
    observed: ObservedProject,
    *only: str,
    files: Mapping[str, str] | None = None,
    compiled: CompiledProject = SHOP,
    run: frozenset[str] = frozenset(),
) -> str:
    inputs = {"migrate": files} if files is not None else {}
    options = UpOptions(only=only, run=run, job_inputs=inputs)
    plan = plan_up(compiled, observed, AS_ASKED, options=options, origin_of=origin_of)
    return "\n".join(map(str, plan.steps))


def ran_on(files: Mapping[str, str] | None, **web: object) -> ObservedProject:
    return running(SHOP, but={"migrate": {"ran_on": files}, "web": web})


def with_seed() -> CompiledProject:
    """The bookstore with a job that is run by hand, after migrate."""
    migrate = SHOP.service("migrate")
    seed = replace(
        migrate,
        name="seed",
        config_hash="seed",
        is_manual=True,
        depends_on={**migrate.depends_on, "migrate": "service_completed_successfully"},
    )
    return replace(SHOP, services=(*SHOP.services, seed))


@pytest.mark.parametrize(
    ("before", "after", "cause"),
    [
        (FILES, FILES, ""),
        (FILES, {**FILES, SECOND: "bb"}, f"{SECOND} is new"),
        (FILES, {FIRST: "cc"}, f"{FIRST} changed"),
        ({**FILES, SECOND: "bb"}, FILES, f"{SECOND} is gone"),
        (None, FILES, "nobody knows on which files it ran"),
    ],
)
def test_a_job_runs_once_for_the_content_of_its_files(
    before: Mapping[str, str] | None, after: Mapping[str, str], cause: str
) -> None:
    assert steps(ran_on(before), files=after) == (f"run migrate: {cause}" if cause else "")


def test_a_job_that_names_its_files_does_not_run_because_a_process_is_started() -> None:
    observed = ran_on(FILES, state=State.EXITED, exit_code=0)
    assert steps(observed, files=FILES) == "start web: it is stopped"
    assert steps(observed) == "run migrate: web is started\nstart web: it is stopped"


def test_a_job_that_names_its_files_does_not_run_because_a_process_is_made_anew() -> None:
    observed = ran_on(FILES, config_hash="of an older devenv.yaml")
    made = "recreate web: this devenv generates it differently"
    assert steps(observed, files=FILES) == made
    assert steps(observed) == f"run migrate: web is recreated\n{made}"


def test_a_job_that_failed_runs_again_whatever_it_ran_on() -> None:
    observed = running(SHOP, but={"migrate": {"exit_code": 1, "ran_on": FILES}})
    assert steps(observed, files=FILES) == "run migrate: it failed, exit code 1"


def test_a_database_that_is_made_anew_is_migrated_though_the_files_are_the_same() -> None:
    compiled = bookstore(postgres="18")
    assert steps(ran_on(FILES), files=FILES, compiled=compiled) == dedent("""\
        pull db: postgres:18 is not on this machine
        recreate db: services.db.version changed, devenv.yaml:17
        run migrate: db is recreated""")


def test_a_job_that_is_done_runs_when_it_is_asked_for() -> None:
    assert steps(ran_on(FILES), "migrate", files=FILES, run=frozenset({"migrate"})) == (
        "run migrate: asked for"
    )


def test_a_manual_job_is_no_part_of_an_up_and_runs_after_what_it_needs_when_it_is_named() -> None:
    compiled = with_seed()
    assert steps(running(SHOP), compiled=compiled) == ""
    stopped = running(SHOP, but={"db": {"state": State.EXITED, "exit_code": 0}})
    assert steps(stopped, "seed", compiled=compiled) == (
        "start db: it is stopped\nrun seed: it has not run here yet"
    )


def test_the_container_of_a_manual_job_is_kept_and_runs_again_each_time() -> None:
    compiled = with_seed()
    done = running(SHOP)
    done = replace(done, containers=(*done.containers, container(compiled, "seed")))
    assert steps(done, compiled=compiled) == ""
    assert steps(done, "seed", compiled=compiled) == "run seed: asked for"
