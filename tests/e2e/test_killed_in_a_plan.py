"""devenv is killed after each step of a plan of ten; the next `up` finishes, and no data is lost.

Here after five of them; after each one with

    DEVENV_CHAOS=all python -m pytest tests/e2e/test_killed_in_a_plan.py
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.project import Project
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually

STEPS = 10
MOMENTS = range(STEPS) if os.environ.get("DEVENV_CHAOS") == "all" else (5,)
KEPT, CHANGED, STOPPED, REMOVED, NEW = (
    ("kept",),
    ("c1", "c2", "c3"),
    ("s1", "s2"),
    ("r1", "r2"),
    ("n1", "n2", "n3"),
)


def environment(name: str, services: dict[str, str]) -> str:
    """Redis under many names; a variable is what is edited."""
    lines = [
        f"name: {name}",
        'python: "3.13"',
        'app: {settings: x, wsgi: "x:application"}',
        "processes: {}",
        "services:",
        *(
            f"  {service}: {{type: redis, version: '8', env: {{V: {value}}}}}"
            for service, value in services.items()
        ),
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("finished", MOMENTS)
def test_a_plan_that_was_killed_is_finished_by_the_next_up(
    scenario: Scenario, tmp_path: Path, finished: int
) -> None:
    root = tmp_path / "chaos"
    root.mkdir()
    for path in ("manage.py", "requirements.txt"):
        (root / path).touch()
    project = scenario.project(f"chaos{finished}", root)
    before = dict.fromkeys((*KEPT, *CHANGED, *STOPPED, *REMOVED), "one")
    after = {**dict.fromkeys((*KEPT, *STOPPED), "one"), **dict.fromkeys((*CHANGED, *NEW), "two")}

    with scenario.step("everything is up, every volume has data, and two services are stopped"):
        (root / "devenv.yaml").write_text(environment(project.name, before))
        project.devenv("up", "-d")
        for service in before:
            project.engine.docker(
                "exec", project.container(service), "sh", "-c", f"echo {service} > /data/mine"
            )
        project.engine.docker("stop", "--time", "0", *(project.container(service) for service in STOPPED))

    with scenario.step(f"a plan of ten is killed after {finished} of its steps"):
        (root / "devenv.yaml").write_text(environment(project.name, after))
        plan = json.loads(project.devenv("plan", "--format", "json").stdout)
        assert len(plan["steps"]) == STEPS
        assert kill_after(project, finished) == -signal.SIGKILL

    with scenario.step(
        "the next up finishes: what is wanted runs, nothing else is there, nothing is left to do"
    ):
        project.devenv("up", "-d", "--yes")
        eventually(lambda: states(project), lambda seen: seen == dict.fromkeys(after, "running"))
        assert project.devenv("plan").stdout == "nothing to do\n"

    with scenario.step("no volume was lost, and each service has its own"):
        volumes = project.find("volume")
        assert len(volumes) == len({*before, *after})
        for service in {*before} & {*after}:
            inside = project.engine.docker("exec", project.container(service), "cat", "/data/mine")
            assert inside == f"{service}\n"


def kill_after(project: Project, finished: int) -> int:
    """Run `devenv up`, kill it after so many finished steps; the code it ended with."""
    command = [sys.executable, "-m", "devenv", "up", "-d", "--yes", "--format", "json"]
    with subprocess.Popen(command, cwd=project.root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        left = finished
        for line in process.stdout:
            event = json.loads(line)["event"]
            left -= event == "StepFinished"
            if left < 0 or (finished == 0 and event == "StepStarted") or (finished and left == 0):
                process.kill()
                break
    return process.returncode


def states(project: Project) -> dict[str, str]:
    found = project.engine.docker(
        "container",
        "ls",
        "--all",
        "--filter",
        f"label=com.docker.compose.project={project.name}",
        "--format",
        '{{.Label "com.docker.compose.service"}} {{.State}}',
    )
    return dict(line.split() for line in found.splitlines())
