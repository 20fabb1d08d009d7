"""Give a checkout its compose project's name and its ports on this machine, and say what had to move."""

from __future__ import annotations

from collections.abc import Callable

from devenv.compiler.compiled import Assignments
from devenv.engine.observed import observe_machine, observe_project
from devenv.engine.ports import assign, is_free_here
from devenv.events import Notice
from devenv.workflows.checkout import Checkout
from devenv.workflows.machine import Machine
from devenv.workflows.project import Project, project_name, stored_assignments

Take = Callable[[int, Callable[[int], bool]], bool]


def assign_project(
    checkout: Checkout, machine: Machine, take: Take = lambda port, is_free: is_free(port)
) -> tuple[Project, tuple[Notice, ...]]:
    """The project with a name and ports that nobody else has; nothing is written yet.

    take: called with a port and what tells whether it is free; whether it is to be given out.
    """
    compiled = checkout.compiled
    stored = stored_assignments(checkout)
    name = project_name(checkout, machine, stored)
    observed = observe_project(machine.engine, name, compiled)
    is_free = is_free_here(observe_machine(machine.engine), name)
    assigned = assign(compiled, observed, stored, lambda port: take(port, is_free))
    project = Project(checkout=checkout, machine=machine, assigned=assigned)
    return project, _moves(assigned, compiled.name, stored, is_chosen=bool(checkout.chosen_name))


def _moves(
    assigned: Assignments, name: str, stored: Assignments | None, *, is_chosen: bool
) -> tuple[Notice, ...]:
    """What is not as devenv.yaml says, told when it changes."""
    notices = []
    before = stored.project_name if stored else name
    if assigned.project_name not in {before, name} and not is_chosen:
        notices.append(
            Notice(
                f"{name} is another checkout's here: this one's compose project is {assigned.project_name}",
                f"if its containers and data are yours, say `devenv -p {name} up`",
            )
        )
    for variable, port in assigned.ports.items():
        wanted = assigned.wanted[variable]
        if port != wanted and port != (stored.ports.get(variable) if stored else None):
            notices.append(Notice(f"port {wanted} is taken: published on {port} instead"))
    return tuple(notices)
