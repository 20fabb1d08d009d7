"""What breaks while watching heals without a human, and the trees are equal afterwards."""

from __future__ import annotations

from functools import partial

from tests.e2e import checks
from tests.e2e.conftest import Shop
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually


def test_killed_app_processes_come_back(scenario: Scenario, shop: Shop) -> None:
    with shop.project.watching():
        with scenario.step("every process in web's container but the agent is killed"):
            before = checks.pids(shop.project, "web")
            inside = ("exec", "--user", "root", shop.project.container("web"))
            shop.project.engine.docker(*inside, "sh", "-c", "kill -9 -1", check=False)
            eventually(
                lambda: checks.pids(shop.project, "web"), lambda seen: bool(seen) and not before & seen
            )

        assert_healed(scenario, shop, "after kill -9")


def test_a_restarted_container_is_found_again(scenario: Scenario, shop: Shop) -> None:
    with shop.project.watching():
        with scenario.step("web's container restarts, and a file is saved meanwhile"):
            shop.project.engine.docker("kill", "--signal", "STOP", shop.project.container("web"))
            shop.bookstore.save_serializer("saved while web was away")
            shop.project.engine.docker("restart", "--time", "1", shop.project.container("web"))
            eventually(lambda: checks.edition(shop.project), lambda seen: seen == "saved while web was away")

        assert_healed(scenario, shop, "after a restart")


def test_a_killed_service_comes_back(scenario: Scenario, shop: Shop) -> None:
    with shop.project.watching():
        with scenario.step("the database is killed"):
            shop.project.engine.docker("kill", shop.project.container("db"))
            checks.everything_is_up(shop.project)

        assert_healed(scenario, shop, "after the database came back")


def assert_healed(scenario: Scenario, shop: Shop, edition: str) -> None:
    """All is up, the next save is served, the worker works, and the trees are equal."""
    with scenario.step("it heals: all is up, a save is served, the worker works, the trees are equal"):
        shop.bookstore.save_serializer(edition)
        eventually(lambda: checks.edition(shop.project), lambda seen: seen == edition)
        checks.everything_is_up(shop.project)
        assert checks.report(shop.project)["orders_placed"] > 0
        for service in ("web", "worker", "beat"):
            eventually(partial(checks.differing_paths, shop.project, service), lambda seen: seen == [])
