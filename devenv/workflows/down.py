"""`devenv down`, `stop` and `restart`: containers go or pause; data stays unless it is asked for."""

from __future__ import annotations

from devenv.engine.execute import execute, execute_down
from devenv.engine.plan import plan_down, plan_restart, plan_stop
from devenv.engine.step import Plan
from devenv.errors import NotRunning
from devenv.events import Emit
from devenv.workflows.carrying_out import carry_out
from devenv.workflows.checkout import Checkout
from devenv.workflows.compile import write_compiled
from devenv.workflows.jobs import job_inputs
from devenv.workflows.machine import Machine
from devenv.workflows.project import Project, open_project
from devenv.workflows.up import locked
from devenv.workspace.branch_record import forget_branches
from devenv.workspace.register import forget, register_folder
from devenv.workspace.upgrades import forget_upgrades


def preview_down(checkout: Checkout, machine: Machine, *, volumes: bool) -> Plan:
    """What `take_down` removes."""
    return plan_down(open_project(checkout, machine).observe(), volumes=volumes)


def take_down(checkout: Checkout, machine: Machine, emit: Emit, *, volumes: bool) -> None:
    """Remove containers and networks, and the data where `volumes` says so."""
    project = open_project(checkout, machine)
    with locked(checkout, machine, emit):  # somebody who watches would bring back what goes
        _make_sure_of_files(project, emit)
        execute_down(plan_down(project.observe(), volumes=volumes), project.compose, project.room(emit))
        if volumes:
            forget(register_folder(), project.name, str(checkout.root.resolve()))
            forget_branches(checkout.folder)
            forget_upgrades(checkout.folder)


def stop(checkout: Checkout, machine: Machine, emit: Emit, names: tuple[str, ...]) -> None:
    """Stop the named containers, or all; nothing is removed."""
    chosen = checkout.meant(names)
    project = open_project(checkout, machine)
    with locked(checkout, machine, emit):
        _make_sure_of_files(project, emit)
        execute(plan_stop(project.observe(), chosen), project.compose, project.room(emit))


def restart(checkout: Checkout, machine: Machine, emit: Emit, names: tuple[str, ...]) -> None:
    """Stop and start the named containers as they are, or every process."""
    project = open_project(checkout, machine)
    with locked(checkout, machine, emit):
        plan = plan_restart(checkout.compiled, project.observe(), names)
        if not plan.steps:
            what = " and ".join(names) or "any process"
            raise NotRunning(
                f"there is no container of {what} to restart", hint="`devenv up` starts the environment"
            )
        carry_out(project, plan, emit, inputs=job_inputs(checkout))


def _make_sure_of_files(project: Project, emit: Emit) -> None:
    """compose needs its file to stop things; one that is there is left as it is."""
    if not (project.checkout.folder / "compose.yaml").is_file():
        write_compiled(project.checkout, project.machine.environ, emit, assignments=project.assigned)
