"""`devenv up`: observe, assign, write, plan, execute, wait until the app answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devenv.engine.judge import JobInputs
from devenv.engine.plan import UpOptions as PlanOptions
from devenv.engine.step import Action, Plan
from devenv.errors import PortTaken, StartFailed
from devenv.events import Emit, Event, Notice, ProcessReloaded
from devenv.workflows.ahead import tell_if_ahead
from devenv.workflows.answer import wait_for_answers, wait_for_commands
from devenv.workflows.assign import assign_project
from devenv.workflows.branches import follow_branch, known_data
from devenv.workflows.carrying_out import carry_out
from devenv.workflows.checkout import Checkout
from devenv.workflows.compile import write_compiled
from devenv.workflows.consent import Agree, nobody_agrees
from devenv.workflows.contract import warn_of_missing
from devenv.workflows.exchange import session_of
from devenv.workflows.failures import explained, failures_told
from devenv.workflows.jobs import job_inputs
from devenv.workflows.lock import pin_new_layers
from devenv.workflows.machine import Machine
from devenv.workflows.packages import confirm_installed
from devenv.workflows.planning import plan_for
from devenv.workflows.project import Project
from devenv.workflows.settling import record_settled
from devenv.workflows.upgrade import begin_upgrades
from devenv.workspace.lock import hold_lock
from devenv.workspace.port_claims import PortClaims, claims_folder
from devenv.workspace.register import register_folder, remember

if TYPE_CHECKING:
    from devenv.workspace.settled import Moment


LOCK_TIMEOUT_SECONDS = 600
PORT_ATTEMPTS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class UpOptions:
    """`only`: these and what they depend on. `run`: jobs, done or not.

    `build`: also when the image is up to date. `force`: replace
    generated files that were edited by hand. `consent`: most of the source may go from the containers.
    `begun`: when devenv.yaml was about to be read, where the next `up` may rely on this one. `detached`:
    nobody will watch, so no save heals code that does not start: that is a failure. `agree`: asked before
    data is left behind; raises where nobody agrees."""

    only: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    build: bool = False
    force: bool = False
    consent: bool = False
    begun: Moment | None = None
    detached: bool = False
    agree: Agree = nobody_agrees

    @property
    def of_plan(self) -> PlanOptions:
        """What of it decides what is done."""
        return PlanOptions(only=self.only, build=self.build, run=frozenset(self.run))


def preview_up(checkout: Checkout, machine: Machine, options: UpOptions) -> Plan:
    """The plan that `bring_up` would execute; nothing is written or started."""
    project, _ = assign_project(checkout, machine)
    return plan_for(project, project.observe(), options.of_plan, data=known_data(project))


def bring_up(
    checkout: Checkout, machine: Machine, options: UpOptions, emit: Emit, *, while_watching: bool = False
) -> Project:
    """Bring the containers to what devenv.yaml says; returns when the app answers, or tells why not.

    while_watching: a running session sees to the source and tells when processes are ready, so neither is
    waited for.
    """
    checkout.meant(options.only)
    told: set[str] = set()

    def tell(event: Event) -> None:
        if isinstance(event, ProcessReloaded) and event.action == "failed":
            told.add(event.process)
        emit(event)

    with explained(checkout), locked(checkout, machine, emit):
        project, plan = settle(checkout, machine, options, emit, while_watching=while_watching)
        if not while_watching:
            send_source(project, tell, consent=options.consent)
        follow_branch(project, emit)
        with failures_told(emit):
            tell_if_ahead(project, emit)
    if not while_watching:
        with explained(checkout):
            answers = wait_for_answers(project, emit)
        started = frozenset(step.subject for step in plan.steps)
        broken = (*answers.broken, *wait_for_commands(project, emit, started=started, told=told))
        if not broken:
            _leave_a_record(project, answers.addresses, options)
        elif options.detached:
            raise StartFailed(f"{', '.join(broken)}: the code does not start", hint="see above for the cause")
    return project


def _leave_a_record(project: Project, addresses: dict[str, str], options: UpOptions) -> None:
    """The next `up` sees by it that nothing is to be done, if all of it was done and answers."""
    checkout = project.checkout
    served = [process.name for process in checkout.environment.processes if process.port is not None]
    is_whole = not (options.only or checkout.chosen_name or checkout.choice.profiles)
    if options.begun is not None and is_whole and served == list(addresses):
        record_settled(project, options.begun, addresses)


def settle(
    checkout: Checkout, machine: Machine, options: UpOptions, emit: Emit, *, while_watching: bool
) -> tuple[Project, Plan]:
    """Assign, write, plan, execute; again where a port is gone that was free a moment ago.

    The checkout's lock is held.
    """
    checkout = pin_new_layers(checkout, emit)
    with PortClaims(claims_folder(), machine.clock) as claims:
        for attempt in range(1, PORT_ATTEMPTS + 1):
            project, notices = assign_project(checkout, machine, claims.take)
            inputs = job_inputs(checkout)
            data = known_data(project)
            plan = plan_for(project, project.observe(), options.of_plan, inputs=inputs, data=data)
            if plan.risky and attempt == 1:
                options.agree(plan.risky)
            for notice in notices:
                emit(notice)
            write_compiled(checkout, machine.environ, emit, assignments=project.assigned, force=options.force)
            remember(register_folder(), project.name, checkout.root.resolve())
            if plan and attempt == 1:
                warn_of_missing(checkout, emit)
            try:
                if _is_carried_out(project, plan, options, emit, inputs, sends_source=not while_watching):
                    break
            except PortTaken as error:
                if attempt == PORT_ATTEMPTS:
                    raise
                claims.refuse(error.port)
                emit(Notice(f"{error.summary}; taking another"))
    return project, plan


def _is_carried_out(
    project: Project, plan: Plan, options: UpOptions, emit: Emit, inputs: JobInputs, *, sends_source: bool
) -> bool:
    """False where containers have packages that the image has not: the next plan makes them anew."""
    begin_upgrades(project, plan)
    carry_out(project, plan, emit, inputs=inputs, sends_source=sends_source, consent=options.consent)
    return not plan.subjects(Action.BUILD) or confirm_installed(project, emit)


@contextmanager
def locked(checkout: Checkout, machine: Machine, emit: Emit) -> Iterator[None]:
    """One devenv at a time acts on a checkout; a second one waits and says so."""
    with hold_lock(
        checkout.folder,
        machine.clock,
        timeout_seconds=LOCK_TIMEOUT_SECONDS,
        on_wait=lambda holder: emit(Notice(f"waiting for another devenv (process {holder}) in this folder")),
    ):
        yield


def send_source(project: Project, emit: Emit, *, consent: bool = False) -> None:
    """The containers have what the host has."""
    observed = project.observe()
    if any(observed.running(name) for name in project.checkout.process_names()):
        session_of(project, emit, consent=consent).synchronize_once()
