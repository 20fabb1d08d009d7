"""Jobs: on the newest source, once for what they work on, while watching, by hand; and where one fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e import checks
from tests.e2e.bookstore import Bookstore
from tests.e2e.conftest import Shop
from tests.e2e.project import Project
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually

MIGRATION = """\
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "{after}")]
    operations = [migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop)]
"""
FIRST = "0002_first_books"
FIELD = '    isbn = models.CharField("ISBN"'


def test_a_job_has_the_newest_source_at_its_first_run_though_nothing_runs(
    scenario: Scenario, shop: Shop
) -> None:
    project = shop.project
    with database_as_it_was(project):
        with scenario.step("everything is stopped, and a migration is written meanwhile"):
            project.devenv("stop")
            write_migration(shop.bookstore, "0010_shelf")
        with scenario.step("up applies it at once, in one run, for this reason"):
            said = project.devenv("up", "-d").stderr
            assert said.count("run migrate: catalog/migrations/0010_shelf.py is new (") == 1
            assert said.count("Applying catalog.0010_shelf... OK") == 1
            assert "run migrate" not in said.partition("0010_shelf.py is new (")[2]
            assert applied(project, "0010_shelf")
        with scenario.step("a second up has nothing to do, and a job that is asked for runs all the same"):
            assert project.devenv("up", "--dry-run").stdout == "nothing to do\n"
            assert "No migrations to apply." in project.devenv("job", "migrate").stderr
            assert "migrate  up, **/migrations/*.py  done" in project.devenv("job").stdout


def test_migrations_are_applied_while_watching_once_each_and_missing_ones_are_told(
    scenario: Scenario, shop: Shop
) -> None:
    project = shop.project
    with database_as_it_was(project), project.watching() as watch:
        with scenario.step("a model without a migration is told in one line"):
            add_field(shop.bookstore, "spine")
            watch.says("catalog: models changed without a migration (add field spine to book)")
        with scenario.step("makemigrations in the container: the file comes back, and is applied, once"):
            project.devenv("manage", "makemigrations", "catalog", "-n", "spine")
            watch.says("_spine.py is new (")
            eventually(
                lambda: len(list((shop.bookstore.root / "catalog/migrations").glob("*_spine.py"))) == 1
            )
        with scenario.step("a second leaf is a conflict, and the card says what to do"):
            write_migration(shop.bookstore, "0003_other")
            said = watch.says("cause: ")
            assert "migrate failed with exit code 1" in said
            assert "makemigrations --merge" in said
            assert checks.ask(project, "/health/").status == 200
        with scenario.step("it is taken back, and all is well"):
            (shop.bookstore.root / "catalog/migrations/0003_other.py").unlink()
            watch.says("run migrate: it failed, exit code 1 (")
            assert watch.said().count("_spine.py is new (") == 1


def test_a_manual_job_runs_when_it_is_named_and_a_failed_one_stops_what_waits_for_it(
    scenario: Scenario, shop: Shop
) -> None:
    project = shop.project
    with scenario.step("a manual job is left out by up, and runs by name"):
        shop.bookstore.edit(
            "devenv.yaml", "jobs:\n", "jobs:\n  hello: {command: echo hello there, when: manual}\n"
        )
        assert "hello" not in project.devenv("up", "--dry-run").stdout
        assert "hello there" in project.devenv("job", "hello").stderr
        assert "hello there" in project.devenv("job", "hello").stderr
        assert project.devenv("job", "helo", code=2).stderr.count("there is no job 'helo'") == 1
    with scenario.step("a job that fails is told with its log, and what waits for it does not start"):
        project.devenv("stop", "beat")
        shop.bookstore.edit(
            "devenv.yaml",
            "  migrate:",
            "  check: {command: sh -c 'echo no luck; exit 3', before: beat}\n  migrate:",
        )
        said = project.devenv("up", "-d", code=6).stderr
        assert "check failed with exit code 3" in said
        assert "no luck" in said
        assert checks.states(project)["beat"].startswith("exited ")
        assert checks.states(project)["web"] == "running"


def write_migration(bookstore: Bookstore, name: str) -> None:
    """It changes no table: what runs it is what is looked at."""
    (bookstore.root / f"catalog/migrations/{name}.py").write_text(MIGRATION.format(after=FIRST))


@contextmanager
def database_as_it_was(project: Project) -> Iterator[None]:
    """Other scenarios have the same database."""
    try:
        yield
    finally:
        project.devenv("manage", "migrate", "catalog", FIRST)


def add_field(bookstore: Bookstore, field: str) -> None:
    bookstore.edit(
        "catalog/models.py", FIELD, f'    {field} = models.CharField(max_length=9, default="")\n{FIELD}'
    )


def applied(project: Project, name: str) -> bool:
    shown = project.devenv("manage", "showmigrations", "catalog").stdout
    return f"[X] {name}" in shown
