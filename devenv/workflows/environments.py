"""`devenv ls`, `down --all` and `prune`: all environments of this machine, whichever folder one stands in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from devenv.compiler.compiled import Label, Role
from devenv.engine.client import Engine
from devenv.engine.environments import FoundEnvironment, observe_environments
from devenv.engine.leftovers import Kind, Leftover, find_leftovers
from devenv.engine.observed import COMPOSE_PROJECT
from devenv.events import Emit, Notice, StepFinished, StepStarted
from devenv.workflows.machine import Machine
from devenv.workspace.lock import hold_lock
from devenv.workspace.register import forget, read_register, register_folder
from devenv.workspace.write import FOLDER

LOCK_TIMEOUT_SECONDS = 60
AT_ONCE = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedEnvironment:
    """`is_here`: the current folder is in its checkout. `is_gone`: its folder is there no more."""

    found: FoundEnvironment
    is_here: bool
    is_gone: bool


def list_environments(engine: Engine, current_folder: Path) -> tuple[ListedEnvironment, ...]:
    """What `devenv ls` shows, by name. Raises EngineUnavailable."""
    here = current_folder.resolve()
    return tuple(
        ListedEnvironment(
            found=each,
            is_here=bool(each.root) and here.is_relative_to(Path(each.root).resolve()),
            is_gone=bool(each.root) and not Path(each.root).is_dir(),
        )
        for each in observe_environments(engine, read_register(register_folder()))
    )


def take_all_down(machine: Machine, emit: Emit, environments: Iterable[FoundEnvironment]) -> None:
    """Remove the containers and networks of each; data and images stay. Raises WorkspaceError."""
    for environment in environments:
        step = f"remove {environment.project_name}: {len(environment.containers)} containers"
        began = machine.clock.monotonic()
        emit(StepStarted(step))
        with ExitStack() as locks:
            folder = Path(environment.root) / FOLDER
            if environment.root and folder.is_dir():  # whoever acts on it ends first; who watches sees it go
                locks.enter_context(hold_lock(folder, machine.clock, timeout_seconds=LOCK_TIMEOUT_SECONDS))
            _remove_containers(machine.engine, environment)
        emit(StepFinished(step, machine.clock.monotonic() - began))


def observe_leftovers(engine: Engine) -> tuple[Leftover, ...]:
    """What `devenv prune` may remove. Raises EngineUnavailable."""
    environments = observe_environments(engine, read_register(register_folder()))
    return find_leftovers(
        environments,
        engine.labelled_images([Label.ENVIRONMENT]),
        frozenset(facts.image_id for facts in engine.containers([])),
        engine.disk_usage(),
        is_there=lambda root: Path(root).is_dir(),
    )


def remove_leftovers(engine: Engine, emit: Emit, leftovers: Sequence[Leftover]) -> None:
    """Remove these, containers first. What has come into use meanwhile stays."""
    for leftover in leftovers:
        match leftover.kind:
            case Kind.CONTAINER:
                engine.remove(leftover.key)
            case Kind.IMAGE:
                engine.remove_image(leftover.key)
            case Kind.VOLUME:
                engine.remove_volume(leftover.key)
        emit(Notice(f"removed {leftover.kind} {leftover.name}"))
    names = {leftover.project_name for leftover in leftovers} - {""}
    for name in sorted(names):
        engine.remove_networks([f"{COMPOSE_PROJECT}={name}"])
    known = read_register(register_folder())
    left = {each.project_name for each in observe_environments(engine, known)}
    for name in names - left:
        if name in known:
            forget(register_folder(), name, known[name])


def _remove_containers(engine: Engine, environment: FoundEnvironment) -> None:
    """The app's before the services that they use, each group at once."""
    services = [each for each in environment.containers if each.role is Role.SERVICE]
    others = [each for each in environment.containers if each.role is not Role.SERVICE]
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        for group in (others, services):
            list(pool.map(lambda container: engine.remove(container.container_id), group))
    engine.remove_networks([f"{COMPOSE_PROJECT}={environment.project_name}"])
