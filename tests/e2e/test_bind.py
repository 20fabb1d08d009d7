"""`sync: {mode: bind}`: the host's folder is mounted, and reloads are the same."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.e2e import checks
from tests.e2e.restless import asking
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually


def test_a_mounted_folder_reloads_as_a_synced_one_does(scenario: Scenario) -> None:
    project, bookstore = scenario.bookstore("bind")
    bookstore.edit("devenv.yaml", "\njobs:\n", "\nsync: {mode: bind}\n\njobs:\n")
    bookstore.edit("devenv.yaml", "\napp:\n", "\napp:\n  volumes: {kept: /kept}\n")
    if os.geteuid() == 0:  # containers never run as root, so a root's checkout is not theirs to write
        give_away(project.root)

    with scenario.step("`up -d` brings everything up"):
        project.devenv("up", "-d")
        checks.everything_is_up(project)

    with project.watching(), asking(f"http://{project.address('web')}/api/books/1/") as client:
        with scenario.step("saves are served, and nobody is refused"):
            for number in range(5):
                bookstore.save_serializer(f"mounted {number}")
                client.first_answer_with(f"mounted {number}", timeout_seconds=120)
            tally = client.stop()
            assert (tally.failed, tally.stale) == ({}, 0), tally

        with scenario.step("the worker computes with the changed task"):
            bookstore.save_task("mounted")
            eventually(lambda: checks.report(project), lambda seen: seen.get("edition") == "mounted")

    with scenario.step("what a container makes is there at once, and belongs to the checkout's owner"):
        project.devenv("manage", "startapp", "reviews")
        made = project.root / "reviews/models.py"
        assert checks.owner(made) == checks.owner(project.root)

    with scenario.step("that owner, of whom the image knows nothing, has a home, a name and the volumes"):
        lines = "import getpass, os, pathlib; print(os.getuid(), getpass.getuser(), pathlib.Path.home())"
        writes = f"touch ~/a ~/.cache/b /kept/c && python -c '{lines}'"
        said = project.devenv("exec", "web", "sh", "-c", writes)
        assert said.stdout.split() == [str(project.root.stat().st_uid), "app", "/home/app"]


def give_away(root: Path) -> None:
    """To one who is nobody in the image."""
    for path in (root, *root.rglob("*")):
        shutil.chown(path, 1234, 1234)
