"""A database that does not answer, or answers no; tables that are not as the code has them."""

from __future__ import annotations

import re
import shlex

from devenv.cards.clues import APP, Clues
from devenv.cards.edits import add_entry, set_key
from devenv.config.environment import Environment, Service
from devenv.detect.render import scalar
from devenv.errors import Card, Edit

POSTGRES = ("postgres", "pgbouncer")
MYSQL = ("mysql", "mariadb")
_ITSELF = frozenset(("localhost", "127.0.0.1", "::1", "0.0.0.0"))  # noqa: S104 names of the container itself

_REFUSED = (
    (r'connection to server at "([^"]+)"(?: \([^)]*\))?, port \d+ failed: Connection refused', POSTGRES),
    (r'could not connect to server: Connection refused\s+Is the server running on host "([^"]+)"', POSTGRES),
    (r'connection to server on socket "([^"]+)" failed: No such file or directory', POSTGRES),
    (r"Can't connect to (?:MySQL )?server on '([^']+)' \((?:\[Errno 111\]|111|115|\d+ )", MYSQL),
    (r"Can't connect to local (?:MySQL )?server through socket '([^']+)'", MYSQL),
)
_UNKNOWN = (
    (r"failed to resolve host '([^']+)'", POSTGRES),
    (r'could not translate host name "([^"]+)" to address', POSTGRES),
    (r"Unknown (?:MySQL )?server host '([^']+)'", MYSQL),
    (r"Can't connect to (?:MySQL )?server on '([^']+)' \(\[Errno -\d\]", MYSQL),
)
_LOGIN = (
    (r'password authentication failed for user "([^"]+)"', POSTGRES),
    (r'(?:FATAL:\s+)role "([^"]+)" does not exist', POSTGRES),
    (r"Access denied for user '([^']+)'@'[^']+' \(using password", MYSQL),
    (r"(fe_sendauth): no password supplied", POSTGRES),
)
_MISSING = (
    (r'FATAL:\s+database "([^"]+)" does not exist', POSTGRES),
    (r"Unknown database '([^']+)'", MYSQL),
    (r"Access denied for user '[^']+'@'[^']+' to database '([^']+)'", MYSQL),
)


def _first(
    clues: Clues, patterns: tuple[tuple[str, tuple[str, ...]], ...]
) -> tuple[re.Match[str], Service | None, str] | None:
    """What is found, the service that should have answered, and the kind to have where there is none."""
    for pattern, kinds in patterns:
        if found := clues.search(pattern) or re.search(pattern, clues.failure.log):
            return found, clues.service(*kinds), kinds[0]
    return None


def refused(clues: Clues) -> Card | None:
    """Nothing listens where the settings look for the database."""
    if (seen := _first(clues, _REFUSED)) is None:
        return None
    found, service, kind = seen
    host = found[1]
    if host in _ITSELF or host.startswith("/"):
        return _not_here(clues, host, service, kind, found)
    by_name = next((each for each in clues.environment.services if each.name == host), service)
    host = by_name.name if by_name else host
    return Card(
        cause=f"the database at `{host}` refuses connections: it has stopped, or has another port",
        evidence=_evidence(clues, found),
        next_step=f"see what it says: `devenv logs {host}`",
    )


def _not_here(clues: Clues, host: str, service: Service | None, kind: str, found: re.Match[str]) -> Card:
    where = "a socket of its own" if host.startswith("/") else f"`{host}`"
    cause = f"the settings look for the database at {where}, which in a container is the container itself"
    if service is None:
        return Card(
            cause=cause,
            evidence=_evidence(clues, found),
            next_step="add the database as a service",
            edit=_add_service(clues, kind),
        )
    names = ", ".join(service.gives)
    return Card(
        cause=cause,
        evidence=_evidence(clues, found),
        next_step=f"its host is `{service.name}`: let the settings read it from what devenv gives ({names})",
    )


def unknown_host(clues: Clues) -> Card | None:
    """The settings name a host that no service has as its name."""
    if (seen := _first(clues, _UNKNOWN)) is None:
        return None
    found, service, kind = seen
    host = found[1]
    if service is None:
        step, edit = "add the database as a service of that name", _add_service(clues, kind, host)
    else:
        step, edit = (
            f"the service is called `{service.name}`: use that name in the settings, or rename the service",
            None,
        )
        if origin := clues.environment.origin_of(f"services.{service.name}"):
            step = f"{step} ({origin.place})"
    return Card(
        cause=f"there is no host `{host}` in this environment",
        evidence=_evidence(clues, found),
        next_step=step,
        edit=edit,
    )


def login_failed(clues: Clues) -> Card | None:
    """The database does not take this user or password."""
    if (seen := _first(clues, _LOGIN)) is None:
        return None
    found, service, _ = seen
    names = f" ({', '.join(service.gives)})" if service else ""
    return Card(
        cause=f"the database does not take the user `{found[1]}` with this password",
        evidence=_evidence(clues, found),
        next_step=f"use what the service gives{names}; a database keeps the password that it was made with: "
        "after a change, `devenv down -v` (all data goes) and `devenv up`",
    )


def database_missing(clues: Clues) -> Card | None:
    """The server runs and has no database of that name."""
    if (seen := _first(clues, _MISSING)) is None:
        return None
    found, service, _ = seen
    name = found[1]
    if service and _given_name(service) == name:
        return _kept_from_before(clues, service, name, found)
    edit = None
    step = f"create it, or use the database that is there: {_given_name(service)}" if service else "create it"
    if service:
        step = f"use `{_given_name(service)}`, which is there, or have the other made from the start "
        step += "(`devenv down -v` first: all data goes)"
        edit = _database_edit(clues, service, name)
    return Card(
        cause=f"the server has no database `{name}`",
        evidence=_evidence(clues, found),
        next_step=step,
        edit=edit,
    )


def _kept_from_before(clues: Clues, service: Service, name: str, found: re.Match[str]) -> Card:
    """devenv.yaml names it, and the data was made before it did: only a server without data makes it."""
    origin = clues.environment.origins.get(f"services.{service.name}.settings.database")
    user = service.gives.get("POSTGRES_USER", "app")
    command = f"`devenv exec {service.name} createdb --username {user} {name}`"
    make = f"make it beside that one ({command}), " if service.kind == "postgres" else ""
    return Card(
        cause=f"the server has no database `{name}`: its data was made under another name",
        evidence=(*_evidence(clues, found), *([f"{origin.place} names it"] if origin else [])),
        next_step=f"take the name back that was there before, {make}or let all be made anew: "
        "`devenv down -v` (all data goes) and `devenv up`",
    )


def schema_missing(clues: Clues) -> Card | None:
    """The database has not the schema that the settings choose by `search_path`."""
    found = clues.search(r"(?:InvalidSchemaName: )?no schema has been selected to create in") or clues.search(
        r'schema "[^"]+" does not exist'
    )
    if found is None:
        return None
    service = clues.service(*POSTGRES)
    shell = f"`devenv shell {service.name}`, " if service else ""
    return Card(
        cause="the database has not the schema that the settings ask for (`search_path` in DATABASES)",
        evidence=_evidence(clues, found),
        next_step=f"make it ({shell}`create schema NAME;`), then `devenv up`; SQL that shall run whenever "
        "the database is made goes into a folder that the service's `volumes` name, with the path "
        "/docker-entrypoint-initdb.d",
    )


def options_of_another(clues: Clues) -> Card | None:
    """OPTIONS of DATABASES that sqlite does not know: they are for the server that production has."""
    raised = clues.raised("TypeError")
    found = re.search(r"'(\w+)' is an invalid keyword argument", raised.message) if raised else None
    if raised is None or found is None or "db/backends/sqlite3" not in raised.frames[-1].file:
        return None
    return Card(
        cause=f"OPTIONS in DATABASES has `{found[1]}`, which is for another database than sqlite",
        evidence=(raised.text,),
        next_step="set the variables by which the settings choose that database (`devenv env` lists what "
        "they read), or give sqlite a DATABASES without these OPTIONS",
    )


def _given_name(service: Service) -> str:
    """The database that the service makes."""
    for name, value in service.gives.items():
        if name.endswith(("_DB", "_NAME", "_DATABASE")):
            return value
    return next(iter(service.gives.values()), "").rpartition("/")[2]


def _database_edit(clues: Clues, service: Service, name: str) -> Edit:
    environment = clues.environment
    key = f"services.{service.name}"
    if any(each.startswith(f"{key}.") for each in environment.origins):
        return add_entry(environment, key, f"settings: {{database: {name}}}")
    version = service.image.rpartition(":")[2]
    line = f'{service.name}: {{type: {service.kind}, version: "{version}", settings: {{database: {name}}}}}'
    return set_key(environment, key, line)


def _add_service(clues: Clues, kind: str, host: str = "db") -> Edit:
    return add_entry(clues.environment, "services", f"{host}: {kind}")


def _evidence(clues: Clues, found: re.Match[str]) -> tuple[str, ...]:
    line = next(
        (line.strip() for line in reversed(clues.lines) if found[0].partition("\n")[0] in line), found[0]
    )
    return (line,)


_NO_TABLE = (
    r"no such table: (?:main\.)?([\w.]+)",
    r'relation "([\w.]+)" does not exist',
    r"Table '([\w.]+)' doesn't exist",
)
_NO_COLUMN = (
    r"no such column: ([\w.]+)",
    r"has no column named (\w+)",
    r'column "?([\w.]+)"? (?:of relation "\w+" )?does not exist',
    r"Unknown column '([\w.]+)'",
)


def unapplied_migrations(clues: Clues) -> Card | None:
    """A table or column that the code has and the database has not."""
    raised = clues.raised("OperationalError", "ProgrammingError")
    if raised is None:
        return None
    what, found = _lacking(raised.message)
    if not found:
        return None
    place = clues.place(raised)
    if clues.failure.subject in {job.name for job in clues.environment.jobs if "migrate" in job.command}:
        return Card(
            cause=f"{what} `{found}` is asked for while the code is imported, before migrate could make it",
            evidence=clues.evidence(raised),
            next_step=f"ask the database when a request comes, not at import{f': {place}' if place else ''}",
        )
    edit = None
    if not any("migrate" in " ".join(job.command) for job in clues.environment.jobs):
        edit = add_entry(clues.environment, "jobs", "migrate: python manage.py migrate --noinput")
    return Card(
        cause=f"the database has no {what} `{found}`: migrations are not applied, or not made yet",
        evidence=clues.evidence(raised),
        next_step="`devenv manage makemigrations`, then `devenv manage migrate`",
        edit=edit,
    )


def _lacking(message: str) -> tuple[str, str]:
    for what, patterns in (("table", _NO_TABLE), ("column", _NO_COLUMN)):
        for pattern in patterns:
            if found := re.search(pattern, message):
                return what, found[1]
    return "", ""


def migration_conflict(clues: Clues) -> Card | None:
    """Two migrations that both follow the same one."""
    found = clues.search(
        r"Conflicting migrations detected; multiple leaf nodes in the migration graph: \((.*)\)"
    )
    if found is None:
        return None
    return Card(
        cause=f"two migrations follow the same one: {found[1]}",
        evidence=(found[0],),
        next_step="`devenv manage makemigrations --merge`: the file that it makes comes back to you",
    )


def fixture_not_loaded(clues: Clues) -> Card | None:
    """A fixture that does not fit the models, or the rows that are there; or that is not there."""
    if found := clues.search(r"Problem installing fixtures? '([^']+)':? (.*)"):
        cause = f"the fixture {found[1].removeprefix(APP)} cannot be loaded: {found[2]}"
        step = "mend the fixture"
    elif found := clues.search(r"No fixture named '([^']+)' found"):
        cause, step = f"there is no fixture `{found[1]}`", "bring its file back (is it git-ignored?)"
    else:
        return None
    job = next((each for each in clues.environment.jobs if each.name == clues.failure.subject), None)
    return Card(
        cause=cause,
        evidence=(found.string.strip(),),
        next_step=f"{step}; or have it loaded by `devenv job {job.name}` only" if job else step,
        edit=_when_asked(clues.environment, job.name, job.command) if job else None,
    )


def _when_asked(environment: Environment, name: str, command: tuple[str, ...]) -> Edit:
    """The job as one that `up` leaves out."""
    if f"jobs.{name}.command" in environment.origins:
        return set_key(environment, f"jobs.{name}.when", "when: manual")
    text = command[-1] if command[:2] == ("sh", "-c") else shlex.join(command)
    return set_key(environment, f"jobs.{name}", f"{name}: {{command: {scalar(text)}, when: manual}}")


_HISTORY = (
    r"Migration (\S+) is applied before its dependency (\S+) on database",
    r'relation "(\w+)" already exists',
    r'table "?(\w+)"? already exists',
    r"Table '(\w+)' already exists",
)


def migration_history(clues: Clues) -> Card | None:
    """The database was made by other migrations than those that are in the code."""
    found = next((found for pattern in _HISTORY if (found := clues.search(pattern))), None)
    if found is None:
        return None
    if "is applied before" in found[0]:
        cause = f"the database has {found[1]} applied, but not {found[2]} that comes before it"
    else:
        cause = f"the table `{found[1]}` is there already, though its migration counts as not applied"
    return Card(
        cause=cause,
        evidence=(found.string.strip(),),
        next_step="the database was made by other migrations (another branch?): begin a new one with "
        "`devenv down -v` (all data goes) and `devenv up`, or go back to that branch",
    )


_OF_DJANGO = frozenset(
    ("admin", "auth", "contenttypes", "flatpages", "redirects", "sessions", "sites")
)  # that have migrations


def migration_missing(clues: Clues) -> Card | None:
    """A migration that names one which is not there."""
    found = clues.search(
        r"Migration (\S+) dependencies reference nonexistent parent node \('(\w+)', '(\w+)'\)"
    )
    if found is None:
        return None
    known = [each.rpartition(".")[2] for each in clues.modules if f"{found[2]}.migrations." in each]
    shown = f" ({found[2]} has {', '.join(sorted(known))})" if known else ""
    return Card(
        cause=f"the migration {found[1]} depends on {found[2]}.{found[3]}, which is not there{shown}",
        evidence=(found[0],),
        next_step=f"`{found[2]}` is Django's own, so a newer Django made that migration: raise its version"
        if found[2] in _OF_DJANGO
        else "correct `dependencies` in that migration, or bring the file back (is it git-ignored?)",
    )
