"""After the containers run: wait until each served process answers, and say what came of it."""

from __future__ import annotations

from collections.abc import Sequence

from devenv.config.environment import Process
from devenv.engine.app_ready import AppAddress, Broken, Gone, Ready, Silent, wait_until_it_answers
from devenv.engine.client import State
from devenv.errors import Failure, StartFailed
from devenv.events import AppReady, Emit, Failed
from devenv.workflows.explain import explain
from devenv.workflows.project import Project

LOG_LINES = 300
SHOWN_LINES = 30
UNSAID_HOST = "Invalid HTTP_HOST header: 'localhost'."


def wait_for_answers(project: Project, emit: Emit) -> dict[str, str]:
    """Return when every process with a port answered, or told that its code is broken (a save heals that).

    The addresses of those that answered, by process.

    Raises StartFailed for one that ended or stays silent.
    """
    served = [process for process in project.checkout.environment.processes if process.port is not None]
    answered = {process.name: _wait_for(process, project, emit) for process in served}
    return {name: url for name, url in answered.items() if url}


def _wait_for(process: Process, project: Project, emit: Emit) -> str:
    engine = project.machine.engine
    observed = project.observe()
    container = observed.running(process.name)
    for found in observed.of(process.name):
        if found.state is State.RESTARTING:
            raise _ended(process, "\n".join(engine.log_lines(found.container_id, LOG_LINES)))
    assert process.port is not None
    port = container.ports.get(process.port.container) if container else None
    if container is None or port is None:
        return ""
    address = AppAddress(project_name=project.name, process=process.name, port=port)
    match wait_until_it_answers(address, engine, emit=emit, clock=project.machine.clock):
        case Ready(400, _):
            # Without DEBUG Django does not say which host it refuses.
            emit(_refused(process, address, engine.log_lines(container.container_id, LOG_LINES), project))
            return ""
        case Ready(status, seconds):
            emit(AppReady(process.name, address.url, status, seconds))
            return address.url
        case Broken(status, traceback):
            log = engine.log_lines(container.container_id, LOG_LINES)
            failure = Failure(subject=process.name, log="\n".join((*log, traceback)))
            emit(
                Failed(
                    f"{process.name} answers {status} at {address.url}",
                    traceback,
                    "save the correction: it is served as soon as it is there",
                    explain(project.checkout, failure),
                )
            )
            return ""
        case Gone(log):
            raise _ended(process, log)
        case Silent(reason):
            raise StartFailed(
                f"{process.name} does not answer at {address.url}",
                details="\n".join((*engine.log_lines(container.container_id, SHOWN_LINES), reason)),
                hint=f"does it listen on {process.port.container}? `devenv logs {process.name}` may tell",
            )


def _refused(process: Process, address: AppAddress, log: Sequence[str], project: Project) -> Failed:
    """Status 400: as a rule ALLOWED_HOSTS."""
    said = next((line for line in reversed(log) if "HTTP_HOST" in line), UNSAID_HOST)
    card = explain(project.checkout, Failure(subject=process.name, log=said))
    return Failed(f"{process.name} answers 400 at {address.url}", card=card)


def _ended(process: Process, log: str) -> StartFailed:
    return StartFailed(
        f"{process.name} ended before it answered",
        details="\n".join(log.splitlines()[-SHOWN_LINES:]),
        hint=f"`devenv logs {process.name}` has all that it said",
        failure=Failure(subject=process.name, log=log),
    )
