"""The doors that a workflow acts through, handed in so that a test can hand in others."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from devenv.clock import Clock, SystemClock
from devenv.engine.client import Engine
from devenv.engine.compose_door import ComposeProject, DockerCompose
from devenv.engine.docker_door import DockerEngine
from devenv.engine.endpoint import locate_endpoint


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """This computer as far as devenv needs it. `compose` makes a door for one project."""

    engine: Engine
    compose: Callable[[ComposeProject], DockerCompose]
    environ: Mapping[str, str]
    clock: Clock


def this_machine(environ: Mapping[str, str]) -> Machine:
    """The engine that `docker` itself would use; nothing is asked of it yet. Raises EngineUnavailable."""
    endpoint = locate_endpoint(environ, Path.home(), sys.platform)
    return Machine(
        engine=DockerEngine(endpoint, environ),
        compose=lambda project: DockerCompose(project, environ),
        environ=environ,
        clock=SystemClock(),
    )
