from __future__ import annotations

from collections.abc import Callable

import pytest

from devenv.compiler.compiled import Assignments
from devenv.engine.observed import ObservedMachine
from devenv.engine.ports import assign, choose_project_name
from devenv.errors import StartFailed
from tests.unit.engine.bookstore import NOTHING, bookstore, running

WEB = "DEVENV_PORT_WEB_8000"


def taken(*ports: int) -> Callable[[int], bool]:
    return lambda port: port not in ports


def before(port: int, wanted: int = 8000) -> Assignments:
    return Assignments(project_name="bookstore", ports={WEB: port}, wanted={WEB: wanted})


def test_a_free_port_is_given_as_wanted() -> None:
    assert assign(bookstore(), NOTHING, None, taken()) == Assignments(
        project_name="bookstore", ports={WEB: 8000}, wanted={WEB: 8000}
    )


def test_a_taken_port_moves_to_the_next_free_one() -> None:
    assert assign(bookstore(), NOTHING, None, taken(8000, 8001)).ports == {WEB: 8002}


def test_a_moved_port_stays_where_it_is_though_the_wanted_one_is_free_again() -> None:
    assert assign(bookstore(), NOTHING, before(8001), taken()).ports == {WEB: 8001}


def test_a_moved_port_that_is_taken_now_moves_again() -> None:
    assert assign(bookstore(), NOTHING, before(8001), taken(8000, 8001)).ports == {WEB: 8002}


def test_a_port_that_devenv_yaml_asks_for_anew_is_given_instead_of_the_old_one() -> None:
    assert assign(bookstore(), NOTHING, before(9001, wanted=9000), taken()).ports == {WEB: 8000}


def test_a_port_that_the_projects_own_container_holds_is_not_asked_about() -> None:
    def never(port: int) -> bool:
        raise AssertionError(port)

    assert assign(bookstore(), running(bookstore()), before(8000), never).ports == {WEB: 8000}
    assert assign(bookstore(), running(bookstore()), None, never).ports == {WEB: 8000}


def test_no_free_port_at_all_is_an_error() -> None:
    with pytest.raises(StartFailed) as caught:
        assign(bookstore(), NOTHING, None, lambda _: False)
    assert caught.value.summary == "no host port from 8000 upwards is free"


def machine(**roots: str) -> ObservedMachine:
    found = {name.replace("_", "-"): frozenset({root}) for name, root in roots.items()}
    return ObservedMachine(roots=found, ports={})


@pytest.mark.parametrize(
    ("roots", "previous", "chosen"),
    [
        ({}, None, "shop"),
        ({"shop": "/here"}, None, "shop"),
        ({"shop": "/there"}, None, "shop-2"),
        ({"shop": "/there", "shop_2": "/third"}, None, "shop-3"),
        ({"shop": "/there", "shop_2": "/here"}, "shop-2", "shop-2"),
        ({}, "shop-2", "shop-2"),
        ({"shop_2": "/there"}, "shop-2", "shop"),
        ({"shop": "/third", "shop_2": "/there"}, "shop-2", "shop-3"),
    ],
)
def test_the_project_is_called_after_devenv_yaml_unless_another_checkout_is(
    roots: dict[str, str], previous: str | None, chosen: str
) -> None:
    assert choose_project_name("shop", "/here", previous, machine(**roots)) == chosen


@pytest.mark.parametrize(("previous", "chosen"), [(None, "shop-2"), ("shop", "shop")])
def test_volumes_under_a_name_that_the_checkout_did_not_have_are_somebody_elses_data(
    previous: str | None, chosen: str
) -> None:
    machine = ObservedMachine(roots={}, ports={}, data_only=frozenset({"shop"}))
    assert choose_project_name("shop", "/here", previous, machine) == chosen
