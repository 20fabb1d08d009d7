"""After the containers run: wait until each served process answers, and say what came of it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from devenv.compiler.compiled import Role
from devenv.config.environment import Process
from devenv.engine.app_ready import AppAddress, Broken, Gone, Ready, Silent, ask, wait_until_it_answers
from devenv.engine.client import State
from devenv.errors import Failure, StartFailed
from devenv.events import AppReady, Emit, Failed, Notice
from devenv.workflows.failures import LOG_LINES, explain, last_attempt, log_of, verdict
from devenv.workflows.project import Project

POLL_SECONDS = 0.1
COMMAND_PATIENCE_SECONDS = 15.0
SHOWN_LINES = 30
_NO_PAGE = re.compile(  # Channels: URLRouter, ProtocolTypeRouter
    r"ValueError: (?:No route found for path|No application configured for scope type 'http')"
)
UNSAID_HOST = "Invalid HTTP_HOST header: 'localhost'."


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """`addresses`: of the processes that answered, by name. `broken`: those whose code does not run."""

    addresses: dict[str, str]
    broken: tuple[str, ...]


def wait_for_answers(project: Project, emit: Emit) -> Answers:
    """Return when every process with a port answered, or told that its code is broken (a save heals that).

    Raises StartFailed for one that ended or stays silent.
    """
    served = [process for process in project.checkout.environment.processes if process.port is not None]
    answered = {process.name: _wait_for(process, project, emit) for process in served}
    return Answers(
        addresses={name: url for name, url in answered.items() if url},
        broken=tuple(name for name, url in answered.items() if url is None),
    )


def wait_for_commands(
    project: Project, emit: Emit, *, started: Collection[str], told: Collection[str]
) -> tuple[str, ...]:
    """Look whether the processes that serve nothing work, and for a while wait for those just started.

    The broken ones; each is told with its card, unless it was: a worker has no page to say it on.
    """
    clock = project.machine.clock
    deadline = clock.monotonic() + COMMAND_PATIENCE_SECONDS
    services = project.checkout.compiled.services
    waiting = [each.name for each in services if each.role is Role.PROCESS and not each.ports]
    broken: list[str] = []
    while waiting:
        verdicts = {name: verdict(log_of(project, name)) for name in waiting}
        broken += [name for name, said in verdicts.items() if said == "broken"]
        undecided = [name for name, said in verdicts.items() if not said and name in started]
        waiting = undecided if clock.monotonic() < deadline else []
        if waiting:
            clock.sleep(POLL_SECONDS)
    for name in (name for name in broken if name not in told):
        log = last_attempt(log_of(project, name))
        card = explain(project.checkout, Failure(subject=name, log=log))
        emit(Failed(f"{name} does not start", "\n".join(log.splitlines()[-SHOWN_LINES:]), card=card))
    return tuple(broken)


def _wait_for(process: Process, project: Project, emit: Emit) -> str | None:
    """Where it answers; "" where that is no good answer or nobody can ask, None where no code runs."""
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
    address = AppAddress(project_name=project.name, process=process.name, port=port, name=process.port.name)
    match wait_until_it_answers(address, engine, emit=emit, clock=project.machine.clock):
        case Ready(400, _) if refusal := _refusal(process, address, project):
            emit(refusal)
            return ""
        case Ready(status, seconds):
            emit(AppReady(process.name, address.url, status, seconds))
            return address.url
        case Broken() if _has_no_page(log_of(project, process.name)):
            emit(
                Notice(f"{process.name} takes websockets at ws://{address.name}:{port}, and has no page at /")
            )
            return address.url
        case Broken(status, traceback):
            emit(_broken(process, address, project, status=status, traceback=traceback))
            return None if verdict(log_of(project, process.name)) == "broken" else ""
        case Gone(log):
            raise _ended(process, log)
        case Silent(reason):
            raise StartFailed(
                f"{process.name} does not answer at {address.url}",
                details="\n".join((*engine.log_lines(container.container_id, SHOWN_LINES), reason)),
                hint=f"does it listen on {process.port.container}? `devenv logs {process.name}` may tell",
            )


def _has_no_page(log: str) -> bool:
    """Whether an ASGI application that runs said of a request for a page that it has consumers only."""
    lines = last_attempt(log).rstrip().splitlines()
    return any(_NO_PAGE.search(line) for line in lines) and verdict(log) != "broken"


def _refusal(process: Process, address: AppAddress, project: Project) -> Failed | None:
    """Status 400 for a host that ALLOWED_HOSTS does not name. Without DEBUG Django logs nothing of it."""
    log = log_of(project, process.name)
    said = next((line for line in reversed(log.splitlines()) if "HTTP_HOST" in line), "")
    if not said and "Bad Request (400)" in ask(address)[1]:
        said = UNSAID_HOST
    card = explain(project.checkout, Failure(subject=process.name, log=said)) if said else None
    return Failed(f"{process.name} answers 400 at {address.url}", card=card) if card else None


def _broken(
    process: Process, address: AppAddress, project: Project, *, status: int, traceback: str
) -> Failed:
    log = last_attempt(log_of(project, process.name))
    return Failed(
        f"{process.name} answers {status} at {address.url}",
        traceback or "\n".join(log.splitlines()[-SHOWN_LINES:]),
        "save the correction: it is served as soon as it is there",
        explain(project.checkout, Failure(subject=process.name, log=f"{log}\n{traceback}")),
    )


def _ended(process: Process, log: str) -> StartFailed:
    return StartFailed(
        f"{process.name} ended before it answered",
        details="\n".join(log.splitlines()[-SHOWN_LINES:]),
        hint=f"`devenv logs {process.name}` has all that it said",
        failure=Failure(subject=process.name, log=log),
    )
