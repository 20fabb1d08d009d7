"""What jobs work on, and on what each ran."""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import replace

from devenv.agent.tree import FOLDER
from devenv.compiler.compiled import Role
from devenv.engine.client import State
from devenv.engine.execute import execute
from devenv.engine.judge import JobInputs
from devenv.engine.step import Action, Cause, Plan, Step
from devenv.events import Emit, Event, Notice, StepFinished
from devenv.sync.patterns import parse_gitignore
from devenv.workflows.checkout import Checkout
from devenv.workflows.project import Project
from devenv.workflows.source_tree import scan_source
from devenv.workflows.tried import TriedJobs
from devenv.workspace.at_rest import data_held
from devenv.workspace.runs import Run, read_runs, write_runs


def job_inputs(checkout: Checkout) -> JobInputs:
    """Of each job that works on files: digests by path, as they are on the host."""
    jobs = {job.name: job.when.change for job in checkout.environment.jobs if job.when.change}
    if not jobs or not checkout.app_folder.is_dir():
        return {}
    entries = scan_source(checkout).entries
    files = {path: entry.digest for path, entry in sorted(entries.items()) if entry.kind != FOLDER}
    return {
        name: {path: digest for path, digest in files.items() if select(path)}
        for name, patterns in jobs.items()
        for select in [parse_gitignore(os.fsencode("\n".join(patterns))).select]
    }


def run_plan(
    project: Project,
    plan: Plan,
    emit: Emit,
    *,
    inputs: JobInputs,
    tried: TriedJobs | None = None,
    before_jobs: Callable[[], None] = lambda: None,
    on_data: Callable[[Step], None] = lambda _: None,
) -> None:
    """Execute a plan; a job runs once for it, and what it ran on is known from then on.

    inputs: taken before. tried: has heard of jobs that failed meanwhile. before_jobs, on_data: see
    engine.startup.Room.
    """
    jobs = {str(step): step.subject for step in plan.steps if step.action is Action.RUN}
    earlier = read_runs(project.checkout.folder).keys()

    def is_due(step: Step) -> bool:
        """A branch's own jobs run when it is switched to, which may be a step of this very plan."""
        if tried is not None:
            tried.check(step.subject)
        if step.subject not in _ran_since(project, earlier):
            return True
        jobs.pop(str(step), None)  # on what it ran is known
        return False

    def tell(event: Event) -> None:
        if isinstance(event, StepFinished) and event.step in jobs:
            _remember(project, jobs[event.step], inputs)  # whatever fails later, or Ctrl-C: it is done
        emit(event)

    room = replace(project.room(tell), before_jobs=before_jobs, on_data=on_data, is_due=is_due)
    execute(plan, project.compose, room)


def run_jobs(project: Project, emit: Emit, cause: str) -> None:
    """All that run by themselves; the data is held."""
    jobs = [
        each for each in project.checkout.compiled.services if each.role is Role.JOB and not each.is_manual
    ]
    steps = tuple(Step(action=Action.RUN, subject=job.name, causes=(Cause(cause),)) for job in jobs)
    run_plan(project, Plan(steps), emit, inputs=job_inputs(project.checkout))


def holding_data(project: Project, emit: Emit) -> AbstractContextManager[None]:
    """While entered no other job or migration works on the data, and no branch's takes its place."""

    def tell(holder: str) -> None:
        emit(Notice(f"waiting for the job or migration that runs (process {holder})"))

    return data_held(project.checkout.folder, project.machine.clock, on_wait=tell)


def _ran_since(project: Project, earlier: AbstractSet[str]) -> set[str]:
    """The jobs that ended well in containers that are not among `earlier`."""
    since = read_runs(project.checkout.folder).keys() - earlier
    return {each.service for each in project.observe().containers if each.container_id in since}


def _remember(project: Project, job: str, inputs: JobInputs) -> None:
    observed = project.observe()
    there = {each.container_id for each in observed.containers}
    beside = frozenset(each.container_id for each in observed.containers if each.role is Role.SERVICE)
    runs = {key: run for key, run in read_runs(project.checkout.folder).items() if key in there}
    for container in observed.containers:
        is_done = container.state is State.EXITED and container.exit_code == 0
        if container.service == job and container.role is Role.JOB and is_done:
            runs[container.container_id] = Run(files=inputs.get(container.service), beside=beside)
    write_runs(project.checkout.folder, runs)
