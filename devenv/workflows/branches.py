"""The databases follow the branch: before the code of another one is served, its data is there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue

from devenv.clock import Clock
from devenv.databases.branches import Copy, Drop, Step, Swap, plan_switch
from devenv.databases.listing import stamp
from devenv.databases.migrations import FOLDER, Migration, ahead, read_applied
from devenv.databases.names import branch_database, snapshot_database
from devenv.detect.tree import load_tree
from devenv.errors import DevenvError
from devenv.events import Emit, Failed, Notice
from devenv.sync.files import FilesWatcher
from devenv.sync.session import Gate
from devenv.workflows.databases import Server, database_services, running_server
from devenv.workflows.project import Project
from devenv.workspace.branch_record import BranchRecord, read_record, write_record
from devenv.workspace.git_head import git_folder, is_busy, nearest, read_branch
from devenv.workspace.lock import hold_lock

LOCK_TIMEOUT_SECONDS = 120
PATIENCE_SECONDS = 10.0  # a checkout of git's takes so long at most before what is saved goes on its way
POLL_SECONDS = 0.02
HEAD_SECONDS = 0.3
WRITTEN_SECONDS = 0.1
UNDER_WAY_SECONDS = 0.1  # for requests that began before they were held


def stray_services(project: Project) -> tuple[str, ...]:
    """The services whose live database is known to be of another branch than the one that is checked out."""
    branch = current_branch(project)
    records = {
        service.name: read_record(project.checkout.folder, service.name)
        for service, database in database_services(project)
        if database.branches
    }
    return tuple(name for name, record in records.items() if branch and record.live not in {"", branch})


def current_branch(project: Project) -> str:
    """ "" where there is none: no git, or a detached HEAD, which changes no database."""
    git = git_folder(project.checkout.root)
    return read_branch(git) if git else ""


def follow_branch(project: Project, emit: Emit) -> None:
    """Each database with branches is that of the present one. Raises DatabaseFailed, WorkspaceError."""
    branch = current_branch(project)
    servers = [
        server
        for service, database in database_services(project)
        if database.branches and (server := running_server(project, service, database))
    ]
    if not branch or not servers:
        return
    folder = project.checkout.folder
    with hold_lock(folder, project.machine.clock, name="branches", timeout_seconds=LOCK_TIMEOUT_SECONDS):
        for server in servers:
            record = read_record(folder, server.service.name)
            if record.live != branch:
                _switch(server, record, branch, emit)
                write_record(folder, server.service.name, record.now(branch))


def gate(project: Project, emit: Emit) -> Gate:
    """To be passed before a change is sent: opens when git is done and the data is that of its branch."""
    git = git_folder(project.checkout.root)
    if git is None or not any(database.branches for _, database in database_services(project)):
        return lambda _: False
    seen, indexes = [(0, 0)], [_state(git / "index")]

    def passed(hold: Callable[[], None]) -> bool:
        clock = project.machine.clock
        _wait_for_git(git, clock)
        if (index := _state(git / "index")) != indexes[0]:
            indexes[0] = index  # git has written it, and writes HEAD last
            until = clock.monotonic() + HEAD_SECONDS
            while _state(git / "HEAD") == seen[0] and clock.monotonic() < until:
                clock.sleep(POLL_SECONDS)
        if (now := _state(git / "HEAD")) == seen[0]:
            return False
        seen[0] = now
        if not stray_services(project):
            return False
        hold()
        project.machine.clock.sleep(UNDER_WAY_SECONDS)
        with _told(emit):
            follow_branch(project, emit)
        return True

    return passed


@contextmanager
def branches_followed(project: Project, emit: Emit) -> Iterator[None]:
    """While entered, another branch gets its database, also where no file differs; what is ahead is told."""
    git = git_folder(project.checkout.root)
    if git is None or not database_services(project):
        yield
        return
    touched: SimpleQueue[bool] = SimpleQueue()

    def follow() -> None:
        while touched.get():
            project.machine.clock.sleep(WRITTEN_SECONDS)
            with _told(emit):
                follow_branch(project, emit)
            tell_if_ahead(project, emit)

    thread = threading.Thread(target=follow, name="devenv-branches", daemon=True)
    thread.start()
    with FilesWatcher([git / "HEAD"], lambda: touched.put(True)):
        yield
    touched.put(False)


def tell_if_ahead(project: Project, emit: Emit) -> None:
    """Say so where a database has migrations that this code does not, before Django meets it."""
    with _told(emit):
        for service, database in database_services(project):
            if "applied" not in database.scripts:
                continue
            if server := running_server(project, service, database):
                found = ahead(read_applied(server.run("applied", NAME=database.name)), _sources(project))
                if found:
                    emit(_ahead(server, found))


def _ahead(server: Server, found: tuple[Migration, ...]) -> Notice:
    """What is ahead, and the ways out."""
    names = ", ".join(map(str, found[:3])) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
    snapshots = [each.name for each in server.snapshots()]
    ways = [
        f"`devenv db restore {snapshots[0]}`" if snapshots else "`devenv db reset` makes a new one",
        "switch back to the branch that has them",
        f"`services.{server.service.name}.branches: true` keeps one for each branch",
    ]
    is_one = len(found) == 1
    return Notice(
        f"the database of {server.service.name} is ahead of this code: {names} "
        f"{'is' if is_one else 'are'} applied and not in this tree",
        "; or ".join(ways),
    )


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


def _sources(project: Project) -> dict[str, str]:
    """The migrations of this tree."""
    root = project.checkout.app_folder
    paths = [path for path in load_tree(root).paths if f"/{FOLDER}/" in f"/{path}" and path.endswith(".py")]
    found = {}
    for path in paths:
        try:
            found[path] = (root / path).read_text("utf-8", "replace")
        except OSError:
            continue
    return found


def _wait_for_git(git: Path, clock: Clock) -> None:
    deadline = clock.monotonic() + PATIENCE_SECONDS
    while is_busy(git) and clock.monotonic() < deadline:
        clock.sleep(POLL_SECONDS)


def _state(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_ino)


@contextmanager
def _told(emit: Emit) -> Iterator[None]:
    """What fails beside the way is told, and ends nothing."""
    try:
        yield
    except DevenvError as error:
        emit(Failed.by(error))
