"""The engines that the contract suite runs on."""

from __future__ import annotations

import os
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from devenv.clock import SystemClock
from devenv.engine.compose_door import Compose, ComposeProject, DockerCompose
from devenv.engine.docker_door import DockerEngine
from devenv.engine.endpoint import locate_endpoint
from tests.contract.engine_world import MemoryWorld, Project, RealWorld
from tests.contract.sync_stand import Stand


@pytest.fixture
def engine() -> Iterator[DockerEngine]:
    """The machine's engine."""
    found = DockerEngine(locate_endpoint(os.environ, Path.home(), sys.platform), os.environ)
    yield found
    found.close()


@pytest.fixture
def stand() -> Iterator[Stand]:
    """Two empty trees, to be kept the same."""
    # Not tmp_path: a unix socket's path has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="dvt-") as folder:
        stand = Stand(Path(folder))
        yield stand
        stand.end()


@pytest.fixture(params=["memory", pytest.param("real", marks=pytest.mark.engine)])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Project]:
    """A project of which nothing is there yet, on each engine."""
    if request.param == "memory":
        yield Project(MemoryWorld())
        return

    def compose(folder: Path, name: str) -> Compose:
        project = ComposeProject(name=name, file=folder / "compose.yaml", folder=folder)
        return DockerCompose(project, os.environ)

    engine = request.getfixturevalue("engine")
    name = f"dvt-engine-{uuid.uuid4().hex[:8]}"
    world = RealWorld(name, tmp_path, engine, SystemClock(), compose)
    yield Project(world)
    world.remove_all()
