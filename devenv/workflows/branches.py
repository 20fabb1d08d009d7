"""The databases follow the branch: each has its own, made from that of the branch it came from."""

from __future__ import annotations

from datetime import datetime

from devenv.databases.branches import Copy, Drop, Step, Swap, plan_switch
from devenv.databases.listing import stamp
from devenv.databases.names import branch_database, snapshot_database
from devenv.events import Emit, Notice
from devenv.workflows.databases import Server, database_services, running_server
from devenv.workflows.project import Project
from devenv.workspace.at_rest import current_branch, data_held
from devenv.workspace.branch_record import BranchRecord, read_record, write_record
from devenv.workspace.git_head import nearest


def branched_services(project: Project) -> tuple[str, ...]:
    """The services whose databases follow the branch."""
    return tuple(service.name for service, database in database_services(project) if database.branches)


def follow_branch(project: Project, emit: Emit) -> None:
    """Each database with branches is that of the present one. Raises DatabaseFailed, WorkspaceError."""
    if branched_services(project):
        with data_held(project.checkout.folder, project.machine.clock):
            switch_databases(project, emit)


def switch_databases(project: Project, emit: Emit) -> None:
    """The same for whoever holds the data."""
    branch = current_branch(project.checkout.root)
    folder = project.checkout.folder
    for service, database in database_services(project):
        record = read_record(folder, service.name)
        if not (branch and database.branches) or record.live == branch:
            continue
        if server := running_server(project, service, database):
            _switch(server, record, branch, emit)
            write_record(folder, service.name, record.now(branch))


def _switch(server: Server, record: BranchRecord, branch: str, emit: Emit) -> None:
    live = server.database.name
    present = {each.name for each in server.found()}
    if not record.live and branch_database(live, branch) not in present:
        return  # the first time: what is there is this branch's
    switch = plan_switch(
        live,
        live=record.live,
        wanted=branch,
        present=present,
        nearest=nearest(server.project.checkout.root, branch, reversed(record.known)),
        spare=snapshot_database(live, f"before-switch-{stamp(datetime.now())}"),
    )
    for step in switch.steps:
        _take(server, step)
    emit(Notice(f"{server.service.name}: the database of {branch}, {switch.origin}"))


def _take(server: Server, step: Step) -> None:
    match step:
        case Copy(from_=from_, to=to):
            server.run("copy", FROM=from_, TO=to)
        case Swap(aside=aside, next_=following):
            server.run("swap", NAME=server.database.name, ASIDE=aside, NEXT=following)
        case Drop(name=name):
            server.run("drop", NAME=name)
