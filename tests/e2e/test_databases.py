"""Snapshots, a major version of PostgreSQL, and databases that follow the branch, on one environment."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e import checks
from tests.e2e.bookstore import Bookstore
from tests.e2e.project import Project
from tests.e2e.restless import asking
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually

YAML = """\
name: {name}
python: "3.13"
app:
  settings: bookstore.settings
  wsgi: bookstore.wsgi:application
  env:
    DEBUG: "true"
services:
  db:
    image: postgres:15
    branches: true
processes:
  web:
    port: 8000
jobs:
  migrate: python manage.py migrate --noinput
"""
MIGRATION = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "{before}")]
    operations = [migrations.AddField("book", "{field}", models.CharField(max_length=50, default="{field}"))]
"""
TITLE = "    title = models.CharField(max_length=200)\n"
SWITCHES = 10


@pytest.mark.timeout(1200)
def test_snapshots_versions_and_branches(scenario: Scenario) -> None:
    project, bookstore = scenario.bookstore("data")
    (bookstore.root / "devenv.yaml").write_text(YAML.format(name=project.name))
    _git(bookstore.root, "init", "--quiet", "--initial-branch", "main")
    _commit(bookstore.root, "first")

    with scenario.step("everything comes up"):
        project.devenv("up", "-d")
        first = checks.titles(project)

    with scenario.step("a snapshot is taken, the data changes, and comes back; what was there is kept"):
        assert project.devenv("db", "snapshot", "monday").stdout == "monday\n"
        _rename_a_book(project, "of tuesday")
        assert "of tuesday" in checks.titles(project)
        assert "is the snapshot before-restore-" in project.devenv("db", "restore").stderr
        assert checks.titles(project) == first
        assert "there is no snapshot sunday" in project.devenv("db", "restore", "sunday", code=2).stderr

    with scenario.step("a reset makes a new database, and runs the jobs on it"):
        _rename_a_book(project, "of wednesday")
        project.devenv("db", "reset")
        assert checks.titles(project) == first
        listed = project.devenv("db", "list").stdout
        assert sorted(re.findall(r"^[a-z]+(?:-[a-z]+)?", listed.partition("\n")[2], re.MULTILINE)) == [
            "before-reset",
            "before-restore",
            "monday",
        ]

    _upgrade(scenario, project, bookstore)
    _plan_branches(scenario, project, bookstore.root)
    _switch_branches(scenario, project, bookstore)
    _switch_unwatched(scenario, project, bookstore)
    _fail_once(scenario, project, bookstore)
    _tell_what_is_ahead(scenario, project, bookstore)


def _upgrade(scenario: Scenario, project: Project, bookstore: Bookstore) -> None:
    with scenario.step("a new major version gets the data of the old one, whose volume is kept"):
        _rename_a_book(project, "written with 15")
        bookstore.edit("devenv.yaml", "postgres:15", "postgres:17")
        older, newer = (f"{project.name}_db-postgres-{version}" for version in (15, 17))
        assert _steps(project) == [
            (
                "recreate",
                "db",
                ["services.db.image changed, devenv.yaml:10", "services.db.volumes changed, devenv.yaml:9"],
            ),
            ("upgrade", "db", [f"its data is of version 15, in volume {older}, devenv.yaml:10"]),
            ("run", "migrate", ["db is recreated"]),
        ]
        project.devenv("up", "-d", code=11)  # nobody agreed
        with project.background("up", "-d", "--yes") as killed:
            killed.says("upgrade db")
            killed.process.kill()
            killed.process.wait()
        assert _steps(project)[0][:2] == ("upgrade", "db")
        said = project.devenv("up", "-d", "--yes").stderr
        assert "rows came over from version 15" in said
        assert _steps(project) == []
        assert "written with 15" in checks.titles(project)
        assert {older, newer} <= set(project.find("volume"))
        _commit(bookstore.root, "postgres 17")


def _plan_branches(scenario: Scenario, project: Project, root: Path) -> None:
    with scenario.step("the plan says that a branch gets its own data, and `up` does that"):
        _switch(root, "-c", "idea")
        switch = ["idea is checked out, the data is main's, devenv.yaml:11", "next: a copy of main's"]
        assert _steps(project) == [("switch", "db", switch)]
        assert f"switch db: {'; '.join(switch)}" in project.devenv("up", "-d").stderr
        _rename_a_book(project, "an idea")
        project.devenv("stop")
        _switch(root, "main")
        switch = ["main is checked out, the data is idea's, devenv.yaml:11", "next: as main left it"]
        assert _steps(project) == [
            ("start", "db", ["it is stopped"]),
            ("switch", "db", switch),
            ("start", "web", ["it is stopped"]),
        ]
        project.devenv("up", "-d")
        assert "written with 15" in checks.titles(project)
        assert _steps(project) == []


def _switch_branches(scenario: Scenario, project: Project, bookstore: Bookstore) -> None:
    with scenario.step("a new branch goes on with the data that is there"), project.watching() as watch:
        _switch(bookstore.root, "-c", "feature")
        watch.says("the database of feature, a copy of main's")
        _add_field(bookstore, "subtitle", before="0002_first_books")
        project.devenv("manage", "migrate")
        assert "0003_subtitle" in _applied(project)
        _rename_a_book(project, "of feature")
        _commit(bookstore.root, "a subtitle")

        with scenario.step("the first branch is as it was, migrations included"):
            _switch(bookstore.root, "main")
            watch.says("the database of main, as main left it")
            _eventually_lists(project, "written with 15")
            assert "0003_subtitle" not in _applied(project)
            _add_field(bookstore, "series", before="0002_first_books")
            project.devenv("manage", "migrate")
            assert "0003_series" in _applied(project)
            _commit(bookstore.root, "a series")

        with scenario.step(
            "back and forth ten times: each branch has its own data, and no answer is an error"
        ):
            with asking(
                f"http://{project.address('web')}/api/books/", connections=2, pause_seconds=0.1
            ) as client:
                for number in range(SWITCHES):
                    branch, title = (("feature", "of feature"), ("main", "written with 15"))[number % 2]
                    _switch(bookstore.root, branch)
                    if number == 3:  # beside who watches: whoever is first does it
                        project.devenv("up", "-d")
                    _eventually_lists(project, title)
                tally = client.stop()
            assert tally.failed == {}
            assert "Traceback" not in watch.said()

        with scenario.step("somebody else's branch: its migration is applied before its code is asked"):
            _commit_elsewhere(bookstore, "colleague", "shelf")
            with asking(
                f"http://{project.address('web')}/api/books/", connections=2, pause_seconds=0.1
            ) as client:
                _switch(bookstore.root, "colleague")
                _eventually_lists(project, "of feature")
                tally = client.stop()
            assert tally.failed == {}
            assert "0004_shelf" in _applied(project)
            _switch(bookstore.root, "main")
            _eventually_lists(project, "written with 15")
            watch.says("0004_shelf.py is gone (")  # main's job is done as well


def _switch_unwatched(scenario: Scenario, project: Project, bookstore: Bookstore) -> None:
    with scenario.step("nobody watches: `up` brings the branch's data, and its job runs once"):
        _commit_elsewhere(bookstore, "stranger", "binding")
        _switch(bookstore.root, "stranger")
        assert [step[:2] for step in _steps(project)] == [("switch", "db"), ("run", "migrate")]
        said = project.devenv("up", "-d").stderr
        assert said.count("Running migrations:") == 1
        assert "0004_binding" in _applied(project)
        assert _steps(project) == []
        _switch(bookstore.root, "main")
        project.devenv("up", "-d")
        assert "written with 15" in checks.titles(project)


def _fail_once(scenario: Scenario, project: Project, bookstore: Bookstore) -> None:
    with scenario.step("nobody watches: a branch's job that fails is tried, and told, once"):
        _commit_elsewhere(bookstore, "wrong", "wrong", then="\nraise RuntimeError('not yet')\n")
        _switch(bookstore.root, "wrong")
        said = project.devenv("up", "-d", code=6).stderr
        assert said.count("run migrate: ") == 1, said
        assert said.count("migrate | RuntimeError: not yet") == 1, said
        assert said.count("cause: RuntimeError: not yet") == 1, said
        assert [step[:2] for step in _steps(project)] == [("run", "migrate")]
    with scenario.step("it is tried again by the next `up`, and back on main all is well"):
        said = project.devenv("up", "-d", code=6).stderr
        assert said.count("migrate | RuntimeError: not yet") == 1
        _switch(bookstore.root, "main")
        project.devenv("up", "-d")
        assert "written with 15" in checks.titles(project)
        assert _steps(project) == []


def _tell_what_is_ahead(scenario: Scenario, project: Project, bookstore: Bookstore) -> None:
    with scenario.step("a database that is ahead of the code is told, with the ways out"):
        (bookstore.root / "catalog/migrations/0003_series.py").unlink()
        said = project.devenv("up", "-d").stderr
        assert (
            "the database of db is ahead of this code: catalog.0003_series is applied and not in this" in said
        )
        assert re.search("`devenv db restore .*`; or switch back to the branch that has them", said)


def _steps(project: Project) -> list[tuple[str, str, list[str]]]:
    """What `devenv plan` says: action, subject, causes with their lines."""
    plan = json.loads(project.devenv("plan", "--format", "json").stdout)
    return [
        (
            step["action"],
            step["subject"],
            [
                cause["text"] + (f", {cause['file']}:{cause['line']}" if cause["file"] else "")
                for cause in step["causes"]
            ],
        )
        for step in plan["steps"]
    ]


def _eventually_lists(project: Project, title: str) -> None:
    eventually(lambda: checks.titles(project), lambda seen: title in seen)


def _git(root: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    done = subprocess.run(
        ["git", "-C", str(root), *identity, *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout


def _commit(root: Path, message: str) -> None:
    _git(root, "add", ".")
    _git(root, "commit", "--quiet", "-m", message)


def _switch(root: Path, *arguments: str) -> None:
    _git(root, "switch", "--quiet", *arguments)


def _rename_a_book(project: Project, title: str) -> None:
    _sql(project, f"update catalog_book set title = '{title}' where id = 1")


def _add_field(bookstore: Bookstore, field: str, *, before: str, number: str = "0003") -> None:
    """The migration is there before the model that needs it."""
    migration = bookstore.root / f"catalog/migrations/{number}_{field}.py"
    migration.write_text(MIGRATION.format(before=before, field=field))
    model = f'    {field} = models.CharField(max_length=50, default="{field}")\n'
    bookstore.edit("catalog/models.py", TITLE, TITLE + model)


def _commit_elsewhere(bookstore: Bookstore, branch: str, field: str, *, then: str = "") -> None:
    """A branch of `feature`, with a migration that no database here has seen; `then` at its end."""
    elsewhere = bookstore.root.parent / branch
    _git(bookstore.root, "worktree", "add", "--quiet", "-b", branch, str(elsewhere), "feature")
    _add_field(replace(bookstore, root=elsewhere), field, number="0004", before="0003_subtitle")
    migration = elsewhere / f"catalog/migrations/0004_{field}.py"
    migration.write_text(migration.read_text() + then)
    _commit(elsewhere, f"a {field}")
    _git(bookstore.root, "worktree", "remove", str(elsewhere))


def _applied(project: Project) -> str:
    return _sql(project, "select string_agg(name, ' ') from django_migrations where app = 'catalog'")


def _sql(project: Project, text: str) -> str:
    return project.engine.docker("exec", project.container("db"), "psql", "-U", "app", "-Atc", text)
