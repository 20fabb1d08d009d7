"""devenv.local.yaml and a real git: ignored in this clone, once, and nobody's .gitignore is touched."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from devenv.workspace.git_exclude import exclude_from_git


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.com")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def local(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "clone")
    file = tmp_path / "clone" / "apps [old]" / "devenv.local.yaml"
    file.parent.mkdir()
    file.write_text("app: {}\n")
    return file


def test_a_personal_file_is_ignored_from_then_on(local: Path) -> None:
    clone = local.parents[1]
    (clone / "devenv.local.yaml").touch()

    assert exclude_from_git(local)
    assert not exclude_from_git(local)

    assert git(clone, "status", "--porcelain", "--untracked-files=all") == "?? devenv.local.yaml\n"
    assert not (clone / ".gitignore").exists()


def test_what_git_ignores_already_is_left_alone(local: Path) -> None:
    (local.parents[1] / ".gitignore").write_text("*.local.yaml\n")
    exclude = local.parents[1] / ".git" / "info" / "exclude"
    before = exclude.read_text()

    assert not exclude_from_git(local)
    assert exclude.read_text() == before


def test_a_file_that_the_team_committed_is_left_alone(local: Path) -> None:
    git(local.parents[1], "add", "--all")
    git(local.parents[1], "commit", "-qm", "ours")

    assert not exclude_from_git(local)


def test_a_worktree_is_one_clone_with_its_repository(local: Path) -> None:
    clone = local.parents[1]
    git(clone, "commit", "-qm", "empty", "--allow-empty")
    git(clone, "worktree", "add", "-q", "../other")
    file = clone.parent / "other" / "devenv.local.yaml"
    file.touch()

    assert exclude_from_git(file)
    assert git(file.parent, "status", "--porcelain") == ""


def test_where_there_is_no_repository_there_is_nothing_to_do(tmp_path: Path) -> None:
    (tmp_path / "devenv.local.yaml").touch()

    assert not exclude_from_git(tmp_path / "devenv.local.yaml")
