"""Containers that somebody changed with docker itself: the plan says so, and `up` undoes it."""

from __future__ import annotations

import subprocess

import pytest

from tests.contract.engine_world import DB, WORKER, Project


@pytest.mark.engine
@pytest.mark.parametrize("project", ["real"], indirect=True)
def test_a_renamed_container_and_one_with_other_limits_are_made_anew(project: Project) -> None:
    project.up(DB, WORKER)
    ids = project.ids(DB, WORKER)
    name = f"{project.world.name}-hand"
    for command in (
        ["rename", ids["worker"], name],
        ["update", "--restart", "no", "--memory", "300m", "--memory-swap", "300m", ids["db"]],
    ):
        subprocess.run(["docker", *command], check=True, capture_output=True)

    run = project.up(DB, WORKER)

    assert [str(step) for step in run.plan.steps] == [
        "recreate db: its memory limit was changed by hand, none to 300m; "
        "its restart policy was changed by hand, unless-stopped to no",
        f"recreate worker: it was renamed to {name} by hand",
    ]
    assert not project.plan(project.compiled((DB, WORKER)))
