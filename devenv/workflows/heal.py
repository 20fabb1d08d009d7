"""While watching, what devenv.yaml describes runs: a container that died or vanished unasked comes back."""

from __future__ import annotations

from devenv.compiler.compiled import CompiledService, Role
from devenv.engine.judge import current_container
from devenv.engine.observed import ObservedProject
from devenv.engine.plan import UpOptions
from devenv.events import Emit, Failed, Notice
from devenv.workflows.carrying_out import carry_out
from devenv.workflows.checkout import Checkout
from devenv.workflows.failures import explained
from devenv.workflows.jobs import job_inputs
from devenv.workflows.planning import plan_for
from devenv.workflows.project import Project
from devenv.workflows.up import locked

_SECTIONS = {Role.SERVICE: "services", Role.PROCESS: "processes", Role.JOB: "jobs"}
ORDERLY_EXIT_CODES = frozenset({0, 143})
"""0 and SIGTERM: somebody stopped it. The engine starts again what crashed, but not what was killed."""


def bring_back_the_dead(project: Project, emit: Emit, known: set[str]) -> bool:
    """Start what was killed, make what was removed; False when no container of the project is left.

    known: the services that had a container so far, which grows. One that never had is not missed.
    """
    with locked(project.checkout, project.machine, emit):
        observed = project.observe()
        if not observed.containers:
            emit(Notice("the environment was taken down; stopped watching"))
            return False
        dead = {
            service.name: reason
            for service in project.checkout.compiled.services
            if (reason := death(service, observed, is_known=service.name in known))
        }
        known.update(container.service for container in observed.containers)
        for name, reason in dead.items():
            emit(Notice(f"{name} {reason}: bringing it back"))
        if dead:
            inputs = job_inputs(project.checkout)
            plan = plan_for(project, observed, UpOptions(only=tuple(dead)), inputs=inputs)
            with explained(project.checkout):
                carry_out(project, plan, emit, inputs=inputs, sends_source=False)
    return True


def out_of_memory(checkout: Checkout, name: str) -> Failed:
    """The kernel ended something in the container, since its limit was reached."""
    found = next((each for each in checkout.compiled.services if each.name == name), None)
    key = f"{_SECTIONS[found.role]}.{found.process or name}.resources" if found else "resources"
    origin = checkout.origin_of(key)
    return Failed(
        f"{name} ran out of memory: the kernel ended a process in it",
        hint=f"raise {key}.memory" + (f", {origin.place}" if origin else ""),
    )


def death(service: CompiledService, observed: ObservedProject, *, is_known: bool) -> str:
    """How it died, "" for one that runs, that was stopped in order, or that is to end."""
    if service.role is Role.JOB:
        return ""
    container = current_container(service, observed)
    if container is None:
        return "was removed" if is_known else ""
    if container.runs or container.exit_code in ORDERLY_EXIT_CODES or container.exit_code is None:
        return ""
    return f"died with exit code {container.exit_code}"
