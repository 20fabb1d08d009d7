"""The steps of a plan that are about data: an older version's comes over, another branch's becomes live."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from devenv.engine.step import Action, Step
from devenv.errors import NotRunning
from devenv.events import Emit
from devenv.workflows.branches import follow_branch
from devenv.workflows.databases import server_of
from devenv.workflows.exchange import deliver_to_running
from devenv.workflows.project import Project
from devenv.workflows.upgrade import upgrade
from devenv.workspace.at_rest import data_held


def take_on_data(project: Project, step: Step, emit: Emit, *, consent: bool = False) -> None:
    """Take one, and tell of it. Raises DatabaseFailed, NotRunning, WorkspaceError, SyncHalted.

    consent: a human agreed that most of the source may go from the containers.
    """
    if step.action is Action.UPGRADE:
        with data_held(project.checkout.folder, project.machine.clock):
            upgrade(server_of(project, step.subject), emit, datetime.now(), step)
        return
    # Whichever branch is checked out by now. What serves gets its code with it, and begins no request
    # meanwhile; so it is if another devenv watches, and whoever is first does it.
    with suppress(NotRunning):
        deliver_to_running(project, emit, consent=consent)
    follow_branch(project, emit)
