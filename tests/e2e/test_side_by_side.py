"""Two copies of one project, each with its own Python, up at once."""

from __future__ import annotations

from tests.e2e import checks
from tests.e2e.conftest import Shop
from tests.e2e.scenario import Scenario


def test_two_copies_with_different_pythons_are_up_at_once(scenario: Scenario, shop: Shop) -> None:
    older, bookstore = scenario.bookstore("older", python="3.11")
    taken = shop.project.address("web").rpartition(":")[2]

    with scenario.step("both copies tell their Python, and both are up"):
        shop.bookstore.tell_python()
        shop.project.devenv("up", "-d")
        bookstore.tell_python()
        bookstore.edit("devenv.yaml", "port: 8000", f"port: {{container: 8000, host: {taken}}}")
        said = older.devenv("up", "-d")

    with scenario.step("each answers with its own"):
        pythons = [checks.ask(each, "/health/").json()["python"] for each in (shop.project, older)]
        assert pythons == ["3.13", "3.11"]
        assert [len(checks.titles(each)) for each in (shop.project, older)] == [12, 12]

    with scenario.step("the second one's port moved, and it said where to"):
        assert older.address("web") != shop.project.address("web")
        port = older.address("web").rpartition(":")[2]
        assert f"port {taken} is taken: published on {port} instead" in said.stderr
