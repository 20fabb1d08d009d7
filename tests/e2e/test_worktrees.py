"""Worktrees of one repository side by side, none of their files edited; the machine's view of them all."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from devenv.engine.docker_door import DockerEngine
from devenv.engine.endpoint import locate_endpoint
from devenv.errors import Refused
from devenv.workflows.environments import observe_leftovers, remove_leftovers
from tests.e2e import checks
from tests.e2e.project import Project
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
  db: postgres:17
  cache:
    image: redis:8
    port: 6379
processes:
  web:
    port: 8000
jobs:
  migrate: python manage.py migrate --noinput
"""

RENAME = "from catalog.models import Book; Book.objects.filter(pk=1).update(title='of tree {number}')"


def test_worktrees_come_up_side_by_side_and_what_a_deleted_one_leaves_is_pruned(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    trees = _worktrees(scenario)

    with scenario.step("each comes up with a name and a port of its own, and serves its own database"):
        for tree in trees:
            tree.devenv("up", "-d")
        assert len({tree.address("web") for tree in trees}) == len(trees)
        for number, tree in enumerate(trees):
            tree.devenv("manage", "shell", "-c", RENAME.format(number=number))
        assert _renamed(trees) == ["of tree 0", "of tree 1", "of tree 2"]

    with scenario.step("`ls` lists them with their state, address and folder, and marks ours"):
        listed = {each["name"]: each for each in json.loads(trees[0].devenv("ls", "--format", "json").stdout)}
        for tree in trees:
            port = tree.address("web").rpartition(":")[2]
            found = listed[tree.name]
            assert (found["state"], found["urls"], found["folder"], found["is_here"]) == (
                "running",
                [f"http://localhost:{port}/"],
                str(tree.root),
                tree is trees[0],
            )
        assert f"* {trees[0].name} " in trees[0].devenv("ls").stdout

    with scenario.step("`open` hands the address to the browser that BROWSER names"):
        opened = tmp_path / "opened"
        browser = tmp_path / "browser"
        browser.write_text(f'#!/bin/sh\nprintf "%s" "$1" > {opened}\n')
        browser.chmod(0o755)
        said = trees[1].devenv("open", environ={"BROWSER": str(browser)}).stdout.strip()
        eventually(lambda: opened.exists() and opened.read_text() == said, bool)
        assert said == trees[1].devenv("url").stdout.strip()
        assert "has no page" in trees[1].devenv("open", "cache", code=2).stderr

    with scenario.step("one is down: its data is kept, and it is listed"):
        trees[1].devenv("down")
        assert re.search(rf"  {trees[1].name} +down; its data is kept", trees[0].devenv("ls").stdout)

    with scenario.step("its folder is deleted: `prune` says what is left of it, how large, and asks"):
        shutil.rmtree(trees[1].root)
        found = json.loads(trees[0].devenv("prune", "--dry-run", "--format", "json").stdout)
        ours = [each for each in found if each["environment"] == trees[1].name]
        assert {(each["kind"], each["goes"]) for each in ours} == {("image", True), ("volume", False)}
        assert all(each["size_bytes"] >= 0 for each in ours)
        assert "answer with -y" in trees[0].devenv("prune", code=Refused.exit_code).stderr

    with scenario.step("what goes is only that, and the others are as they were"):
        engine = DockerEngine(locate_endpoint(os.environ, Path.home(), sys.platform), os.environ)
        left = [each for each in observe_leftovers(engine) if each.project_name == trees[1].name]
        remove_leftovers(engine, lambda _: None, left)  # of others on this engine, nothing
        engine.close()
        assert trees[1].find("volume") == []
        assert trees[1].name not in trees[0].devenv("ls").stdout
        assert _renamed([trees[0], trees[2]]) == ["of tree 0", "of tree 2"]


def _worktrees(scenario: Scenario) -> list[Project]:
    first, bookstore = scenario.bookstore("trees")
    (bookstore.root / "devenv.yaml").write_text(YAML.format(name=first.name))
    trees = [first]
    git = ["git", "-C", str(bookstore.root), "-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "first"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    for number in (2, 3):
        root = bookstore.root.parent / f"branch-{number}"
        subprocess.run([*git, "worktree", "add", "--quiet", str(root)], check=True, capture_output=True)
        trees.append(replace(first, name=f"{first.name}-{number}", root=root))
        scenario.projects.append(trees[-1])
    return trees


def _renamed(trees: list[Project]) -> list[str]:
    """The books that were renamed, as each tree's API has them."""
    return [title for tree in trees for title in checks.titles(tree) if title.startswith("of tree")]
