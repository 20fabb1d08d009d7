"""Whether a container that was started is ready, on its way or failed; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from devenv.compiler.compiled import CompiledService, Role
from devenv.engine.client import Health, State
from devenv.engine.observed import ObservedContainer


class Progress(Enum):
    """How far a container is."""

    READY = auto()
    UNDERWAY = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Readiness:
    """`text` continues the container's name: "db" + " is starting (health check)"."""

    progress: Progress
    text: str = ""


def readiness(service: CompiledService, container: ObservedContainer, *, by_health: bool) -> Readiness:
    """A service is ready when its health check passes, a job when it ended with 0.

    A process is ready when it runs, unless (`by_health`) something depends on its health: what becomes of
    its code is for the agent to tell.
    """
    exit_code = container.exit_code
    match container.state:
        case State.EXITED if service.role is Role.JOB and exit_code == 0:
            return Readiness(Progress.READY)
        case State.EXITED | State.DEAD | State.REMOVING:
            verb = "failed with" if service.role is Role.JOB else "ended with"
            return Readiness(Progress.FAILED, f"{verb} exit code {exit_code}")
        case State.RESTARTING:
            return Readiness(Progress.UNDERWAY, f"crashed with exit code {exit_code}, it is started again")
        case State.RUNNING if service.role is not Role.JOB:
            return _running(container, by_health=by_health or service.role is Role.SERVICE)
    return Readiness(Progress.UNDERWAY, f"is {container.state}")


def _running(container: ObservedContainer, *, by_health: bool) -> Readiness:
    if by_health and container.health is Health.STARTING:
        return Readiness(Progress.UNDERWAY, "is starting (health check)")
    if by_health and container.health is Health.UNHEALTHY:
        return Readiness(Progress.FAILED, "fails its health check")
    return Readiness(Progress.READY)
