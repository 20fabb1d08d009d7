"""`devenv test` on the bookstore: manage.py's runner, with a database of its own on Postgres."""

from __future__ import annotations

from tests.e2e.conftest import Shop
from tests.e2e.scenario import Scenario

WORKS = """from django.test import TestCase
from catalog.models import Book
from catalog.isbn import *  # noqa: F403
class Works(TestCase):
    def test_the_database_is_there(self):
        self.assertGreaterEqual(Book.objects.count(), 0)
"""


def test_tests_run_in_the_apps_container_on_the_newest_code(scenario: Scenario, shop: Shop) -> None:
    project, root = shop.project, shop.bookstore.root
    with scenario.step("a test module runs where the app runs; its database is made and removed"):
        (root / "catalog/tests/test_here.py").write_text(WORKS)
        ran = project.devenv("test", "-T", "catalog.tests.test_here", "-v", "2")
        assert "Creating test database for alias 'default'" in ran.stderr
        assert "Destroying test database for alias 'default'" in ran.stderr
        assert "Ran 1 test" in ran.stderr
        assert "from cold" not in ran.stderr

    with scenario.step("what was saved since is what is tested, and the exit code is the runner's"):
        (root / "catalog/tests/test_here.py").write_text(WORKS.replace("GreaterEqual", "Less"))
        ran = project.devenv("test", "-T", "catalog.tests.test_here", code=1)
        assert "AssertionError" in ran.stderr

    with (
        scenario.step("while watching tests, a save runs again what it touches"),
        project.background("test", "--watch", "-T", "catalog.tests.test_here") as watch,
    ):
        watch.says("FAILED (failures=1)")
        (root / "catalog/tests/test_here.py").write_text(WORKS)
        watch.says("catalog/tests/test_here.py changed: running again")
        watch.says("\nOK\n")
