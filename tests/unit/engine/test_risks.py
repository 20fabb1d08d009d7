"""Steps that leave data behind say so, and only those."""

from __future__ import annotations

from dataclasses import replace

from devenv.compiler.compiled import CompiledProject
from devenv.engine.observed import ObservedProject
from devenv.engine.plan import UpOptions, plan_up
from tests.unit.engine.bookstore import AS_ASKED, bookstore, origin_of, running

UNNAMED = "0123456789abcdef" * 4


def with_data(compiled: CompiledProject, **volumes: str) -> CompiledProject:
    """Services that mount these volumes, as devenv.yaml names them."""
    mounted = {name: (f"${{COMPOSE_PROJECT_NAME}}_{volume}",) for name, volume in volumes.items()}
    return replace(
        compiled,
        services=tuple(
            replace(service, volumes=mounted.get(service.name, ())) for service in compiled.services
        ),
    )


def mounting(observed: ObservedProject, **volumes: str) -> ObservedProject:
    """Containers that have these volumes at /data."""
    return replace(
        observed,
        containers=tuple(
            replace(each, volumes={"/data": volumes[each.service]}) if each.service in volumes else each
            for each in observed.containers
        ),
    )


def risks(wanted: CompiledProject, observed: ObservedProject) -> dict[str, str]:
    plan = plan_up(wanted, observed, AS_ASKED, options=UpOptions(), origin_of=origin_of)
    return {step.subject: step.risk for step in plan.risky}


def test_another_major_version_leaves_the_data_behind_in_the_volume_of_the_old_one() -> None:
    wanted = with_data(bookstore(postgres="18"), db="db-18")
    assert risks(wanted, mounting(running(bookstore()), db="bookstore_db-17")) == {
        "db": "leaves its data behind in volume bookstore_db-17 and begins in bookstore_db-18"
    }


def test_another_major_version_on_the_same_volume_says_whose_data_it_opens() -> None:
    wanted = with_data(bookstore(postgres="18"), db="data")
    observed = running(bookstore(), but={"db": {"image": "postgres:17"}})
    assert risks(wanted, mounting(observed, db="bookstore_data")) == {
        "db": "of version 18 works on what 17 wrote in volume bookstore_data"
    }


def test_another_minor_version_and_another_product_on_the_same_volume_are_no_risk() -> None:
    for before, after in (("17.1", "17.4-alpine"), ("17-alpine", "17")):
        observed = mounting(
            running(bookstore(), but={"db": {"image": f"postgres:{before}"}}), db="bookstore_d"
        )
        assert risks(with_data(bookstore(postgres=after), db="d"), observed) == {}
    observed = mounting(running(bookstore(), but={"db": {"image": "valkey:8"}}), db="bookstore_d")
    assert risks(with_data(bookstore(postgres="18"), db="d"), observed) == {}


def test_an_edit_that_keeps_the_volume_is_no_risk() -> None:
    observed = mounting(running(bookstore(), but={"db": {"config_hash": "other"}}), db="bookstore_d")
    assert risks(with_data(bookstore(), db="d"), observed) == {}


def test_a_deleted_process_that_has_only_the_source_is_no_risk() -> None:
    observed = mounting(running(bookstore()), worker="bookstore_source")
    assert risks(bookstore(worker=None), observed) == {}


def test_a_deleted_service_leaves_its_data_behind() -> None:
    observed = mounting(running(bookstore()), worker="bookstore_media")
    assert risks(bookstore(worker=None), observed) == {
        "bookstore-worker-1": "leaves its data behind, used by nothing, in volume bookstore_media"
    }


def test_a_volume_that_another_service_takes_over_is_not_left_behind() -> None:
    observed = mounting(running(bookstore()), worker="bookstore_media")
    assert risks(with_data(bookstore(worker=None), web="media"), observed) == {}


def test_data_in_a_volume_without_a_name_goes_with_its_container() -> None:
    observed = mounting(running(bookstore()), worker=UNNAMED)
    assert risks(bookstore(worker=None), observed) == {
        "bookstore-worker-1": "takes the data in /data with it: it is in no volume with a name"
    }


def test_a_container_that_is_not_touched_is_asked_about_by_nobody() -> None:
    assert risks(bookstore(), mounting(running(bookstore()), db="somewhere_else")) == {}
