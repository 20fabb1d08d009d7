"""A project's tree -> everything found in it, and the devenv.yaml that follows: read top to bottom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from posixpath import basename, commonpath, join, normpath, relpath
from textwrap import shorten
from typing import Any

from devenv.config.environment import OLD_PYTHONS
from devenv.detect.as_of import AsOf, History, as_of, dated, made_with, newest_python, no_history, with_python
from devenv.detect.built_pages import about_pages, built_pages
from devenv.detect.companions import (
    DRIVER,
    Companion,
    companions,
    of_driver,
    of_layers,
    of_redis,
    of_settings,
)
from devenv.detect.compose_file import ComposeService
from devenv.detect.copies import Copy, copies_of, filled_in, with_copies, with_key
from devenv.detect.database import DRIVERS
from devenv.detect.dependencies import (
    EXPORT,
    Dependencies,
    find_dependencies,
    installed_beside,
    normalised,
)
from devenv.detect.env_files import is_ignored
from devenv.detect.finding import Confidence, Finding, Place
from devenv.detect.known_packages import imported_modules, is_known, package_of
from devenv.detect.left_out import HiddenTests, LeftOutOf, hidden_tests, nothing_left_out
from devenv.detect.migrations import unmigrated
from devenv.detect.outside import is_in_the_way, outer_folders
from devenv.detect.own_files import findings_on, own_files, with_own_files
from devenv.detect.own_version import installed_for_its_version
from devenv.detect.projects import Project
from devenv.detect.proposal import Noted, Proposal, ProposedProcess, ProposedService
from devenv.detect.python_version import Version, choose_python, compiled_at_all
from devenv.detect.reading import Reading, go_through, settle, values_in
from devenv.detect.remarks import LOCALHOST, about_starts, host_name, remarks_on
from devenv.detect.roots import is_below
from devenv.detect.seeding import Seeding, seeding
from devenv.detect.service_kinds import Kinds
from devenv.detect.services import DATABASE_URL, unused, with_prefix, without_url_of_heroku
from devenv.detect.serving import find_asgi, find_served, sets_up, without_server
from devenv.detect.sockets import beside_pages, has_old_channels, without_pages
from devenv.detect.start_scripts import at_each_start
from devenv.detect.surroundings import Surroundings, dockerfiles_of, look_around
from devenv.detect.system import system_packages
from devenv.detect.tree import Tree
from devenv.detect.undeclared import not_listed, unlisted
from devenv.detect.values import leaves, plain
from devenv.detect.variables import missing_folders

MAX_SHOWN = 80
_DEBUGGERS = frozenset(("3000", "5678"))  # ports of ptvsd and debugpy, as compose files have them
_WRITTEN_BY = r"(?:using Django |docs\.djangoproject\.com/en/)(\d+\.\d+)"  # what `startproject` writes
_SENT_ANYWAY = {"local_settings.py", "settings_local.py", "local.py"}  # see devenv/sync/ignore.py: PRIVATE
_MANAGE = "python manage.py"
_GENERIC = frozenset(("app", "backend", "code", "django", "project", "server", "src", "web", "repo", "api"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Detected:
    """What was found, most important first, and what follows from it."""

    findings: tuple[Finding, ...]
    proposal: Proposal


def detect(
    files: Tree,
    project: Project,
    kinds: Kinds,
    *,
    name: str,
    pythons: tuple[Version, ...],
    python: str = "",
    history: History = no_history,
    today: date = date.max,
    left_out: LeftOutOf = nothing_left_out,
) -> Detected:
    """Read one project of a tree.

    name: of the tree's folder. pythons: those that devenv has images for, the newest first. python: the one
    that somebody chose, whatever the project says. history: of the tree's files. left_out: what of a folder
    does not travel.
    """
    around, first, copies = _begin(files, project, kinds)
    files = around.files
    dependencies = find_dependencies(
        files,
        around.folders,
        lambda: _imported(around, first),
        lambda: map(package_of, _modules_of_others(around, first)),
        lambda: map(package_of, first.firm),
    )
    day = as_of(dependencies, files, history, today)
    is_made = tuple(map(basename, dependencies.files)) == (EXPORT,)  # a list of people's has them beside it
    beside = companions(dependencies.packages) if is_made else ()
    beside += of_settings(_texts(first), dependencies.packages)
    beside += of_redis(
        {name: plain(said) for name, said in first.settings.values.items()}, dependencies.packages
    )
    beside += of_layers(str(plain(first.settings.values.get("CHANNEL_LAYERS"))), dependencies.packages)
    beside += unlisted(first.firm, dependencies, files)
    beside += _driver(first, dependencies)
    dependencies = installed_beside(dependencies, beside, files)
    chosen = _python(around, dependencies, day, pythons, python)
    if day is not (moved := with_python(day, chosen, history, today)):
        day, chosen = moved, _python(around, dependencies, moved, pythons, python)
    dependencies = dated(dependencies, day)
    reading, env = settle(around, dependencies.packages, kinds)
    dependencies = installed_beside(dependencies, unlisted(reading.firm, dependencies, files), files)
    old_channels = has_old_channels(dependencies.packages.get("channels", ""), day.day if day else None)
    served = find_served(
        files,
        project.import_roots,
        reading.settings,
        around.commands,
        around.scripts,
        has_old_channels=old_channels,
    )
    sockets = _sockets(around, reading, dependencies, chosen.value, old_channels=old_channels)
    if served and sockets:
        workers = replace(reading.workers, processes={sockets[0]: sockets[1], **reading.workers.processes})
        reading = replace(reading, workers=workers)
    seeded = _seeding(around, reading)
    proposal = _propose(
        around,
        reading,
        seeded=seeded,
        env=env,
        dependencies=dependencies,
        copies=copies,
        served=served,
        python=chosen,
        name=name,
        day=day,
    )
    proposal = _without_manage(proposal, project.command) if project.named else proposal
    hidden = _hidden_tests(files, proposal.path, left_out)
    proposal = replace(proposal, sent_tests={each.pattern: str(each.place) for each in hidden})
    made = own_files(reading, around.samples)
    proposal = with_own_files(proposal, reading, made)
    proposal = replace(
        proposal,
        services=tuple(_as_read(each, kinds, files, reading) for each in proposal.services),
    )
    findings = [
        _where(project),
        *([around.settings] if around.settings else []),
        served or without_server(project.folder, project.command),
        chosen,
        dependencies.finding,
        *([day.finding] if day else []),
        *(copy.finding for copy in copies),
        *findings_on(made, reading),
        reading.database.finding,
        *reading.services.findings,
        *([_told(sockets)] if served and sockets else []),
        *reading.workers.findings,
        *seeded.findings,
        *(_brought_back(each) for each in hidden),
        *unused(around.compose, reading.services.proposed, kinds),
        *(_volume(name, said) for name, said in proposal.volumes.items()),
        *(_variable(name, said, reading) for name, said in proposal.env.items()),
        *proposal.remarks,
    ]
    return Detected(findings=tuple(findings), proposal=proposal)


def _python(
    around: Surroundings, dependencies: Dependencies, day: AsOf | None, known: tuple[Version, ...], said: str
) -> Finding:
    """The Python that somebody chose, or else the one that goes with the packages of the day."""
    if said:
        return Finding(topic="python", value=said, why="as you said")
    newest = newest_python(day.day, compiled_at_all(day.open)) if day else None
    dockerfiles = dockerfiles_of(around)
    return choose_python(
        around.files, around.folders, dockerfiles, dated(dependencies, day), known, newest=newest
    )


def _begin(files: Tree, project: Project, kinds: Kinds) -> tuple[Surroundings, Reading, tuple[Copy, ...]]:
    """The first reading; once more with the files that every developer copies from their examples."""
    around = look_around(files, project)
    first = go_through(around, {}, {}, kinds)
    copies = copies_of(first.absent, files)
    if not first.unread and not any(read.name.upper().endswith("SECRET_KEY") for read in first.reads):
        copies += with_key(first.optional, first.settings, files)
    if not copies:
        return around, first, ()
    again = go_through(look_around(with_copies(files, copies), project), {}, {}, kinds)
    copied = with_copies(files, copies)
    server = kinds.definitions["mariadb" if again.database.kind == "mysql" else "postgres"]
    copies = tuple(
        filled_in(copy, values_in(copied, copy.path, project.import_roots), again.settings, server.settings)
        for copy in copies
    )
    around = look_around(with_copies(files, copies), project)
    return around, go_through(around, {}, {}, kinds), copies


def _where(project: Project) -> Finding:
    why = "there is no manage.py; settings are named here" if project.named else "has manage.py"
    place = project.named[1] if project.named else Place(project.manage)
    return Finding(topic="project", value=project.folder, why=why, evidence=(place,))


def _without_manage(proposal: Proposal, command: str) -> Proposal:
    """The commands as a project without a manage.py runs them."""

    def run(said: Noted) -> Noted:
        return replace(said, value=said.value.replace(_MANAGE, command))

    return replace(
        proposal,
        web=run(proposal.web) if proposal.web else None,
        jobs={name: run(said) for name, said in proposal.jobs.items()},
        processes={
            name: replace(said, value=said.value.replace(_MANAGE, command))
            for name, said in proposal.processes.items()
        },
    )


def _hidden_tests(files: Tree, folder: str, left_out: LeftOutOf) -> tuple[HiddenTests, ...]:
    inside = [relpath(path, folder) for path in files.paths if is_below(path, (folder,))]
    return hidden_tests(inside, left_out(folder))


def _brought_back(hidden: HiddenTests) -> Finding:
    why = f"{hidden.path} does not get into images; sync.ignore brings it back"
    return Finding(topic="tests", value=hidden.pattern, why=why, evidence=(hidden.place,))


def _as_read(service: ProposedService, kinds: Kinds, files: Tree, reading: Reading) -> ProposedService:
    """A service with the words for how the settings read what it gives."""
    read = {each.name for each in reading.reads}
    service = with_prefix(service, kinds, read)
    return service if DATABASE_URL in read else without_url_of_heroku(service, kinds, files, reading.modules)


def _volume(name: str, said: Noted) -> Finding:
    why = f"the settings write there, {said.note}"
    return Finding(topic="volume", value=f"{name}: {said.value}", why=why, confidence=Confidence.LIKELY)


def _variable(name: str, said: Noted, reading: Reading) -> Finding:
    place = next((read.place for read in reading.reads if read.name == name), None)
    return Finding(
        topic="variable",
        value=f"{name}={shorten(said.value, MAX_SHOWN, placeholder='…')}",
        why=said.note.removeprefix(f"{place}: "),
        evidence=(place,) if place else (),
        confidence=Confidence.LIKELY,
    )


def _texts(reading: Reading) -> list[str]:
    """Every text that stands in the settings."""
    known = (plain(leaf) for value in reading.settings.values.values() for leaf in leaves(value))
    return [each for each in known if isinstance(each, str)]


def _driver(reading: Reading, dependencies: Dependencies) -> tuple[Companion, ...]:
    finding = reading.database.finding
    if finding.confidence is not Confidence.CERTAIN or not dependencies.packages:
        return ()
    return of_driver(reading.database.kind, finding.why, dependencies.packages)


def _imported(around: Surroundings, reading: Reading) -> dict[str, str]:
    """The packages that the code imports or installs as apps; Django by the release of the settings."""
    own = [path for path in around.files.paths if path.endswith(".py")]
    local = {part for path in own for part in path.removesuffix(".py").split("/")}
    modules = _modules_of_others(around, reading)
    found = {package: "" for name in modules if name not in local and (package := package_of(name))}
    named = {each.partition(".")[0] for each in _texts(reading) if re.fullmatch(r"\w+(\.\w+)+", each)}
    found |= {package_of(name): "" for name in sorted(named - local) if is_known(name)}
    drivers = DRIVERS.get(reading.database.kind, ())
    if drivers and not {normalised(each.partition("[")[0]) for each in found} & {*drivers}:
        found[DRIVER[reading.database.kind]] = ""
    found["Django"] = _django_of(around.files, reading.settings.path)
    return found


def _django_of(files: Tree, settings: str) -> str:
    """The release that wrote the settings, or a newer one that made a migration since."""
    written = re.findall(_WRITTEN_BY, files.text(settings))[:1]
    releases = [*written, *(made_with(files) if written else ())]
    newest = max(releases, key=lambda each: [int(part) for part in each.split(".")], default="")
    return f"~={newest}.0" if newest else ""


def _modules_of_others(around: Surroundings, reading: Reading) -> list[str]:
    """The top-level modules that the code imports or installs as apps, a library beside it included."""
    apps: Any = plain(reading.settings.values.get("INSTALLED_APPS", ()))
    names = [str(plain(each)).partition(".")[0] for each in apps] if isinstance(apps, (list, tuple)) else []
    beside = {normpath(join(root, name)) for root in reading.roots for name in names if name.isidentifier()}
    folders = {around.project.folder, *beside}
    return sorted({*names, *(name for each in folders for name in imported_modules(around.files, each))})


def _propose(
    around: Surroundings,
    reading: Reading,
    *,
    seeded: Seeding,
    env: Mapping[str, Noted],
    dependencies: Dependencies,
    copies: tuple[Copy, ...],
    served: Finding | None,
    python: Finding,
    name: str,
    day: AsOf | None,
) -> Proposal:
    folders = {around.project.folder, dependencies.folder, *reading.roots}
    path = "." if "." in folders or reading.roots else commonpath(folders) or "."
    path = "." if is_in_the_way(reading.settings, around.files, path) else path
    working_dir = relpath(around.project.folder, path)
    settings = around.settings
    pages = built_pages(reading.settings, around.files, path)
    proposal = Proposal(
        name=_name(name, settings.value if settings else ""),
        python=Noted(python.value, _evidence(python)),
        path=path,
        working_dir=working_dir,
        settings=Noted(settings.value, _evidence(settings)) if settings else None,
        dependencies=("uv",)
        if dependencies.kind == "uv"
        else tuple(relpath(each, path) for each in dependencies.files),
        dependencies_note=dependencies.finding.why if dependencies.export else "",
        as_of=Noted(str(day.day), day.why) if day else None,
        groups=dependencies.groups,
        extras=dependencies.extras,
        system_packages=system_packages(
            around.files,
            dependencies,
            python.value,
            dockerfiles_of(around),
            reading,
            folder=around.project.folder,
        ),
        env=dict(env),
        own_line=installed_for_its_version(
            around.files, path, (*around.project.import_roots, *reading.roots), python.value
        ),
        volumes=outer_folders(reading.settings, around.files, path),
        services=reading.services.proposed,
        port=_port(around.app_service),
        port_note=str(around.app_service.place) if around.app_service else "",
        host_name=host_name(reading.settings) or LOCALHOST,
        processes=reading.workers.processes,
        jobs={**_jobs(around, reading, dependencies.packages), **seeded.jobs},
        remarks=(
            *remarks_on(around, reading),
            *about_starts(seeded.open),
            *about_pages(pages, reading.settings),
            *not_listed(reading, dependencies),
        ),
        sent=(*_sent(around, reading, copies), *(f"/{relpath(each, path)}" for each in pages)),
        files={
            **({dependencies.files[-1]: dependencies.export} if dependencies.export else {}),
            **{copy.path: copy.text for copy in copies},
        },
    )
    if served is None:
        said = without_server(around.project.folder, around.project.command)
        return replace(proposal, web=Noted(said.value, said.why))
    callable_ = Noted(served.value, _evidence(served))
    if served.topic == "wsgi":
        return replace(proposal, wsgi=callable_)
    proposal = replace(proposal, asgi=callable_)
    if python.value not in OLD_PYTHONS:
        return proposal
    roots = (*around.project.import_roots, *reading.roots)
    command = Noted(
        _asgi_server(dependencies, served.value), f"Python {python.value} is too old for devenv's own"
    )
    if not sets_up(around.files, roots, served.value):
        command = Noted("python manage.py runserver 0.0.0.0:8000", f"{served.value} does not set Django up")
    return replace(proposal, asgi=None, web=command)


def _sockets(
    around: Surroundings,
    reading: Reading,
    dependencies: Dependencies,
    python: str,
    *,
    old_channels: bool,
) -> tuple[str, ProposedProcess] | None:
    """The process of consumers beside the web server's, by its name."""
    roots = (*around.project.import_roots, *reading.roots)
    asgi = find_asgi(around.files, roots, reading.settings)
    if not asgi:
        return None
    lacking = without_pages(around.files, roots, reading.settings, asgi[0], has_old_channels=old_channels)
    found = beside_pages(asgi[0], lacking, around.compose, _port(around.app_service))
    if found is None or python not in OLD_PYTHONS:
        return found
    return found[0], replace(found[1], value=_asgi_server(dependencies, asgi[0]), asgi="")


def _told(sockets: tuple[str, ProposedProcess]) -> Finding:
    name, said = sockets
    return Finding(
        topic="process",
        value=f"{name}: {said.asgi or said.value}",
        why=f"websockets at port {said.port}, {said.note}",
    )


def _asgi_server(dependencies: Dependencies, served: str) -> str:
    if "uvicorn" in dependencies.packages and "daphne" not in dependencies.packages:
        return f"uvicorn --host 0.0.0.0 --port 8000 {served}"
    return f"daphne -b 0.0.0.0 -p 8000 {served}"


def _sent(around: Surroundings, reading: Reading, copies: tuple[Copy, ...]) -> tuple[str, ...]:
    """The files of settings that git does not follow, nobody's repository has, and the containers need."""
    own = {*reading.own_files, *reading.of_files.values()}
    paths = {*reading.modules, *own, *(copy.path for copy in copies)}
    names = {basename(path) for path in paths if is_ignored(around.files, path)}
    return tuple(sorted(name for name in names - _SENT_ANYWAY if not name.startswith(".env")))


def _evidence(finding: Finding) -> str:
    return str(finding.evidence[0]) if finding.evidence else finding.why


def _name(folder: str, settings: str) -> str:
    package = settings.partition(".")[0]
    chosen = (
        package
        if folder.lower() in _GENERIC and package not in {"", "config", "settings", "core"}
        else folder
    )
    return re.sub(r"[^a-z0-9_-]+", "-", chosen.lower()).strip("-_")[:63] or "project"


def _port(app_service: ComposeService | None) -> int:
    """Where the compose file has the app on this machine; a debugger's port is another."""
    pairs = [
        (match[2], int(match[1]))
        for port in (app_service.ports if app_service else ())
        if (match := re.fullmatch(r"(?:[\d.]+:)?(\d{4,5}):(\d+)(?:/tcp)?", port)) and int(match[1]) < 65536
    ]
    served = {inside: outside for inside, outside in reversed(pairs) if inside not in _DEBUGGERS}
    return served.get("8000") or next(iter(reversed(served.values())), 8000)


def _seeding(around: Surroundings, reading: Reading) -> Seeding:
    """What the project's container does at each start, where there is a database to do it on."""
    started = at_each_start(around.files, around.compose, dockerfiles_of(around))
    roots = (*around.project.import_roots, *reading.roots, *reading.added)
    has_database = reading.database.kind != "none"
    return seeding(around.files, around.project.folder, roots, started if has_database else ())


def _tables_of_old(packages: Mapping[str, str]) -> dict[str, Noted]:
    """How a Django before 1.7 makes its tables: it has no migrations, but for those of South."""
    jobs = {"tables": Noted("python manage.py syncdb --noinput", "Django before 1.7 has no migrations")}
    if "south" in packages:
        jobs["migrate"] = Noted("python manage.py migrate --noinput")
    return jobs


def _jobs(around: Surroundings, reading: Reading, packages: Mapping[str, str]) -> dict[str, Noted]:
    if reading.database.kind == "none":
        return {}
    jobs = {}
    if folders := missing_folders(reading.settings, around.files, around.project.folder):
        jobs["folders"] = Noted(f"mkdir -p {' '.join(folders)}", "LOGGING writes there")
    if re.match(r"1\.[0-6](\.|$)", packages.get("django", "")):
        return {**jobs, **_tables_of_old(packages)}
    folder = around.project.folder
    if apps := unmigrated(reading.settings, around.files, (folder, *reading.roots, *reading.added)):
        command = f"python manage.py makemigrations --noinput {' '.join(apps)}"
        jobs["migrations"] = Noted(command, "they have models and no migrations")
    jobs["migrate"] = Noted("python manage.py migrate --noinput")
    caches = str(plain(reading.settings.values.get("CACHES", "")))
    if "backends.db.DatabaseCache" in caches:
        jobs["cache-table"] = Noted(
            "python manage.py createcachetable", "CACHES keeps a table in the database"
        )
    return jobs
