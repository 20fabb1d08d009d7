"""The databases follow the branch: each has its own, made from that of the branch it came from."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from devenv.config.environment import Database, Service
from devenv.databases.branches import Copy, Drop, Step, Swap, Switch, live_after, plan_switch
from devenv.databases.listing import automatic_name
from devenv.databases.names import branch_database, snapshot_database
from devenv.engine.data import Data, switch_step
from devenv.errors import DatabaseFailed
from devenv.events import Emit, Notice, StepFinished, StepStarted
from devenv.workflows.databases import Server, database_services, running_server
from devenv.workflows.project import Project
from devenv.workspace.at_rest import current_branch, data_held
from devenv.workspace.branch_record import BranchRecord, read_record, write_record
from devenv.workspace.git_head import former_names, nearest
from devenv.workspace.upgrades import read_upgrades


def branched_services(project: Project) -> tuple[str, ...]:
    """The services whose databases follow the branch."""
    return tuple(service.name for service, database in database_services(project) if database.branches)


def follow_branch(project: Project, emit: Emit) -> None:
    """Each database with branches is that of the present one. Raises DatabaseFailed, WorkspaceError."""
    if branched_services(project):
        with data_held(project.checkout.folder, project.machine.clock):
            switch_databases(project, emit)


def switch_databases(project: Project, emit: Emit) -> None:
    """The same for whoever holds the data; told as steps."""
    clock = project.machine.clock
    for service, database, noted, branch in _strays(project):
        server = running_server(project, service, database)
        if server is None:
            continue
        names = _names(server)
        record = _resumed(noted, database, names)
        switch = _switch(project, database, record, branch, names)
        if switch:
            write_record(project.checkout.folder, service.name, replace(record, towards=branch))
            known = Data(service=service.name, live=record.live, branch=branch, origin=switch.origin)
            step, began = str(switch_step(known, project.checkout.origin_of)), clock.monotonic()
            emit(StepStarted(step))
            for each in switch.steps:
                _take(server, each)
            emit(StepFinished(step, clock.monotonic() - began))
            emit(Notice(f"{service.name}: the database of {branch}, {switch.origin}"))
        write_record(project.checkout.folder, service.name, record.now(branch))


def known_data(project: Project) -> tuple[Data, ...]:
    """What the plan has to know of each database."""
    begun = read_upgrades(project.checkout.folder)
    known = {
        service.name: Data(
            service=service.name,
            upgrades="fetch" in database.scripts and bool(database.data_paths),
            begun=begun.get(service.name, ""),
        )
        for service, database in database_services(project)
    }
    for service, database, noted, branch in _strays(project):
        names = _likely_names(project, service, database)
        record = _resumed(noted, database, names)
        if switch := _switch(project, database, record, branch, names):
            known[service.name] = replace(
                known[service.name], live=record.live, branch=branch, origin=switch.origin
            )
    return tuple(known.values())


def _likely_names(project: Project, service: Service, database: Database) -> frozenset[str]:
    """The databases that a server has; of one that does not answer, those that it is remembered to have."""
    if server := running_server(project, service, database):
        with suppress(DatabaseFailed):
            return _names(server)
    record = read_record(project.checkout.folder, service.name)
    return frozenset(branch_database(database.name, each) for each in record.known if each != record.live)


def _strays(project: Project) -> Iterator[tuple[Service, Database, BranchRecord, str]]:
    """The databases that are not known to be of the branch that is checked out; it comes last."""
    branch = current_branch(project.checkout.root)
    for service, database in database_services(project):
        record = read_record(project.checkout.folder, service.name)
        if branch and database.branches and not record.is_of(branch):
            yield service, database, record, branch


def _names(server: Server) -> frozenset[str]:
    return frozenset(each.name for each in server.found())


def _resumed(record: BranchRecord, database: Database, present: Collection[str]) -> BranchRecord:
    """As it is after a switch that was cut short, or that another devenv is at."""
    live = live_after(database.name, live=record.live, towards=record.towards, present=present)
    return record.now(live) if live else replace(record, towards="")


def _switch(
    project: Project, database: Database, record: BranchRecord, branch: str, present: Collection[str]
) -> Switch | None:
    """None where what is there is this branch's, as it is the first time."""
    live, root = database.name, project.checkout.root
    has_own = branch_database(live, branch) in present
    if record.live == branch or (not record.live and not has_own):
        return None
    return plan_switch(
        live,
        live=record.live,
        wanted=branch,
        former=() if has_own else former_names(root, branch),
        present=present,
        nearest=nearest(root, branch, reversed(record.known)),
        spare=snapshot_database(live, automatic_name(live, "switch", datetime.now(), present)),
    )


def _take(server: Server, step: Step) -> None:
    match step:
        case Copy(from_=from_, to=to):
            server.run("copy", FROM=from_, TO=to)
        case Swap(aside=aside, next_=following):
            server.run("swap", NAME=server.database.name, ASIDE=aside, NEXT=following)
        case Drop(name=name):
            server.run("drop", NAME=name)
