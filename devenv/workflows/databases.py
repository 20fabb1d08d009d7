"""`devenv db`: snapshots of the app's database, which take its place again by a rename."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from devenv.config.environment import Database, Service
from devenv.databases.listing import (
    FoundDatabase,
    Snapshot,
    automatic_name,
    outdated,
    read_listing,
    snapshots_of,
    stamp,
)
from devenv.databases.names import SNAPSHOT_NAME, next_database, snapshot_database
from devenv.errors import DatabaseFailed, NotRunning, UsageError
from devenv.events import Emit, Notice
from devenv.workflows.project import Project


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A database service that runs."""

    project: Project
    service: Service
    database: Database
    container_id: str

    def run(self, script: str, **names: str) -> str:
        """What a script of the definition prints. Raises DatabaseFailed with what it says."""
        environment = [f"{name}={value}" for name, value in names.items()]
        argv = ["env", *environment, "sh", "-c", self.database.scripts[script]]
        done = self.project.machine.engine.exec(self.container_id, argv)
        if done.exit_code:
            raise DatabaseFailed(
                f"{self.service.name}: `{script}` of its databases failed",
                details=(done.errors + done.output).decode("utf-8", "replace").strip(),
                hint=f"`devenv db shell` opens the server, `devenv logs {self.service.name}` has its log",
            )
        return done.output.decode("utf-8", "replace")

    def found(self) -> tuple[FoundDatabase, ...]:
        """All databases of the server."""
        return read_listing(self.run("list"))

    def snapshots(self) -> tuple[Snapshot, ...]:
        """The newest first."""
        return snapshots_of(self.database.name, self.found())


def database_services(project: Project) -> tuple[tuple[Service, Database], ...]:
    """The services whose definition knows how to handle databases."""
    services = project.checkout.environment.services
    return tuple((each, each.database) for each in services if each.database is not None)


def server_of(project: Project, name: str | None = None) -> Server:
    """The database service of that name, or the only one. Raises UsageError, NotRunning."""
    servers = {service.name: (service, database) for service, database in database_services(project)}
    if not servers:
        raise UsageError(
            "no service of devenv.yaml has a database that devenv can copy",
            hint="it can with postgres, mariadb and mysql; SQLite's is a file: copy that",
        )
    if name is None and len(servers) > 1:
        raise UsageError("which database?", hint=f"say `--service` with one of {', '.join(servers)}")
    chosen = name or next(iter(servers))
    if chosen not in servers:
        raise UsageError(
            f"{chosen} has no database that devenv can copy", hint=f"there are: {', '.join(servers)}"
        )
    service, database = servers[chosen]
    if found := running_server(project, service, database):
        return found
    raise NotRunning(f"{chosen} does not run", hint="start it with `devenv up -d`")


def running_server(project: Project, service: Service, database: Database) -> Server | None:
    """The server, None where it does not run."""
    container = project.observe().running(service.name)
    if container is None:
        return None
    return Server(project=project, service=service, database=database, container_id=container.container_id)


def take_snapshot(server: Server, name: str | None, now: datetime) -> str:
    """Copy the live database; the snapshot's name. Raises UsageError, DatabaseFailed."""
    chosen = name or stamp(now)
    if not SNAPSHOT_NAME.fullmatch(chosen):
        raise UsageError(
            f"{chosen!r} cannot be a snapshot's name",
            hint="lower-case letters, digits, - and _, such as before-import",
        )
    if chosen in {each.name for each in server.snapshots()}:
        raise UsageError(
            f"there is a snapshot {chosen} already",
            hint=f"take another name, or `devenv db remove {chosen}` first",
        )
    live = server.database.name
    server.run("copy", FROM=live, TO=snapshot_database(live, chosen))
    return chosen


def restore(server: Server, name: str | None, now: datetime) -> str:
    """The database is as in the snapshot (the latest that a person took); what was there becomes another one.

    Returns that one's name. Raises UsageError, DatabaseFailed.
    """
    chosen = _existing(server, name)
    live = server.database.name
    following = next_database(live)
    server.run("drop", NAME=following)
    server.run("copy", FROM=snapshot_database(live, chosen), TO=following)
    return replace_live(server, "restore", now)


def reset(server: Server, now: datetime) -> str:
    """The database is empty; what was there becomes a snapshot, which is returned."""
    live = server.database.name
    following = next_database(live)
    server.run("drop", NAME=following)
    server.run("create", NAME=following)
    return replace_live(server, "reset", now)


def remove_snapshots(server: Server, names: Sequence[str]) -> None:
    """Drop them for good. Raises UsageError before any is."""
    chosen = [_existing(server, name) for name in names]
    for name in chosen:
        server.run("drop", NAME=snapshot_database(server.database.name, name))


def replace_live(server: Server, why: str, now: datetime) -> str:
    """What was made takes the live database's place; that becomes a snapshot, whose name is returned.

    Of the snapshots that were made so, a few stay.
    """
    live, before = server.database.name, server.found()
    kept = automatic_name(live, why, now, {each.name for each in before})
    server.run("swap", NAME=live, ASIDE=snapshot_database(live, kept), NEXT=next_database(live))
    for name in outdated(live, before):
        server.run("drop", NAME=name)
    return kept


def say_kept(emit: Emit, kept: str) -> None:
    """Where that is which was there."""
    emit(Notice(f"what was there is the snapshot {kept}", f"`devenv db restore {kept}` brings it back"))


def _existing(server: Server, name: str | None) -> str:
    snapshots = server.snapshots()
    if name is None:
        own = [each.name for each in snapshots if not each.is_automatic]
        if not own:
            raise UsageError("there is no snapshot yet", hint="`devenv db snapshot` takes one")
        return own[0]
    if name not in {each.name for each in snapshots}:
        known = ", ".join(each.name for each in snapshots) or "none"
        raise UsageError(f"there is no snapshot {name}", hint=f"there are: {known}")
    return name
