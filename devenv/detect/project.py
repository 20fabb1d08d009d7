"""A project's tree -> everything found in it, and the devenv.yaml that follows: read top to bottom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from posixpath import basename, commonpath, dirname, join, normpath, relpath
from typing import Any

from devenv.detect.compose_file import ComposeService, read_compose
from devenv.detect.database import Database, driver_kinds, find_database, kind_of_engine
from devenv.detect.dependencies import Dependencies, find_dependencies, normalised
from devenv.detect.dockerfiles import command_of
from devenv.detect.env_files import examples, is_ignored, read_env_text
from devenv.detect.evaluate import Interpreter
from devenv.detect.finding import Confidence, Finding, Place
from devenv.detect.known_packages import imported_modules, is_known, package_of
from devenv.detect.projects import SETTINGS, Project
from devenv.detect.proposal import Noted, Proposal
from devenv.detect.python_version import Version, choose_python
from devenv.detect.servers import broker_of, find_servers, kind_of_url
from devenv.detect.service_kinds import Kinds
from devenv.detect.services import Services, plan_services, unused
from devenv.detect.serving import find_served, without_server
from devenv.detect.settings import choose_settings
from devenv.detect.system import system_packages
from devenv.detect.tree import Tree
from devenv.detect.values import UNKNOWN, Namespace, Read, plain
from devenv.detect.variables import (
    OFF,
    missing_folders,
    needed_by_django,
    next_truth,
    places_of,
    safe_value,
)
from devenv.detect.workers import Command, Workers, commands_of, find_workers

ROUNDS = 12
_LIBRARY_ROOTS = (".", "src")  # where a library keeps itself whose example project is looked at
_APP_NAMES = ("web", "django", "app", "api", "backend", "server")
_GENERIC = frozenset(("app", "backend", "code", "django", "project", "server", "src", "web", "repo", "api"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Detected:
    """What was found, most important first, and what follows from it."""

    findings: tuple[Finding, ...]
    proposal: Proposal


@dataclass(frozen=True, kw_only=True, slots=True)
class _Surroundings:
    """What does not depend on values of variables."""

    files: Tree
    project: Project
    folders: tuple[str, ...]  # of manage.py and above, the nearest first
    compose: tuple[ComposeService, ...]
    app_service: ComposeService | None
    samples: Mapping[str, str]
    committed: Mapping[str, str]  # of a .env that the settings load themselves
    commands: list[Command]
    scripts: tuple[str, ...]
    settings: Finding | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reading:
    """Settings gone through with what is given, and what they then ask for."""

    settings: Namespace
    reads: list[Read]
    required: Mapping[str, Place]
    missing: Mapping[str, Place]
    database: Database
    services: Services
    workers: Workers
    roots: tuple[str, ...] = ()  # folders beside that of manage.py which modules are imported from
    given: Mapping[str, str] = field(default_factory=dict)


def detect(
    files: Tree, project: Project, kinds: Kinds, *, name: str, pythons: tuple[Version, Version]
) -> Detected:
    """Read one project of a tree.

    name: of the tree's folder. pythons: the oldest and the newest that devenv has images for.
    """
    around = _surroundings(files, project)
    first = _go_through(around, {}, {}, kinds)
    dependencies = find_dependencies(files, around.folders, _imported(around, first))
    reading, env = _settle(around, dependencies.packages, kinds)
    served = find_served(files, project.folder, reading.settings, around.commands, around.scripts)
    dockerfiles = _dockerfiles(around)
    python = choose_python(files, around.folders, dockerfiles, dependencies, pythons)
    proposal = _propose(
        around, reading, env=env, dependencies=dependencies, served=served, python=python, name=name
    )
    findings = [
        Finding(
            topic="project", value=project.folder, why="manage.py is there", evidence=(Place(project.manage),)
        ),
        *([around.settings] if around.settings else []),
        served or without_server(project.folder),
        python,
        dependencies.finding,
        reading.database.finding,
        *reading.services.findings,
        *reading.workers.findings,
        *unused(around.compose, reading.services.proposed, kinds),
        *(_variable(name, said, reading) for name, said in env.items()),
        *(Finding(topic="open", value=remark, confidence=Confidence.LIKELY) for remark in proposal.remarks),
    ]
    return Detected(findings=tuple(findings), proposal=proposal)


def _variable(name: str, said: Noted, reading: _Reading) -> Finding:
    place = next((read.place for read in reading.reads if read.name == name), None)
    return Finding(
        topic="variable",
        value=f"{name}={said.value}",
        why=said.note,
        evidence=(place,) if place else (),
        confidence=Confidence.LIKELY,
    )


# -- what stands around the settings ---------------------------------------------------------------------


def _surroundings(files: Tree, project: Project) -> _Surroundings:
    folders = _upwards(project.folder)
    compose = read_compose(files, (*folders, ".devcontainer", "docker", "compose"))
    app_service = _app_service(compose)
    samples: dict[str, str] = {}
    for folder in folders:
        for path in reversed(examples(files, folder)):
            samples |= read_env_text(files.text(path))
    own = app_service.env if app_service else {}
    place = app_service.place if app_service else Place(".")
    commands = commands_of(files, compose, folders)
    dockerfiles = [each.dockerfile for each in compose if each.built and each.dockerfile]
    commands += [Command(command_of(files, path), Place(path)) for path in dict.fromkeys(dockerfiles)]
    settings = choose_settings(files, project, {name: (value, place) for name, value in own.items()})
    return _Surroundings(
        files=files,
        project=project,
        folders=folders,
        compose=compose,
        app_service=app_service,
        samples={**samples, **own},
        committed=_committed(files, project.folder),
        commands=commands,
        scripts=_scripts(files, app_service),
        settings=settings,
    )


def _committed(files: Tree, folder: str) -> Mapping[str, str]:
    """The values of a .env beside manage.py that goes wherever the project goes."""
    path = normpath(join(folder, ".env"))
    hidden = is_ignored(files, path) or any(
        text.strip("/") in {".env", "*.env", ".env*", ".*"} for _, text in files.lines(".dockerignore")
    )
    return read_env_text(files.text(path)) if files.has(path) and not hidden else {}


def _loads_env_file(reading: _Reading) -> bool:
    return bool({"decouple", "dotenv", "environ", "environs", "pydantic_settings"} & set(reading.missing))


def _upwards(folder: str) -> tuple[str, ...]:
    found = [folder]
    while folder not in {".", ""}:
        folder = dirname(folder) or "."
        found.append(folder)
    return tuple(found)


def _app_service(compose: Iterable[ComposeService]) -> ComposeService | None:
    """The service that serves the project."""
    built = [each for each in compose if each.built]
    serving = [each for each in built if re.search(r"runserver|gunicorn|uvicorn|daphne|uwsgi", each.command)]
    named = [each for each in built if each.name in _APP_NAMES]
    for group in (serving, named, [each for each in built if "python" in each.image], built):
        if group:
            return group[0]
    return None


def _scripts(files: Tree, app_service: ComposeService | None) -> tuple[str, ...]:
    """Start scripts of the image for development: where a command is hidden from the compose file."""
    if app_service is None or not app_service.dockerfile:
        return ()
    folder = dirname(app_service.dockerfile)
    word = basename(app_service.command.split()[0]) if app_service.command else ""
    return tuple(path for path in files.inside(folder) if word and basename(path) in {word, f"{word}.sh"})


def _dockerfiles(around: _Surroundings) -> list[str]:
    """The app's own first, then others near it, those for production last."""
    own = [around.app_service.dockerfile] if around.app_service and around.app_service.dockerfile else []
    others = [
        path
        for path in around.files.paths
        if basename(path).startswith("Dockerfile") or basename(path).endswith((".Dockerfile", ".dockerfile"))
    ]
    return list(
        dict.fromkeys([*own, *sorted(others, key=lambda path: ("prod" in path, path.count("/"), path))])
    )


# -- going through the settings --------------------------------------------------------------------------


def _go_through(
    around: _Surroundings, given: Mapping[str, str], packages: Mapping[str, str], kinds: Kinds
) -> _Reading:
    """One pass with what is given."""
    folder = around.project.folder
    interpreter = Interpreter(around.files, tuple(dict.fromkeys((folder, *_LIBRARY_ROOTS))), given)
    found = interpreter.module(around.settings.value) if around.settings else None
    settings = found or Namespace("", "")
    workers = find_workers(around.files, folder, settings, packages, around.commands)
    if workers.celery_place:
        interpreter.module(_module_of(workers.celery_place.file, folder))
    for name in ("wsgi", "asgi"):
        said = plain(settings.values.get(f"{name.upper()}_APPLICATION"))
        if isinstance(said, str):
            interpreter.module(said.rpartition(".")[0])
    reads = [read for read in interpreter.reads if read.name != SETTINGS]
    database = find_database(settings, packages, places_of(reads))
    celery = _celery_arguments(around.files, workers)
    broker = broker_of(settings, celery) if workers.celery else None
    uses = find_servers(settings)
    services = plan_services(database, uses, settings, broker=broker, compose=around.compose, kinds=kinds)
    required = {name: place for name, place in interpreter.required.items() if name != SETTINGS}
    return _Reading(
        settings=settings,
        reads=reads,
        required=required,
        missing=interpreter.missing,
        roots=tuple(root for root in _LIBRARY_ROOTS if root in interpreter.used and root != folder),
        database=database,
        services=services,
        workers=workers,
        given=given,
    )


def _module_of(path: str, folder: str) -> str:
    return relpath(path, folder).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _celery_arguments(files: Tree, workers: Workers) -> dict[str, object]:
    """The constants that Celery( is called with."""
    import ast  # noqa: PLC0415 - for one look

    if not workers.celery_place:
        return {}
    tree = files.module(workers.celery_place.file)
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Celery":
            return {
                each.arg: each.value.value
                for each in node.keywords
                if each.arg and isinstance(each.value, ast.Constant)
            }
    return {}


def _settle(
    around: _Surroundings, packages: Mapping[str, str], kinds: Kinds
) -> tuple[_Reading, dict[str, Noted]]:
    """Go through the settings until what they need is given: a value may open a branch that needs more."""
    env: dict[str, Noted] = {}
    seeds = _selectors(around, packages, kinds)
    given: dict[str, str] = dict(seeds)
    reading = _go_through(around, given, packages, kinds)
    for _ in range(ROUNDS):
        from_services = reading.services.given(kinds)
        for name in (name for name in seeds if name not in from_services):
            env.setdefault(name, Noted(seeds[name], "as the project's own files set it"))
        env |= _more(around, reading, env, from_services)
        loaded = around.committed if _loads_env_file(reading) else {}
        wanted = {**loaded, **from_services, **{name: said.value for name, said in env.items()}}
        if wanted == given:
            break
        given = wanted
        reading = _go_through(around, given, packages, kinds)
    if reading.roots:
        paths = ":".join(normpath(f"/app/{root}") for root in reading.roots)
        env["PYTHONPATH"] = Noted(paths, "what the settings import is there")
    return reading, {name: said for name, said in env.items() if name not in reading.services.given(kinds)}


def _selectors(around: _Surroundings, packages: Mapping[str, str], kinds: Kinds) -> dict[str, str]:
    """Variables by which the project's own files choose a database that has its driver installed."""
    first = _go_through(around, {}, packages, kinds)
    read = places_of(first.reads)
    found = {}
    for name, value in around.samples.items():
        kind = kind_of_engine(value) if "://" in value or "backends" in value else ""
        if name in read and kind in driver_kinds(packages):
            found[name] = value
    return found


def _more(
    around: _Surroundings, reading: _Reading, env: Mapping[str, Noted], given: Mapping[str, str]
) -> dict[str, Noted]:
    """Values for what is required and neither given nor chosen yet."""
    found: dict[str, Noted] = {}
    given = {**(around.committed if _loads_env_file(reading) else {}), **given}
    by_name = {read.name: read for read in reversed(reading.reads)}
    for name, place in reading.required.items():
        if name not in env and name not in given:
            read = by_name.get(name) or Read(name=name, place=place)
            found[name] = Noted(_value(read, around, reading), f"{place}: required")
    for name, (read, why) in needed_by_django(reading.settings).items():
        if name in given:
            continue
        if name not in env:
            found[name] = Noted(_value(read, around, reading), f"{read.place}: {why}")
        elif why == OFF and (other := next_truth(env[name].value)):
            found[name] = Noted(other, env[name].note)
    backend = plain(reading.settings.values.get("CELERY_RESULT_BACKEND"))
    if isinstance(backend, str) and backend and "CELERY_RESULT_BACKEND" in given and not kind_of_url(backend):
        found["CELERY_RESULT_BACKEND"] = Noted(backend, "as the settings say: Celery prefers the variable")
    return found


def _value(read: Read, around: _Surroundings, reading: _Reading) -> str:
    kind = reading.database.kind
    if read.cast == "database" or (kind == "sqlite" and read.name.endswith("DATABASE_URL")):
        return "sqlite:///db.sqlite3"
    if read.name.endswith("ENGINE"):
        return f"django.db.backends.{'postgresql' if kind == 'postgres' else kind or 'sqlite3'}"
    if kind_of_url(around.samples.get(read.name)):
        return around.samples[read.name]
    return safe_value(read, around.samples)


# -- what follows ----------------------------------------------------------------------------------------


def _imported(around: _Surroundings, reading: _Reading) -> dict[str, str]:
    """The packages that the code imports or installs as apps; Django by the release of the settings."""
    apps: Any = plain(reading.settings.values.get("INSTALLED_APPS", ()))
    names = [str(plain(each)).partition(".")[0] for each in apps] if isinstance(apps, (list, tuple)) else []
    own = [path for path in around.files.paths if path.endswith(".py")]
    local = {part for path in own for part in path.removesuffix(".py").split("/")}
    found = {
        package: ""
        for name in (*imported_modules(around.files, around.project.folder), *names)
        if name not in local and (package := package_of(name))
    }
    written = re.search(r"using Django (\d+\.\d+)", around.files.text(reading.settings.path))
    found["Django"] = f"~={written[1]}.0" if written else ""
    return found


def _propose(
    around: _Surroundings,
    reading: _Reading,
    *,
    env: Mapping[str, Noted],
    dependencies: Dependencies,
    served: Finding | None,
    python: Finding,
    name: str,
) -> Proposal:
    folders = {around.project.folder, dependencies.folder, *reading.roots}
    path = "." if "." in folders or reading.roots else commonpath(folders) or "."
    working_dir = relpath(around.project.folder, path)
    settings = around.settings
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
        system_packages=system_packages(
            around.files, dependencies, python.value, _dockerfiles(around), reading
        ),
        env=dict(env),
        services=reading.services.proposed,
        port=_port(around.app_service),
        processes=reading.workers.processes,
        jobs=_jobs(around, reading),
        remarks=(*_remarks(around, reading), *_not_listed(reading, dependencies)),
        files={dependencies.files[0]: dependencies.export} if dependencies.export else {},
    )
    if served is None:
        said = without_server(around.project.folder)
        return replace(proposal, web=Noted(said.value, said.why))
    callable_ = Noted(served.value, _evidence(served))
    return replace(proposal, wsgi=callable_) if served.topic == "wsgi" else replace(proposal, asgi=callable_)


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
    for port in app_service.ports if app_service else ():
        if (match := re.fullmatch(r"(?:[\d.]+:)?(\d{4,5}):\d+(?:/tcp)?", port)) and int(match[1]) < 65536:
            return int(match[1])
    return 8000


def _jobs(around: _Surroundings, reading: _Reading) -> dict[str, Noted]:
    if reading.database.kind == "none":
        return {}
    jobs = {}
    if folders := missing_folders(reading.settings, around.files, around.project.folder):
        jobs["folders"] = Noted(f"mkdir -p {' '.join(folders)}", "LOGGING writes there")
    jobs["migrate"] = Noted("python manage.py migrate --noinput")
    caches = str(plain(reading.settings.values.get("CACHES", "")))
    if "backends.db.DatabaseCache" in caches:
        jobs["cache-table"] = Noted(
            "python manage.py createcachetable", "CACHES keeps a table in the database"
        )
    return jobs


def _remarks(around: _Surroundings, reading: _Reading) -> Iterable[str]:
    if reading.database.remark:
        yield reading.database.remark
    databases = plain(reading.settings.values.get("DATABASES"))
    if isinstance(databases, dict):
        others = [str(name) for name in databases if name != "default" and _is_server(databases[name])]
        if others:
            yield f"DATABASES has others beside default: {', '.join(others)}; devenv.yaml has none for them"
    yield from _about_files(around, reading)
    if around.settings is None:
        yield "no settings module was found: set app.settings"
    yield from _about_hosts(plain(reading.settings.values.get("ALLOWED_HOSTS")))


def _about_files(around: _Surroundings, reading: _Reading) -> Iterable[str]:
    """What stands in the tree and does not come along."""
    for folder in around.folders:
        for path in around.files.inside(folder):
            if basename(path) == "package.json":
                yield f"{path}: a front end stands beside the app; devenv does not build it"
    if around.files.has(".env") and is_ignored(around.files, ".env"):
        yield ".env is not committed, so devenv.yaml does not use it; `app.env_file: .env` would"
    for path in around.files.named("db.sqlite3"):
        if reading.database.kind == "sqlite" and is_ignored(around.files, path):
            yield f"{path} is not committed: the containers begin with a database of their own"


def _not_listed(reading: _Reading, dependencies: Dependencies) -> Iterable[str]:
    """Packages that settings import by a name that is well known, and that no file lists."""
    for module, place in reading.missing.items():
        name = package_of(module).partition("[")[0]
        is_listed = any(normalised(name) == each.partition("[")[0] for each in dependencies.packages)
        if is_known(module) and not is_listed:
            yield f"{place} imports {module}, and no file lists {name}"


def _is_server(entry: object) -> bool:
    known = plain(entry)
    engine = plain(known.get("ENGINE")) if isinstance(known, dict) else ""
    return kind_of_engine(engine) in {"postgres", "mysql"}


def _about_hosts(hosts: object) -> Iterable[str]:
    """Where Django answers 400 to http://localhost."""
    if not isinstance(hosts, list) or not hosts or UNKNOWN in hosts:
        return
    said = {str(plain(each)) for each in hosts}
    if said & {"*", "localhost", ".localhost"}:
        return
    if "127.0.0.1" in said:
        yield "ALLOWED_HOSTS has 127.0.0.1 and not localhost: open http://127.0.0.1, not http://localhost"
    else:
        yield f"ALLOWED_HOSTS has {', '.join(sorted(said))}, not localhost: Django will answer 400 here"
