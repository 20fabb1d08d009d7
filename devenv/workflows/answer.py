"""After the containers run: wait until each served process answers, and say what came of it."""

from __future__ import annotations

from devenv.config.environment import Process
from devenv.engine.app_ready import AppAddress, Broken, Gone, Ready, Silent, wait_until_it_answers
from devenv.engine.client import State
from devenv.errors import StartFailed
from devenv.events import AppReady, Emit, Failed
from devenv.workflows.project import Project

LOG_LINES = 30


def wait_for_answers(project: Project, emit: Emit) -> None:
    """Return when every process with a port answered, or told that its code is broken (a save heals that).

    Raises StartFailed for one that ended or stays silent.
    """
    for process in project.checkout.environment.processes:
        if process.port is not None:
            _wait_for(process, project, emit)


def _wait_for(process: Process, project: Project, emit: Emit) -> None:
    observed = project.observe()
    container = observed.running(process.name)
    for found in observed.of(process.name):
        if found.state is State.RESTARTING:
            raise _ended(process, "\n".join(project.machine.engine.log_lines(found.container_id, LOG_LINES)))
    assert process.port is not None
    port = container.ports.get(process.port.container) if container else None
    if port is None:
        return
    address = AppAddress(project_name=project.name, process=process.name, port=port)
    match wait_until_it_answers(address, project.machine.engine, emit=emit, clock=project.machine.clock):
        case Ready(status, seconds):
            emit(AppReady(process.name, address.url, status, seconds))
        case Broken(status, traceback):
            emit(
                Failed(
                    f"{process.name} answers {status} at {address.url}",
                    traceback,
                    "save the correction: it is served as soon as it is there",
                )
            )
        case Gone(log):
            raise _ended(process, log)
        case Silent(reason):
            raise StartFailed(
                f"{process.name} does not answer at {address.url}",
                details=reason,
                hint=f"does it listen on {process.port.container}? `devenv logs {process.name}` may tell",
            )


def _ended(process: Process, log: str) -> StartFailed:
    return StartFailed(
        f"{process.name} ended before it answered",
        details=log,
        hint=f"`devenv logs {process.name}` has all that it said",
    )
