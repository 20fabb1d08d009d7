"""The door to `docker compose`, on the real one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from devenv.engine.compose_door import (
    ComposeProject,
    DockerCompose,
    buildx_version,
    compose_environ,
    compose_version,
)
from devenv.errors import BuildFailed, EngineUnavailable, StartFailed
from devenv.events import Event, OutputLine
from tests.contract.engine_world import BASE_IMAGE, DB, WORKER, compile_pieces

pytestmark = pytest.mark.engine
PIECES = (DB, replace(WORKER, depends_on={}))


@pytest.fixture
def project(tmp_path: Path) -> Iterator[ComposeProject]:
    """A project with its files in place, of which nothing runs."""
    name = f"dvt-engine-{uuid.uuid4().hex[:8]}"
    for path, text in compile_pieces(name, PIECES).files.items():
        (tmp_path / path).write_text(text)
    made = ComposeProject(name=name, file=tmp_path / "compose.yaml", folder=tmp_path)
    yield made
    DockerCompose(made, os.environ).down(lambda _: None, volumes=True)
    subprocess.run(["docker", "image", "rm", "-f", f"devenv/{name}:dev"], capture_output=True, check=False)


def test_a_build_tells_its_steps(project: ComposeProject) -> None:
    events: list[Event] = []
    (project.folder / "Dockerfile").write_text(f"FROM {BASE_IMAGE} AS dev\nRUN echo {uuid.uuid4()}\n")
    DockerCompose(project, os.environ).build(events.append)
    lines = [event.text for event in events if isinstance(event, OutputLine) and event.source == "build"]
    assert [line for line in lines if "[worker 2/2] RUN echo" in line]


def test_a_failed_build_tells_the_step_and_what_it_printed(project: ComposeProject) -> None:
    script = (
        "RUN echo before && sleep 0.5 && echo reason >&2 && exit 7"  # two streams have no order of their own
    )
    (project.folder / "Dockerfile").write_text(f"FROM {BASE_IMAGE} AS dev\n{script}\n")
    with pytest.raises(BuildFailed) as caught:
        DockerCompose(project, os.environ).build(lambda _: None)
    assert caught.value.details == f"[worker 2/2] {script}\nbefore\nreason"


def test_a_dockerfile_that_cannot_be_read_is_told_with_its_line(project: ComposeProject) -> None:
    (project.folder / "Dockerfile").write_text(f"FROM {BASE_IMAGE} AS dev\nRUNN true\n")
    with pytest.raises(BuildFailed) as caught:
        DockerCompose(project, os.environ).build(lambda _: None)
    assert "unknown instruction: RUNN" in caught.value.details


def test_an_image_that_nobody_has_is_told(project: ComposeProject) -> None:
    text = project.file.read_text().replace(BASE_IMAGE, "dvt-engine/never-made:1")
    project.file.write_text(text)
    with pytest.raises(StartFailed) as caught:
        DockerCompose(project, os.environ).pull(["db"], lambda _: None)
    assert caught.value.summary == "no image for db"
    assert caught.value.details != ""


def test_an_image_to_build_from_that_no_registry_has_is_told(project: ComposeProject) -> None:
    image = f"dvt-engine/never-made:1@sha256:{'0' * 64}"
    with pytest.raises(BuildFailed) as caught:
        DockerCompose(project, os.environ).fetch(image, lambda _: None)
    assert caught.value.summary == f"there is no {image} to build from"
    assert caught.value.details != ""


def test_a_container_that_the_engine_refuses_is_told(project: ComposeProject) -> None:
    text = project.file.read_text().replace("data:/data", "data:not-absolute")
    project.file.write_text(text)
    with pytest.raises(StartFailed) as caught:
        DockerCompose(project, os.environ).create(["db"], lambda _: None)
    assert "not-absolute" in caught.value.details


@pytest.mark.parametrize("exit_code", [0, 1, 42])
def test_exec_and_run_pass_output_and_exit_code_on(project: ComposeProject, exit_code: int) -> None:
    """In a child, since they write to the real stdout."""
    script = f"""
import os, sys
from pathlib import Path
from devenv.engine.compose_door import ComposeProject, DockerCompose
folder = Path({str(project.folder)!r})
project = ComposeProject(name={project.name!r}, file=folder / "compose.yaml", folder=folder)
command = ["sh", "-c", "cat; exit {exit_code}"]
sys.exit(getattr(DockerCompose(project, os.environ), sys.argv[1])("db", command, terminal=False))
"""
    DockerCompose(project, os.environ).create(["db"], lambda _: None)
    subprocess.run(["docker", "start", f"{project.name}-db-1"], check=True, capture_output=True)
    for verb in ("exec", "run"):
        result = subprocess.run(
            [sys.executable, "-c", script, verb], input="typed", capture_output=True, text=True, check=False
        )
        assert (result.returncode, result.stdout) == (exit_code, "typed")


def test_lines_of_logs_that_are_told_begin_with_no_code_of_a_terminal(project: ComposeProject) -> None:
    compose = DockerCompose(project, os.environ)
    compose.create(["db"], lambda _: None)
    name = f"{project.name}-db-1"
    say = ["docker", "exec", "--user", "root", name, "sh", "-c", "printf 'one\\n\\ntwo\\n' > /proc/1/fd/1"]
    for command in (["docker", "start", name], say):
        subprocess.run(command, check=True, capture_output=True)
    told: list[str] = []
    deadline = time.monotonic() + 30
    while len(told) < 3 and time.monotonic() < deadline:
        told.clear()
        compose.logs(["db"], tell=told.append)

    assert [line.split("|")[1].strip() for line in told] == ["one", "", "two"]
    assert {line[:2] for line in told} == {"db"}


def test_the_users_compose_variables_do_not_reach_compose(project: ComposeProject) -> None:
    environ = {**os.environ, "COMPOSE_FILE": "/nowhere.yaml", "COMPOSE_PROJECT_NAME": "other"}
    DockerCompose(project, environ).create(["db"], lambda _: None)
    assert [name for name in compose_environ(environ) if name.startswith("COMPOSE_")] == []
    found = subprocess.run(["docker", "inspect", f"{project.name}-db-1"], capture_output=True, check=False)
    assert found.returncode == 0


def test_an_engine_that_does_not_run_is_told_as_such(project: ComposeProject) -> None:
    environ = {**os.environ, "DOCKER_HOST": "unix:///nowhere/docker.sock"}
    with pytest.raises(EngineUnavailable):
        DockerCompose(project, environ).create(["db"], lambda _: None)


def test_a_machine_without_docker_is_told_what_to_install(tmp_path: Path) -> None:
    project = ComposeProject(name="dvt-engine-none", file=tmp_path / "compose.yaml", folder=tmp_path)
    environ = {"PATH": str(tmp_path)}
    with pytest.raises(EngineUnavailable) as caught:
        DockerCompose(project, environ).stop(["db"], lambda _: None)
    assert caught.value.hint == "install Docker with its compose plugin (2.20 or later); then `devenv doctor`"
    assert (compose_version(environ), buildx_version(environ)) == ("", "")


def test_versions_are_read() -> None:
    assert compose_version(os.environ).split(".")[0] == "2"
    assert buildx_version(os.environ).count(".") == 2
