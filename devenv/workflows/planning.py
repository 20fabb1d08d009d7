"""What `up` would do to what was observed."""

from __future__ import annotations

from dataclasses import replace

from devenv.engine.data import Data
from devenv.engine.judge import JobInputs
from devenv.engine.observed import ObservedProject
from devenv.engine.plan import UpOptions, plan_up
from devenv.engine.step import Plan
from devenv.workflows.jobs import job_inputs
from devenv.workflows.project import Project

EVERYTHING = UpOptions()


def plan_for(
    project: Project,
    observed: ObservedProject,
    options: UpOptions = EVERYTHING,
    *,
    inputs: JobInputs | None = None,
    data: tuple[Data, ...] = (),
) -> Plan:
    """The plan, with the jobs that are due.

    inputs: see `job_inputs`, where it was asked already. data: where the plan is to see to databases as well.
    """
    inputs = job_inputs(project.checkout) if inputs is None else inputs
    return plan_up(
        project.checkout.compiled,
        observed,
        project.assigned,
        options=replace(options, job_inputs=inputs, data=data),
        origin_of=project.checkout.origin_of,
    )
