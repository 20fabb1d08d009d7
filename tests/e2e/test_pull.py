"""What a process in a container makes for the project comes back to the host."""

from __future__ import annotations

import json

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


def test_what_is_typed_in_a_shell_inside_comes_back_while_watching(scenario: Scenario, shop: Shop) -> None:
    project, migrations = shop.project, shop.project.root / "catalog/migrations"

    with project.watching() as watch:
        with scenario.step("a migration that was made inside is in the folder, and nothing starts anew"):
            before = checks.pids(project, "web")
            command = "python manage.py makemigrations catalog --empty --name typed_inside"
            project.engine.docker("exec", project.container("web"), "sh", "-c", command)
            watch.says("typed_inside.py")
            (migration,) = migrations.glob("*_typed_inside.py")
            assert checks.owner(migration) == checks.me()
            assert checks.pids(project, "web") == before

        with scenario.step("what nobody asked for stays inside, and is listed"):
            project.engine.docker("exec", project.container("web"), "sh", "-c", "echo x > report.csv")
            answer = json.loads(project.devenv("sync", "status", "--format", "json").stdout)
            assert (answer["is_equal"], answer["kept"]) == (True, ["report.csv"])
            assert not (project.root / "report.csv").exists()

    with scenario.step("`sync flush` brings in what was saved while nobody watched"):
        shop.bookstore.edit("catalog/models.py", "copies in stock", "copies on the shelf")
        project.devenv("sync", "status", code=1)
        project.devenv("sync", "flush")
        assert checks.differing_paths(project) == ["report.csv"]

    with scenario.step("`sync reset` compares every byte anew and deletes nothing here"):
        (project.root / "catalog/kept_here.py").write_text("")
        project.devenv("sync", "reset")
        assert (project.root / "catalog/kept_here.py").exists()
        project.engine.docker("exec", project.container("web"), "rm", "report.csv")
        assert checks.differing_paths(project) == []
