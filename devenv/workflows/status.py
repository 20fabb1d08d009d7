"""`devenv status`: the chain from the lock to what runs, and what is stale in it, with the cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from devenv.compiler.compiled import CompiledService, Role
from devenv.compiler.containers import SOURCE_VOLUME
from devenv.engine.causes import build_causes
from devenv.engine.client import Health
from devenv.engine.judge import current_container
from devenv.engine.observed import ObservedContainer, ObservedProject, image_reference
from devenv.engine.step import Action, Plan
from devenv.errors import DevenvError
from devenv.workflows.branches import known_data
from devenv.workflows.checkout import Checkout
from devenv.workflows.exchange import compare
from devenv.workflows.failures import log_of, verdict
from devenv.workflows.lock import lock_state
from devenv.workflows.machine import Machine
from devenv.workflows.planning import plan_for
from devenv.workflows.project import Project, open_project
from devenv.workflows.urls import urls_of
from devenv.workspace.look import SeenFile, look_at_files

State = Literal["ok", "stale", "none"]
COMPARE_SECONDS = 5.0  # somebody waits for an answer
_RECIPE = ("Dockerfile", "Dockerfile.dockerignore")


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerStatus:
    """One container. `state`: as the engine has it, health included, or "absent"; `stale`: why `up` acts.

    `code`: of a process that runs: "ready", "broken", or "" as long as its agent has not said.
    """

    name: str
    role: Role
    image: str
    state: str
    urls: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    code: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """One link of the chain. `why`: the causes, or what differs, where it is stale.

    `is_edited`: by hand, so that `up` stops at it.
    """

    name: str
    state: State
    text: str
    why: tuple[str, ...] = ()
    is_edited: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """The chain: lock, recipe, image, compose file, containers, source, processes.

    `leftovers`: what is of no use to devenv.yaml any more. `cold`: why reloads are, "" where they are not.
    `has_nothing_to_do`: of the next `up`.
    """

    environment: str
    project_name: str
    devenv_yaml: str
    chain: tuple[Link, ...]
    containers: tuple[ContainerStatus, ...]
    leftovers: tuple[str, ...] = ()
    cold: str = ""
    has_nothing_to_do: bool = True

    @property
    def is_up_to_date(self) -> bool:
        """Whether nothing in the chain is stale."""
        return self.has_nothing_to_do and not any(link.state == "stale" for link in self.chain)


def read_status(checkout: Checkout, machine: Machine) -> Status:
    """Everything, by observing; nothing is changed."""
    project = open_project(checkout, machine)
    observed = project.observe()
    plan = plan_for(project, observed, data=known_data(project))
    files = look_at_files(checkout.folder, checkout.compiled.files)
    containers = tuple(_container(service, project, observed, plan) for service in checkout.compiled.services)
    return Status(
        environment=checkout.environment.name,
        project_name=project.name,
        devenv_yaml=str(checkout.file),
        chain=(
            _lock(checkout),
            _files("recipe", [file for file in files if file.path in _RECIPE]),
            _image(project, observed),
            _files("compose", [file for file in files if file.path not in _RECIPE]),
            _containers(containers),
            _source(project, observed),
            _processes(containers),
        ),
        containers=containers,
        leftovers=_leftovers(project, observed, plan),
        cold=checkout.environment.cold,
        has_nothing_to_do=not plan,
    )


def _lock(checkout: Checkout) -> Link:
    state = lock_state(checkout)
    if checkout.lock is None:
        text = "no devenv.lock: images are what their tags name when pulled"
        return Link(name="lock", state="none", text=text)
    if state == "up to date":
        return Link(
            name="lock", state="ok", text=f"devenv.lock pins {_count(len(checkout.lock.images), 'image')}"
        )
    return Link(name="lock", state="stale", text="devenv.lock is out of date", why=tuple(state.split("; ")))


def _files(name: str, files: list[SeenFile]) -> Link:
    """Whether files in .devenv/ say what devenv.yaml says now."""
    edited = [file for file in files if file.state == "edited"]
    older = [file for file in files if file.state in {"older", "absent"}]
    shown = f".devenv/{files[0].path if name == 'recipe' else 'compose.yaml'}"
    if edited:
        names = ", ".join(f".devenv/{file.path}" for file in edited)
        why = tuple(line for file in edited for line in file.diff.splitlines())
        return Link(name=name, state="stale", text=f"{names} edited by hand", why=why, is_edited=True)
    if all(file.state == "absent" for file in files):
        return Link(name=name, state="none", text=f"{shown} is not written yet")
    if older:
        names = ", ".join(f".devenv/{file.path}" for file in older)
        return Link(name=name, state="stale", text=f"{names} older than devenv.yaml")
    return Link(name=name, state="ok", text=shown)


def _image(project: Project, observed: ObservedProject) -> Link:
    compiled = project.checkout.compiled
    built = next((service for service in compiled.services if service.built), None)
    if built is None:
        return Link(name="image", state="none", text="no image of its own")
    reference = image_reference(built.image, project.name)
    image = observed.images.get(reference)
    if image is None:
        return Link(name="image", state="none", text=f"{reference} is not built yet")
    why = tuple(map(str, build_causes(compiled, image, project.checkout.origin_of)))
    text = f"{reference} is older than its inputs" if why else reference
    return Link(name="image", state="stale" if why else "ok", text=text, why=why)


def _containers(containers: tuple[ContainerStatus, ...]) -> Link:
    if all(container.state == "absent" for container in containers):
        return Link(name="containers", state="none", text="none is there; `devenv up` makes them")
    stale = [container for container in containers if container.stale]
    total = len(containers)
    if not stale:
        return Link(name="containers", state="ok", text=f"all {total} as they should be")
    why = tuple(f"{each.name}: {cause}" for each in stale for cause in each.stale)
    return Link(
        name="containers", state="stale", text=f"{total - len(stale)} of {total} as they should be", why=why
    )


def _source(project: Project, observed: ObservedProject) -> Link:
    """Whether the containers have what the host has."""
    if project.checkout.environment.sync.mode == "bind":
        return Link(name="source", state="ok", text="the host's own folder is mounted")
    if not any(observed.running(name) for name in project.checkout.process_names()):
        return Link(name="source", state="none", text="no process runs that could tell")
    try:
        found = compare(project, lambda _: None, timeout_seconds=COMPARE_SECONDS)
    except DevenvError as error:
        return Link(name="source", state="none", text=f"nobody could tell: {error.summary}")
    if found.is_equal:
        return Link(name="source", state="ok", text="equal on both sides")
    why = tuple(f"{change.kind} {change.path}" for change in found.differences)
    return Link(name="source", state="stale", text=f"{_count(len(why), 'path')} not equal", why=why)


def _processes(containers: tuple[ContainerStatus, ...]) -> Link:
    living = [each for each in containers if each.role is Role.PROCESS and each.state.startswith("running")]
    if not living:
        return Link(name="processes", state="none", text="none runs")
    broken = [each.name for each in living if each.code == "broken"]
    if broken:
        text = f"{', '.join(broken)}: the code does not start; `devenv logs {broken[0]}` says why"
        return Link(name="processes", state="stale", text=text)
    waiting = [each.name for each in living if not each.code]
    ready = f"{len(living) - len(waiting)} of {len(living)} run the code" if waiting else "all run the code"
    return Link(name="processes", state="ok", text=ready)


def _leftovers(project: Project, observed: ObservedProject, plan: Plan) -> tuple[str, ...]:
    """Containers of deleted services, and volumes that nothing mounts."""
    used = {
        image_reference(name, project.name)
        for service in project.checkout.compiled.services
        for name in service.volumes
    }
    volumes = [name for name in observed.volumes if name not in {*used, f"{project.name}_{SOURCE_VOLUME}"}]
    return (
        *(f"container {name}" for name in plan.subjects(Action.REMOVE)),
        *(f"volume {name}, mounted by nothing" for name in volumes),
    )


def _container(
    service: CompiledService, project: Project, observed: ObservedProject, plan: Plan
) -> ContainerStatus:
    container = current_container(service, observed)
    is_process = service.role is Role.PROCESS and container is not None and container.runs
    return ContainerStatus(
        name=service.name,
        role=service.role,
        image=image_reference(service.image, project.name),
        state=_state(container) if container else "absent",
        urls=urls_of(project, observed, service.name),
        stale=tuple(
            str(cause)
            for step in plan.steps
            if step.subject == service.name and step.action is not Action.PULL
            for cause in step.causes
        ),
        code=verdict(log_of(project, service.name)) if is_process else "",
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _state(container: ObservedContainer) -> str:
    if container.runs:
        return (
            container.state if container.health is Health.NONE else f"{container.state}, {container.health}"
        )
    return container.state if container.exit_code is None else f"{container.state} ({container.exit_code})"
