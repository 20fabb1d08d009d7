"""When git says that files were committed last."""

from __future__ import annotations

import os
import subprocess
from datetime import date
from pathlib import Path

import pytest

from devenv.workflows.init import read_project, survey, write_environment
from devenv.workspace.git_dates import LastCommit, last_commit

IDENTITY = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")


def git(root: Path, *arguments: str, at: str = "2020-01-01T00:00:00Z") -> None:
    environ = {**os.environ, "GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at}
    subprocess.run(
        ["git", "-C", str(root), *IDENTITY, *arguments], check=True, capture_output=True, env=environ
    )


def commit(root: Path, at: str, **texts: str) -> None:
    """Files by their name without .txt, committed at a time."""
    for name, text in texts.items():
        (root / f"{name}.txt").write_text(text)
    git(root, "add", "--all", at=at)
    git(root, "commit", "-m", "x", at=at)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "--initial-branch", "main")
    commit(folder, "2019-05-01T12:00:00Z", base="a\n", dev="b\n", code="1\n")
    commit(folder, "2020-02-28T20:00:00-08:00", dev="c\n")
    commit(folder, "2022-01-01T00:00:00Z", code="2\n")
    (folder / "shop").mkdir()
    (folder / "shop" / "a.py").touch()
    commit(folder, "2022-06-01T00:00:00Z")
    return folder


def test_the_last_commit_of_several_files_is_found_with_its_day_in_utc(root: Path) -> None:
    later = (date(2022, 6, 1),)
    assert last_commit(root, ("base.txt",)) == LastCommit(path="base.txt", day=date(2019, 5, 1), later=later)
    assert last_commit(root, ("base.txt", "dev.txt")) == LastCommit(
        path="dev.txt", day=date(2020, 2, 29), later=later
    )
    assert last_commit(root, (".",)) == LastCommit(path=".", day=date(2022, 6, 1))


def test_nobody_knows_of_what_is_being_edited_or_was_never_committed(root: Path, tmp_path: Path) -> None:
    (root / "new.txt").write_text("")
    assert last_commit(root, ("new.txt",)) is None
    (root / "base.txt").write_text("a\nb\n")
    assert last_commit(root, ("base.txt", "dev.txt")) is None
    assert last_commit(root, ()) is None
    (tmp_path / "x.txt").write_text("")
    assert last_commit(tmp_path, ("x.txt",)) is None


def test_line_endings_of_windows_are_no_edit(root: Path) -> None:
    (root / "base.txt").write_bytes(b"a\r\n")
    found = last_commit(root, ("base.txt",))
    assert found is not None
    assert found.day == date(2019, 5, 1)


def test_a_shallow_clone_says_that_its_history_begins_there(root: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth", "1", f"file://{root}", str(clone)],
        check=True,
        capture_output=True,
    )
    assert last_commit(clone, ("base.txt",)) == LastCommit(
        path="base.txt", day=date(2022, 6, 1), is_first=True
    )


def test_nothing_that_a_repository_names_is_run(root: Path) -> None:
    trap = root / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {root}/sprung\nexit 1\n")
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "gpg.program", "diff.external", "core.hooksPath"):
        git(root, "config", key, str(trap))
    git(root, "config", "log.showSignature", "true")
    (root / ".gitattributes").write_text("*.txt filter=trap diff=trap\n")
    git(root, "config", "filter.trap.clean", str(trap))
    git(root, "config", "diff.trap.textconv", str(trap))
    found = last_commit(root, ("base.txt",))
    assert found is not None
    assert found.day == date(2019, 5, 1)
    assert not (root / "sprung").exists()


def test_init_takes_the_packages_of_an_old_project_as_of_that_time(root: Path) -> None:
    (root / "manage.py").write_text(
        'import django, os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "conf")\n'
    )
    (root / "conf.py").touch()
    commit(root, "2022-06-02T00:00:00Z", requirements="Django\n")
    seen = survey(root)
    detected = read_project(seen, lambda _question, _answers, default: default)
    write_environment(seen, detected.proposal)
    lines = [line.partition("#")[0].strip() for line in (root / "devenv.yaml").read_text().splitlines()]
    assert {'python: "3.10"', "as_of: 2022-06-02"} <= {*lines}
