"""What a process in a container makes for the project comes back to the host."""

from __future__ import annotations

from tests.e2e import checks
from tests.e2e.conftest import Shop
from tests.e2e.scenario import Scenario


def test_migrations_and_new_apps_come_back_to_the_host(scenario: Scenario, shop: Shop) -> None:
    root = shop.project.root

    with scenario.step("`manage startapp` leaves the app on the host, owned by the host's user"):
        shop.project.devenv("manage", "startapp", "reviews")
        made = sorted(str(path.relative_to(root)) for path in (root / "reviews").rglob("*.py"))
        assert made == [
            "reviews/__init__.py",
            "reviews/admin.py",
            "reviews/apps.py",
            "reviews/migrations/__init__.py",
            "reviews/models.py",
            "reviews/tests.py",
            "reviews/views.py",
        ]
        assert {checks.owner(root / path) for path in made} == {checks.me()}

    with scenario.step("`manage makemigrations` sees what was just saved, and its file comes back"):
        stock = '    stock = models.PositiveIntegerField("copies in stock", default=0)\n'
        shop.bookstore.edit(
            "catalog/models.py", stock, f"{stock}    signed = models.BooleanField(default=False)\n"
        )
        shop.project.devenv("manage", "makemigrations", "catalog", "--name", "signed_copies")
        (migration,) = (root / "catalog/migrations").glob("*_signed_copies.py")
        assert "signed" in migration.read_text()
        assert checks.owner(migration) == checks.me()

    with scenario.step("the trees are equal"):
        assert checks.differing_paths(shop.project) == []
