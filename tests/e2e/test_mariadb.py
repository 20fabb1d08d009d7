"""MariaDB: snapshots, branches and a new major version, by dump, on one environment."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.e2e.project import Project
from tests.e2e.scenario import Scenario

YAML = """\
name: {name}
python: "3.13"
app: {{settings: x, wsgi: "x:application"}}
services:
  db: {{image: "mariadb:10", branches: true}}
processes:
  loop: python -u loop.py
jobs:
  note: python -c "print('it ran')"
"""
PROGRAM = "import threading; threading.Event().wait()\n"


def test_snapshots_branches_and_a_major_version(scenario: Scenario) -> None:
    project = _checkout(scenario)
    root = project.root

    with scenario.step("it comes up"):
        project.devenv("up", "-d")
        _sql(project, "create table book (title varchar(50)); insert into book values ('of monday')")

    with scenario.step("a snapshot, a restore and a reset; what was there is kept"):
        assert project.devenv("db", "snapshot", "monday").stdout == "monday\n"
        _rename(project, "of tuesday")
        project.devenv("db", "restore")
        assert _title(project) == "of monday"
        project.devenv("db", "reset")
        assert _sql(project, "show tables") == ""
        project.devenv("db", "restore", "monday")
        listed = json.loads(project.devenv("db", "list", "--format", "json").stdout)
        kinds = {
            name if name == "monday" else name.rsplit("-", 2)[0] for name in (each["name"] for each in listed)
        }
        assert kinds == {"monday", "before-restore", "before-reset"}

    with scenario.step("a snapshot goes after a question, and the server's own shell opens"):
        project.devenv("db", "snapshot", "spare")
        assert "remove spare for good?" in project.devenv("db", "remove", "spare", code=11).stderr
        project.devenv("db", "remove", "spare", "--yes")
        assert "there is no snapshot spare" in project.devenv("db", "remove", "spare", "--yes", code=2).stderr
        assert "of monday" in project.devenv("db", "shell", stdin="select title from book;\n").stdout
        assert "no data of an older version of db" in project.devenv("db", "upgrade", code=2).stderr

    with scenario.step("each branch has its own data"):
        _git(root, "switch", "--quiet", "-c", "feature")
        assert "next: a copy of main's" in project.devenv("plan").stdout
        project.devenv("up", "-d")
        assert _title(project) == "of monday"
        _rename(project, "of feature")
        _git(root, "switch", "--quiet", "main")
        assert "next: as main left it" in project.devenv("plan").stdout
        project.devenv("up", "-d")
        assert _title(project) == "of monday"

    with scenario.step("a new major version gets all of it, also what other branches have"):
        devenv_yaml = root / "devenv.yaml"
        devenv_yaml.write_text(devenv_yaml.read_text().replace("mariadb:10", "mariadb:11"))
        older = f"{project.name}_db-mariadb-10"
        assert f"its data is of version 10, in volume {older}, devenv.yaml:5" in project.devenv("plan").stdout
        said = project.devenv("up", "-d", "--yes").stderr
        assert "db: 1 table and 1 row came over from version 10, and 2 other databases" in said
        assert _sql(project, "select substring_index(version(), '.', 1)") == "11"
        assert _title(project) == "of monday"
        _git(root, "switch", "--quiet", "feature")
        project.devenv("up", "-d")
        assert _title(project) == "of feature"
        assert older in project.find("volume")


def _checkout(scenario: Scenario) -> Project:
    """A git repository whose app leaves the database alone."""
    root = scenario.folder / "mariadb"
    root.mkdir()
    project = scenario.project("mariadb", root)
    (root / "devenv.yaml").write_text(YAML.format(name=project.name))
    (root / "loop.py").write_text(PROGRAM)
    for name in ("manage.py", "requirements.txt"):
        (root / name).touch()
    _git(root, "init", "--quiet", "--initial-branch", "main")
    _git(root, "add", ".")
    _git(root, "commit", "--quiet", "-m", "first")
    return project


def _title(project: Project) -> str:
    return _sql(project, "select title from book")


def _rename(project: Project, title: str) -> None:
    _sql(project, f"update book set title = '{title}'")


def _sql(project: Project, text: str) -> str:
    login = ("mariadb", "-uapp", "-papp", "-N", "-B", "-e", text, "app")
    return project.engine.docker("exec", project.container("db"), *login).strip()


def _git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True)
