"""The steps of a plan that are about data: an older version's comes over, another branch's becomes live."""

from __future__ import annotations

from datetime import datetime

from devenv.engine.step import Action, Step
from devenv.events import Emit
from devenv.workflows.branches import follow_branch
from devenv.workflows.databases import server_of
from devenv.workflows.project import Project
from devenv.workflows.upgrade import upgrade
from devenv.workspace.at_rest import data_held


def take_on_data(project: Project, step: Step, emit: Emit) -> None:
    """Take one, and tell of it. Raises DatabaseFailed, NotRunning, WorkspaceError."""
    if step.action is Action.UPGRADE:
        with data_held(project.checkout.folder, project.machine.clock):
            upgrade(server_of(project, step.subject), emit, datetime.now(), step)
    else:
        follow_branch(project, emit)  # whichever is checked out by now
