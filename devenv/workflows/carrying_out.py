"""A plan is carried out: its jobs see what was saved, and have the data to themselves."""

from __future__ import annotations

from contextlib import ExitStack

from devenv.engine.judge import JobInputs
from devenv.engine.step import Action, Plan, Step
from devenv.events import Emit
from devenv.workflows.exchange import deliver
from devenv.workflows.jobs import holding_data, run_plan
from devenv.workflows.on_data import take_on_data
from devenv.workflows.project import Project
from devenv.workflows.tried import TriedJobs


def carry_out(
    project: Project,
    plan: Plan,
    emit: Emit,
    *,
    inputs: JobInputs,
    sends_source: bool = True,
    consent: bool = False,
) -> None:
    """Execute a plan, with all that goes before its jobs.

    inputs: of the jobs, taken before. sends_source: nobody else sees to it that the containers have what
    the host has. consent: a human agreed that most of the source may go from the containers.
    """
    environment = project.checkout.environment
    sends_source = sends_source and bool(environment.processes) and environment.sync.mode == "volume"
    tried = TriedJobs(plan.subjects(Action.RUN), emit)

    with ExitStack() as held:
        held.callback(tried.tell_rest)

        def before_jobs() -> None:
            if sends_source:
                deliver(project, tried.hear, consent=consent)
            held.enter_context(holding_data(project, emit))

        def on_data(step: Step) -> None:
            take_on_data(project, step, tried.hear, consent=consent)

        run_plan(project, plan, emit, inputs=inputs, tried=tried, before_jobs=before_jobs, on_data=on_data)
