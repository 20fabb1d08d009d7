"""`devenv job`: run a job of devenv.yaml now, after what it needs."""

from __future__ import annotations

from dataclasses import dataclass

from devenv.engine.judge import current_container
from devenv.errors import UsageError
from devenv.events import Emit
from devenv.workflows.checkout import Checkout
from devenv.workflows.failures import explained
from devenv.workflows.machine import Machine
from devenv.workflows.project import open_project
from devenv.workflows.up import UpOptions, locked, settle


@dataclass(frozen=True, kw_only=True, slots=True)
class JobState:
    """A job, when it runs in words, and how its last run ended, "" where it has not run."""

    name: str
    when: str
    last: str


def run_job(checkout: Checkout, machine: Machine, emit: Emit, name: str) -> None:
    """Bring up what it needs and run it, done or not. Raises UsageError, StartFailed with its log."""
    names = [job.name for job in checkout.environment.jobs]
    if name not in names:
        known = f"there are: {', '.join(names)}" if names else "devenv.yaml has no jobs"
        raise UsageError(f"there is no job {name!r} in devenv.yaml", hint=known)
    options = UpOptions(only=(name,), run=(name,))
    with explained(checkout), locked(checkout, machine, emit):
        settle(checkout, machine, options, emit, while_watching=False)


def list_jobs(checkout: Checkout, machine: Machine) -> tuple[JobState, ...]:
    """Every job in devenv.yaml's order."""
    observed = open_project(checkout, machine).observe()
    states = []
    for job in checkout.environment.jobs:
        container = current_container(checkout.compiled.service(job.name), observed)
        code = container.exit_code if container else None
        last = "" if code is None else "done" if code == 0 else f"failed, exit code {code}"
        when = ", ".join((job.when.at, *job.when.change)) + (" (asks)" if job.when.ask else "")
        states.append(JobState(name=job.name, when=when, last=last))
    return tuple(states)
