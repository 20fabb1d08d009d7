"""A checkout as one compose project on this machine."""

from __future__ import annotations

from dataclasses import dataclass

from devenv.compiler.compiled import Assignments
from devenv.engine.compose_door import ComposeProject, DockerCompose
from devenv.engine.observed import ObservedProject, observe_machine, observe_project
from devenv.engine.ports import choose_project_name
from devenv.engine.startup import Room
from devenv.events import Emit
from devenv.workflows.checkout import Checkout
from devenv.workflows.machine import Machine
from devenv.workflows.remembered import with_installed, with_runs
from devenv.workspace.installed import read_installed
from devenv.workspace.runs import read_runs
from devenv.workspace.state import read_state


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """`assigned`: the name and ports that this checkout has here."""

    checkout: Checkout
    machine: Machine
    assigned: Assignments

    @property
    def name(self) -> str:
        """The compose project's name."""
        return self.assigned.project_name

    @property
    def compose(self) -> DockerCompose:
        """The door to compose for this project."""
        folder = self.checkout.folder
        return self.machine.compose(
            ComposeProject(name=self.name, file=folder / "compose.yaml", folder=folder)
        )

    def observe(self) -> ObservedProject:
        """What of it there is."""
        observed = observe_project(self.machine.engine, self.name, self.checkout.compiled)
        folder = self.checkout.folder
        return with_runs(with_installed(observed, read_installed(folder)), read_runs(folder))

    def room(self, emit: Emit) -> Room:
        """Where its plans are executed."""
        return Room(
            compiled=self.checkout.compiled,
            project_name=self.name,
            engine=self.machine.engine,
            emit=emit,
            clock=self.machine.clock,
        )


def stored_assignments(checkout: Checkout) -> Assignments | None:
    """The name and ports that an earlier `up` gave this checkout."""
    return read_state(checkout.folder).assignments


def open_project(checkout: Checkout, machine: Machine) -> Project:
    """The project under the name that it has here; ports are not assigned anew."""
    stored = stored_assignments(checkout)
    assigned = Assignments(
        project_name=project_name(checkout, machine, stored),
        ports=stored.ports if stored else {},
        wanted=stored.wanted if stored else {},
    )
    return Project(checkout=checkout, machine=machine, assigned=assigned)


def project_name(checkout: Checkout, machine: Machine, stored: Assignments | None) -> str:
    """The name that the command line says, that this checkout had before, or one that nobody else has.

    Never another checkout's: `devenv down -v` in a second clone must not meet the data of the first.
    """
    if checkout.chosen_name:
        return checkout.chosen_name
    previous = stored.project_name if stored else None
    root = str(checkout.root.resolve())
    return choose_project_name(checkout.compiled.name, root, previous, observe_machine(machine.engine))
