"""A port that another program takes after devenv looked, while the environment comes up."""

from __future__ import annotations

import json
import socket

from tests.e2e.project import Project
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually

ENVIRONMENT = """\
name: {name}
python: "3.13"
app: {{settings: x, wsgi: "x:application", volumes: {{state: /state}}}}
processes:
  page: {{command: python -m http.server 8000, port: 8000}}
  loop: sleep infinity
jobs:
  prepare: {{command: echo prepared, when: {{change: manage.py}}, before: loop}}
  hold: {{command: "sh -c 'until [ -e /state/go ]; do sleep 0.1; done'", before: page}}
"""


def test_a_port_that_goes_while_a_job_runs_is_moved_and_what_is_done_stays_done(scenario: Scenario) -> None:
    project = scenario.project("taken", scenario.folder / "taken")
    write_files(project)
    with project.background("up", "-d") as up:
        with scenario.step("while a job runs, another program listens on the port that was chosen"):
            up.says("run prepare: it has not run here yet (")
            job = eventually(lambda: running(project, "hold"))
            port = chosen_port(project)
            with socket.create_server(("127.0.0.1", port)):
                # The job ends, and may take `touch` with it.
                project.engine.docker("exec", "--user", "0", job, "touch", "/state/go", check=False)
                up.says("a port of page was taken by another program just now; taking another\n")
                eventually(up.process.poll, lambda code: code is not None)
        with scenario.step("another one is published, and the other job does not run once more"):
            assert up.process.returncode == 0, up.said()
            assert chosen_port(project) != port
            assert up.said().count("run prepare: ") == 2, up.said()


def running(project: Project, service: str) -> str:
    """Its container's id, "" as long as it does not run."""
    container = project.container(service)
    state = project.engine.docker("inspect", "--format", "{{.State.Running}}", container)
    return container if state.strip() == "true" else ""


def chosen_port(project: Project) -> int:
    """What the container of `page` is published on, or will be."""
    found = project.engine.docker(
        "inspect", "--format", "{{json .HostConfig.PortBindings}}", project.container("page")
    )
    return int(json.loads(found)["8000/tcp"][0]["HostPort"])


def write_files(project: Project) -> None:
    project.root.mkdir()
    for path, text in {
        "devenv.yaml": ENVIRONMENT.format(name=project.name),
        "manage.py": "",
        "requirements.txt": "",
    }.items():
        (project.root / path).write_text(text, encoding="utf-8")
