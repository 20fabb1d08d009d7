"""A project's sync session: its rules from devenv.yaml, its channels from the engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from devenv.changes import PathChange
from devenv.engine.client import ByteStream
from devenv.errors import NotRunning
from devenv.events import Emit
from devenv.reload.reactions import Rules, react
from devenv.sync.session import DEFAULT_PULL, Comparison, SyncSession
from devenv.workflows.checkout import Checkout
from devenv.workflows.project import Project

RELAY = ("/usr/local/bin/python", "-I", "/opt/devenv/agent", "relay")


def session_of(
    project: Project, emit: Emit, processes: Sequence[str] | None = None, also_pull: Sequence[str] = ()
) -> SyncSession:
    """The session of all processes (or of some), not yet begun."""
    environment = project.checkout.environment
    rules = reload_rules(project.checkout)

    def reaction(change: PathChange) -> str:
        kind = react(change, rules).kind
        return kind.value if kind.is_for_agents else "none"

    return SyncSession(
        project.checkout.app_folder,
        processes=project.checkout.process_names() if processes is None else processes,
        connect=lambda process: connect(project, process),
        emit=emit,
        react=reaction,
        ignore=environment.sync.ignore,
        pull=(*(environment.sync.pull or DEFAULT_PULL), *also_pull),
        mode=environment.sync.mode,
        clock=project.machine.clock,
    )


def connect(project: Project, process: str) -> ByteStream:
    """The open stream to a process's agent, in whichever container runs it now. Raises NotRunning."""
    container = project.observe().running(process)
    if container is None:
        raise NotRunning(f"{process} does not run")
    return project.machine.engine.open_exec_stream(container.container_id, RELAY)


def agree(project: Project, emit: Emit, also_pull: Sequence[str] = ()) -> None:
    """Make both sides agree once: what was saved goes in, what a command made there comes back.

    also_pull: patterns of what the host wants besides that which it always wants.
    """
    observed = project.observe()
    running = [name for name in project.checkout.process_names() if observed.running(name)]
    if running:
        session_of(project, emit, running, also_pull).synchronize_once()


def compare(project: Project, emit: Emit) -> Comparison:
    """Both trees at this moment; nothing moves. Raises NotRunning."""
    return session_of(project, emit).compare()


def reload_rules(checkout: Checkout) -> Rules:
    """What devenv.yaml says of paths in the app's folder."""
    app = checkout.environment.app
    inside = (_relative(path, checkout.app_folder) for path in (checkout.file, *checkout.files))
    dependencies = frozenset(file.path for file in app.dependencies.files)
    return Rules(
        dependency_files=dependencies,
        config_files=frozenset(path for path in inside if path and path not in dependencies),
    )


def _relative(path: Path, folder: Path) -> str | None:
    try:
        return str(PurePosixPath(path.resolve().relative_to(folder.resolve())))
    except ValueError:
        return None
