"""A project's sync session: its rules from devenv.yaml, its channels from the engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from devenv.compiler.agent import agent_command
from devenv.engine.client import ByteStream
from devenv.errors import NotRunning
from devenv.events import (
    Emit,
    Event,
    Failed,
    Notice,
    OutputLine,
    Pulled,
    StepFinished,
    StepStarted,
    SyncProblem,
    Waiting,
)
from devenv.sync.convergence import DEFAULT_PULL, Comparison
from devenv.sync.session import SyncSession
from devenv.workflows.branch_gate import gate_of
from devenv.workflows.failures import explaining
from devenv.workflows.project import Project
from devenv.workflows.rules import reacting
from devenv.workflows.source_tree import digests_file

OF_FILES = (Pulled, SyncProblem)
OF_JOBS = (StepStarted, Waiting, OutputLine, StepFinished, Notice, Failed)
CARRIER = ("run", "--name", "carrier", "--", "sleep", "infinity")


@dataclass(frozen=True, slots=True)
class Carriers:
    """The agents that take the source: their processes' names, and how to reach each."""

    names: tuple[str, ...]
    connect: Callable[[str], ByteStream]


def session_of(
    project: Project,
    emit: Emit,
    carriers: Carriers | None = None,
    *,
    also_pull: Sequence[str] = (),
    consent: bool = False,
    noticed: Callable[[Sequence[str]], None] = lambda _: None,
    served: Sequence[str] | None = None,
) -> SyncSession:
    """The session of all processes (or with other carriers), not yet begun.

    also_pull: patterns of what the host wants besides that which it always wants. consent: a human agreed
    that most of the tree goes. noticed: is told what processes change in the containers.
    served: the processes to whose answer each save is traced.
    """
    carriers = carriers or processes_of(project, project.checkout.process_names())
    environment = project.checkout.environment
    return SyncSession(
        project.checkout.app_folder,
        processes=carriers.names,
        connect=carriers.connect,
        emit=explaining(project, emit),
        react=reacting(project.checkout),
        ignore=environment.sync.ignore,
        pull=(*(environment.sync.pull or DEFAULT_PULL), *also_pull),
        mode=environment.sync.mode,
        consent=consent,
        clock=project.machine.clock,
        cache=digests_file(project.checkout),
        gate=gate_of(project, emit),
        noticed=noticed,
        served=served,
    )


def processes_of(project: Project, names: Sequence[str]) -> Carriers:
    """Processes as carriers; connecting raises NotRunning for one that does not run just now."""

    def connect(process: str) -> ByteStream:
        container = project.observe().running(process)
        if container is None:
            raise NotRunning(f"{process} does not run")
        return project.machine.engine.open_exec_stream(container.container_id, _agent(project, "relay"))

    return Carriers(tuple(names), connect)


@contextmanager
def agreeing(project: Project, emit: Emit, also_pull: Sequence[str] = ()) -> Iterator[None]:
    """What was saved is in the containers when the block begins; what it makes comes back at its end."""
    if project.checkout.environment.sync.mode == "bind":
        yield
        return

    tell = _of_files(emit)
    with _carriers(project) as carriers:
        session_of(project, tell, carriers).synchronize_once()
        yield
        session_of(project, tell, carriers, also_pull=also_pull).synchronize_once()


def _of_files(emit: Emit) -> Emit:
    """`emit` for what happens to files and data, a branch's jobs too: nobody asked what processes do."""

    def tell(event: Event) -> None:
        if isinstance(event, OF_FILES + OF_JOBS):
            emit(event)

    return tell


def deliver(project: Project, emit: Emit, *, consent: bool = False) -> None:
    """What was saved is in the source volume, whether any process runs or not. Raises SyncHalted."""
    with _carriers(project) as carriers:
        session_of(project, _of_files(emit), carriers, consent=consent).synchronize_once()


def deliver_to_running(project: Project, emit: Emit, *, consent: bool = False) -> None:
    """What was saved is in the containers, once past the gate. Raises SyncHalted, NotRunning."""
    session_of(project, _of_files(emit), _running(project), consent=consent).synchronize_once()


@contextmanager
def _carriers(project: Project) -> Iterator[Carriers]:
    """The processes that run; where none does, a container that only carries the source, and goes again."""
    names = project.checkout.process_names()
    if project.checkout.environment.sync.mode == "bind":
        return  # both sides are one folder
    observed = project.observe()
    running = [name for name in names if observed.running(name)]
    if running:
        yield processes_of(project, running)
        return
    container = f"{project.name}-carrier-{os.getpid()}"
    engine = project.machine.engine
    project.compose.run_detached(names[0], _agent(project, *CARRIER), container)
    try:
        yield Carriers(("carrier",), lambda _: engine.open_exec_stream(container, _agent(project, "relay")))
    finally:
        engine.remove(container)


def _agent(project: Project, *arguments: str) -> tuple[str, ...]:
    return (*agent_command(project.checkout.environment.python), *arguments)


def compare(project: Project, emit: Emit, *, timeout_seconds: float = 30) -> Comparison:
    """Both trees at this moment; nothing moves. Raises NotRunning."""
    return session_of(project, emit, _running(project)).compare(timeout_seconds)


def flush(project: Project, emit: Emit, *, timeout_seconds: float, anew: bool = False) -> Comparison:
    """What was saved until now is in the containers, and what they made is here; how both compare then.

    anew: nothing is believed that either side remembers. Raises NotRunning, SyncHalted.
    """
    carriers = _running(project)
    if project.checkout.environment.sync.mode == "volume":
        if anew:
            digests_file(project.checkout).unlink(missing_ok=True)
        session_of(project, emit, carriers).synchronize_once(timeout_seconds, anew=anew)
    return session_of(project, emit, carriers).compare(timeout_seconds)


def _running(project: Project) -> Carriers:
    observed = project.observe()
    names = [name for name in project.checkout.process_names() if observed.running(name)]
    if not names:
        raise NotRunning(
            f"no process of {project.name} runs", hint="start the environment with `devenv up -d`"
        )
    return processes_of(project, names)
