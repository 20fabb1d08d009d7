"""`devenv status`: the chain from recipe to containers, and what is stale in it, with the cause."""

from __future__ import annotations

from dataclasses import dataclass

from devenv.compiler.compiled import CompiledService, Role
from devenv.engine.client import Health
from devenv.engine.judge import current_container
from devenv.engine.observed import ObservedContainer, ObservedProject, image_reference
from devenv.engine.step import Action, Plan
from devenv.workflows.checkout import Checkout
from devenv.workflows.lock import lock_state
from devenv.workflows.machine import Machine
from devenv.workflows.project import Project, open_project
from devenv.workflows.up import UpOptions, plan_for
from devenv.workflows.urls import urls_of
from devenv.workspace.files import read_file


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerStatus:
    """One container. `state`: as the engine has it, health included, or "absent"; `stale`: why `up` acts."""

    name: str
    role: Role
    image: str
    state: str
    urls: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """The chain: devenv.yaml, the generated files (recipe), the image (snapshot), the containers.

    `cold`: why reloads are, "" where they are not.
    """

    environment: str
    project_name: str
    devenv_yaml: str
    lock: str
    recipe: str
    image: str
    image_stale: tuple[str, ...]
    containers: tuple[ContainerStatus, ...]
    cold: str = ""

    @property
    def is_up_to_date(self) -> bool:
        """Whether `devenv up` would have nothing to do."""
        return not self.image_stale and not any(container.stale for container in self.containers)


def read_status(checkout: Checkout, machine: Machine) -> Status:
    """Everything, by observing; nothing is changed."""
    project = open_project(checkout, machine)
    observed = project.observe()
    plan = plan_for(project, observed, UpOptions())
    return Status(
        environment=checkout.environment.name,
        project_name=project.name,
        devenv_yaml=str(checkout.file),
        lock=lock_state(checkout),
        recipe=_recipe(checkout),
        image=_image(project, observed),
        image_stale=tuple(
            str(cause) for step in plan.steps if step.action is Action.BUILD for cause in step.causes
        ),
        containers=tuple(
            _container(service, project, observed, plan) for service in checkout.compiled.services
        ),
        cold=checkout.environment.cold,
    )


def _recipe(checkout: Checkout) -> str:
    """Whether .devenv/ holds what devenv.yaml says now."""
    names = ("Dockerfile", "compose.yaml")
    found = {name: read_file(checkout.folder / name) for name in names}
    if not all(found.values()):
        return "not compiled yet"
    stale = [name for name in names if found[name] != checkout.compiled.files[name].encode()]
    return f"{', '.join(stale)} older than devenv.yaml" if stale else "up to date"


def _image(project: Project, observed: ObservedProject) -> str:
    for service in project.checkout.compiled.services:
        if service.built:
            reference = image_reference(service.image, project.name)
            return reference if reference in observed.images else f"{reference} (not built yet)"
    return "no image of its own"


def _container(
    service: CompiledService, project: Project, observed: ObservedProject, plan: Plan
) -> ContainerStatus:
    container = current_container(service, observed)
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
    )


def _state(container: ObservedContainer) -> str:
    if container.runs:
        return (
            container.state if container.health is Health.NONE else f"{container.state}, {container.health}"
        )
    return container.state if container.exit_code is None else f"{container.state} ({container.exit_code})"
