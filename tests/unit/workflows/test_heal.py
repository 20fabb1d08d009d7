"""Which containers come back while watching, and which were stopped by somebody."""

import pytest

from devenv.compiler.compiled import CompiledService, Role
from devenv.engine.client import State
from devenv.engine.observed import ObservedContainer, ObservedProject
from devenv.workflows.heal import death


def service(role: Role) -> CompiledService:
    return CompiledService(
        name="db", role=role, image="postgres:17", built=False, config_hash="1", inputs={}, depends_on={}
    )


def project(state: State | None, exit_code: int | None = None) -> ObservedProject:
    found = (
        [
            ObservedContainer(
                service="db", role=None, container_id="1", name="db-1", state=state, exit_code=exit_code
            )
        ]
        if state
        else []
    )
    return ObservedProject(project_name="shop", containers=tuple(found))


@pytest.mark.parametrize(
    ("observed", "reason"),
    [
        (project(State.RUNNING), ""),
        (project(State.RESTARTING, 1), ""),
        (project(State.CREATED), ""),
        (project(State.EXITED, 0), ""),
        (project(State.EXITED, 143), ""),
        (project(State.EXITED, 137), "died with exit code 137"),
        (project(State.EXITED, 1), "died with exit code 1"),
        (project(None), "was removed"),
    ],
)
def test_what_was_killed_or_removed_comes_back_and_what_was_stopped_does_not(
    observed: ObservedProject, reason: str
) -> None:
    assert death(service(Role.SERVICE), observed, is_known=True) == reason


def test_what_was_never_there_is_not_missed() -> None:
    assert death(service(Role.SERVICE), project(None), is_known=False) == ""


def test_a_job_is_meant_to_end() -> None:
    assert death(service(Role.JOB), project(State.EXITED, 1), is_known=True) == ""
