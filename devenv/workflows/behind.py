"""A database that is behind the code: migrations of this tree are not applied in it yet."""

from __future__ import annotations

from devenv.compiler.compiled import Role
from devenv.databases.migrations import behind, read_applied
from devenv.engine.judge import JobInputs, current_container
from devenv.engine.observed import ObservedProject
from devenv.engine.plan import UpOptions
from devenv.events import Emit
from devenv.workflows.ahead import migration_sources
from devenv.workflows.branches import branched_services
from devenv.workflows.databases import database_services, running_server
from devenv.workflows.failures import explained
from devenv.workflows.jobs import job_inputs, run_plan
from devenv.workflows.planning import plan_for
from devenv.workflows.project import Project


def catch_up(project: Project, emit: Emit) -> None:
    """Where a branch's database is behind, the jobs that are due run now. The data is held.

    Raises DatabaseFailed, StartFailed.
    """
    if _is_behind(project):
        run_due(project, job_inputs(project.checkout), emit)


def run_due(project: Project, inputs: JobInputs, emit: Emit) -> tuple[str, ...]:
    """Run the jobs whose files are others than at their last run; those that ask first are returned."""
    observed = project.observe()
    due = _due(project, observed, inputs)
    waits = {job.name for job in project.checkout.environment.jobs if job.when.ask}
    now = tuple(name for name in due if name not in waits)
    if now:
        plan = plan_for(project, observed, UpOptions(only=now), inputs=inputs)
        with explained(project.checkout):
            run_plan(project, plan, emit, inputs=inputs)
    return tuple(name for name in due if name in waits)


def _due(project: Project, observed: ObservedProject, inputs: JobInputs) -> list[str]:
    services = {each.name: each for each in project.checkout.compiled.services if each.role is Role.JOB}
    containers = {name: current_container(service, observed) for name, service in services.items()}
    return [
        name
        for name in inputs
        if (container := containers.get(name))
        and (container.ran_on != inputs[name] or container.exit_code != 0)  # taken back, and still failed
    ]


def _is_behind(project: Project) -> bool:
    branched = branched_services(project)
    for service, database in database_services(project):
        if service.name not in branched or "applied" not in database.scripts:
            continue
        if server := running_server(project, service, database):
            applied = read_applied(server.run("applied", NAME=database.name))
            if behind(applied, migration_sources(project)):
                return True
    return False
