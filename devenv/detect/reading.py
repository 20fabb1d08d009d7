"""Settings gone through again and again, until what they need is given."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from posixpath import normpath

from devenv.detect.app_reads import read_by_the_app
from devenv.detect.configurations import CONFIGURATION, attributes_of, choose_configuration
from devenv.detect.copies import missing_module
from devenv.detect.database import (
    Database,
    driver_kinds,
    find_database,
    kind_of_engine,
    names_a_database,
)
from devenv.detect.evaluate import Interpreter
from devenv.detect.finding import Finding, Place
from devenv.detect.own_env import own_env, own_settings, settings_of_celery
from devenv.detect.proposal import Noted, ProposedProcess
from devenv.detect.roots import is_below, module_of
from devenv.detect.servers import broker_of, find_servers, kind_of_url
from devenv.detect.service_kinds import Kinds
from devenv.detect.services import Services, plan_services
from devenv.detect.spoken_to import spoken_to
from devenv.detect.surroundings import Surroundings
from devenv.detect.testing import SETTINGS
from devenv.detect.tree import Tree
from devenv.detect.values import Namespace, Read, Value, plain, reads_of
from devenv.detect.variables import (
    AN_ORIGIN,
    OFF,
    ORIGINS,
    SECRET,
    needed_by_django,
    next_truth,
    places_of,
    safe_value,
)
from devenv.detect.workers import Workers, celery_module, find_workers, own_daemons

ROUNDS = 12
_GIS = "django.contrib.gis"  # as an app: its models need a database that knows geometry
_ENV_FILE_LOADERS = frozenset(
    ("decouple", "dotenv", "dynaconf", "environ", "environs", "prettyconf", "pydantic_settings", "starlette")
)
_ENGINES = {  # of apps that need their own
    "django_tenants": "django_tenants.postgresql_backend",
    _GIS: "django.contrib.gis.db.backends.postgis",
}
_LIBRARY_ROOTS = (".", "src")  # where a library keeps itself whose example project is looked at


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Settings gone through with what is given, and what they then ask for."""

    settings: Namespace
    reads: list[Read]
    required: Mapping[str, Place]
    missing: Mapping[str, Place]
    database: Database
    services: Services
    workers: Workers
    firm: Mapping[str, Place] = field(default_factory=dict)  # packages' modules: imports, apps; none in doubt
    absent: Mapping[str, Place] = field(default_factory=dict)  # files that the settings open
    optional: Mapping[str, Place] = field(default_factory=dict)  # those that may be missing
    roots: tuple[str, ...] = ()  # folders beside that of manage.py which modules are imported from
    modules: tuple[str, ...] = ()  # the files that were gone through
    apps: tuple[str, ...] = ()  # as installed
    added: tuple[str, ...] = ()  # those that the settings themselves put on sys.path
    own_files: Mapping[str, Place] = field(default_factory=dict)  # env files that have to be there
    of_files: Mapping[str, str] = field(default_factory=dict)  # path of the env file that alone gives each
    unread: bool = False  # part of the settings is a package's, which nobody reads here
    given: Mapping[str, str] = field(default_factory=dict)
    configuration: tuple[str, Place] | None = None  # the class whose attributes the settings are


def go_through(
    around: Surroundings, given: Mapping[str, str], packages: Mapping[str, str], kinds: Kinds
) -> Reading:
    """One pass with what is given."""
    roots = around.project.import_roots
    known = {SETTINGS: around.settings.value, **given} if around.settings else dict(given)
    interpreter = Interpreter.of(around.files, tuple(dict.fromkeys((*roots, *_LIBRARY_ROOTS))), known)
    found = interpreter.module(around.settings.value) if around.settings else None
    if around.settings and not found and (path := missing_module(around.settings.value, roots, around.files)):
        interpreter.ledger.miss(path, next(iter(around.settings.evidence), Place(path)))
    settings = found or Namespace("", "")
    configuration = choose_configuration(settings, around.configuration)
    if configuration:
        settings = attributes_of(interpreter.ledger, interpreter, settings, configuration[0])
    for app in _apps(settings):
        interpreter.path_of(app.partition(".")[0])  # a root that only its apps come from is used, too
    workers, of_workers = _workers(around, interpreter, settings, packages)
    caller = None
    if workers.celery_place:
        caller = interpreter.module(module_of(workers.celery_place.file, (*roots, *interpreter.ledger.added)))
    celery = _celery_arguments(interpreter, workers, caller)
    for name in ("wsgi", "asgi"):
        said = plain(settings.values.get(f"{name.upper()}_APPLICATION"))
        if isinstance(said, str):
            interpreter.module(said.rpartition(".")[0])
    reads = [read for read in interpreter.ledger.reads if read.name != SETTINGS]
    database = find_database(settings, packages, places_of(reads))
    broker = broker_of(of_workers, celery) if workers.celery else None
    uses = find_servers(_with_celery(of_workers, celery, workers.celery_place), packages)
    services = plan_services(database, uses, settings, broker=broker, compose=around.compose, kinds=kinds)
    modules = tuple(each.path for each in interpreter.modules.values() if each)
    services = spoken_to(around, services, modules, kinds)
    required = {name: place for name, place in interpreter.ledger.required.items() if name != SETTINGS}
    return Reading(
        settings=settings,
        reads=reads,
        required=required,
        missing=interpreter.missing,
        firm=interpreter.firm | _apps_of_others(interpreter, settings),
        absent=interpreter.ledger.absent,
        optional=interpreter.ledger.optional,
        roots=_beside(interpreter, around, workers),
        modules=modules,
        apps=tuple(_apps(settings)),
        added=tuple(interpreter.ledger.added),
        database=database,
        services=services,
        workers=workers,
        own_files=interpreter.ledger.own_files,
        of_files=interpreter.ledger.of_files,
        unread=bool(interpreter.unread),
        given=given,
        configuration=configuration,
    )


def _workers(
    around: Surroundings, interpreter: Interpreter, settings: Namespace, packages: Mapping[str, str]
) -> tuple[Workers, Namespace]:
    """The processes beside the web server, and the settings that they are run with."""
    roots = (*around.project.import_roots, *interpreter.ledger.added)
    celery = celery_module(around.files, roots, packages, around.commands)
    more = settings_of_celery(interpreter, celery, around.settings)
    settings = (interpreter.module(more.value) if more else None) or settings
    found = find_workers(around.files, around.project.folder, settings, around.commands, celery)
    kept = dict(own_daemons(around.files, roots, around.commands, around.supervised))
    findings = (*found.findings, *(_kept(name, each) for name, each in kept.items()))
    processes = {**kept, **found.processes}
    own = {name: own_settings(each, around, more) for name, each in processes.items()}
    return replace(found, processes=own, findings=findings), settings


def _kept(name: str, process: ProposedProcess) -> Finding:
    """A process of the project's own, as it is told."""
    why = f"{process.note} runs it"
    return Finding(topic="process", value=f"{name}: {process.value}", why=why)


def values_in(files: Tree, path: str, roots: tuple[str, ...]) -> Mapping[str, Value]:
    """What a file of settings says by itself."""
    scope = Namespace("", path)
    Interpreter.of(files, roots, {}).go_into(path, scope)
    return scope.values


def _beside(interpreter: Interpreter, around: Surroundings, workers: Workers) -> tuple[str, ...]:
    """The roots that processes need to be told of: the settings add theirs only once they are imported."""
    place = workers.celery_place
    early = [root for root in interpreter.ledger.added if place and is_below(place.file, (root,))]
    roots = dict.fromkeys((*around.project.roots, *early, *_LIBRARY_ROOTS))
    return tuple(
        root
        for root in roots
        if (root in interpreter.used or root in early) and root != around.project.folder
    )


def _apps_of_others(interpreter: Interpreter, settings: Namespace) -> dict[str, Place]:
    """The modules of installed apps that are not the project's own."""
    place = settings.places.get("INSTALLED_APPS") or Place(settings.path)
    names = {app.partition(".")[0] for app in _apps(settings)}
    return {
        name: place
        for name in sorted(names)
        if interpreter.path_of(name) is None and not interpreter.is_package(name)
    }


def _apps(settings: Namespace) -> list[str]:
    said = plain(settings.values.get("INSTALLED_APPS"))
    known = map(plain, said) if isinstance(said, (list, tuple)) else ()
    return [each for each in known if isinstance(each, str)]


def _with_celery(settings: Namespace, celery: Mapping[str, Value], place: Place | None) -> Namespace:
    """The settings, and the addresses that Celery is given where it is made."""
    named = (("CELERY_BROKER_URL", "broker"), ("CELERY_RESULT_BACKEND", "backend"))
    said = {name: celery[word] for name, word in named if word in celery and name not in settings.values}
    places = dict.fromkeys(said, place) if place else {}
    return replace(settings, values={**settings.values, **said}, places={**settings.places, **places})


def _celery_arguments(
    interpreter: Interpreter, workers: Workers, scope: Namespace | None
) -> dict[str, Value]:
    """What Celery( is called with by name, as the module that calls it stands in the end."""
    if not workers.celery_place or scope is None:
        return {}
    tree = interpreter.ledger.tree.module(workers.celery_place.file)
    found: dict[str, Value] = {}
    for node in ast.walk(tree) if tree else ():
        called = ast.unparse(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and called.endswith(("Celery", "CeleryApp")):
            said = {each.arg: interpreter.value(each.value, scope) for each in node.keywords if each.arg}
            found = {**said, **found}
        elif isinstance(node, ast.Call) and called == "config_from_object" and node.args:
            named = plain(interpreter.value(node.args[0], scope))
            module = interpreter.module(named) if isinstance(named, str) else None
            words = (("broker_url", "broker"), ("result_backend", "backend"))
            found |= {word: module.values[name] for name, word in words if module and name in module.values}
    return found


def settle(
    around: Surroundings, packages: Mapping[str, str], kinds: Kinds
) -> tuple[Reading, dict[str, Noted]]:
    """Go through the settings until what they need is given: a value may open a branch that needs more."""
    env: dict[str, Noted] = {}
    seeds = _selectors(around, packages, kinds)
    given: dict[str, str] = dict(seeds)
    reading = go_through(around, given, packages, kinds)
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
        reading = go_through(around, given, packages, kinds)
    if reading.configuration:
        name, place = reading.configuration
        env[CONFIGURATION] = Noted(name, f"{place}: the settings are classes")
    if reading.roots:
        paths = ":".join(normpath(f"/app/{root}") for root in reading.roots)
        env["PYTHONPATH"] = Noted(paths, "what the settings import is there")
    from_services = reading.services.given(kinds)
    of_the_app = _of_the_app(around, reading, given)
    reading = replace(reading, reads=[*reading.reads, *of_the_app])
    for read in of_the_app:
        env.setdefault(read.name, Noted(_value(read, around, reading), f"{read.place}: required"))
    env = {name: said for name, said in env.items() if name not in from_services}
    own = {
        name: own_env(each, around, env, from_services) for name, each in reading.workers.processes.items()
    }
    return replace(reading, workers=replace(reading.workers, processes=own)), env


def _of_the_app(around: Surroundings, reading: Reading, given: Mapping[str, str]) -> list[Read]:
    """What nobody gives yet and the code beside the settings cannot be imported without."""
    roots = tuple(dict.fromkeys((*around.project.import_roots, *reading.roots, *reading.added)))
    found = read_by_the_app(around.files, roots, reading.settings, reading.modules, given)
    return [read for name, read in found.items() if name not in given and name != SETTINGS]


def _selectors(around: Surroundings, packages: Mapping[str, str], kinds: Kinds) -> dict[str, str]:
    """Variables by which the project's own files choose a database that has its driver installed."""
    first = go_through(around, {}, packages, kinds)
    read = places_of(first.reads)
    found = {}
    for name, value in around.samples.items():
        kind = kind_of_engine(value) if "://" in value or "backends" in value else ""
        if name in read and kind in driver_kinds(packages):
            found[name] = value
    if not found and _GIS in first.apps and not _is_spatial(first.settings):
        named = {name: around.samples.get(name) or "devenv" for name in read if names_a_database(name)}
        if named and _is_spatial(go_through(around, named, packages, kinds).settings):
            return named
    return found


def _is_spatial(settings: Namespace) -> bool:
    default = _item(_item(settings.values.get("DATABASES"), "default"), "ENGINE")
    return re.search(r"gis|spatialite", str(plain(default))) is not None


def _item(value: Value, key: str) -> Value:
    known = plain(value)
    return known.get(key) if isinstance(known, dict) else None


def _more(
    around: Surroundings, reading: Reading, env: Mapping[str, Noted], given: Mapping[str, str]
) -> dict[str, Noted]:
    """Values for what is required and neither given nor chosen yet."""
    found: dict[str, Noted] = {}
    given = {**(around.committed if _loads_env_file(reading) else {}), **given}
    by_name = {read.name: read for read in reversed(reading.reads)} | _turned(reading.settings)
    for name, place in reading.required.items():
        if name not in env and name not in given:
            read = by_name.get(name) or Read(name=name, place=place)
            found[name] = Noted(_value(read, around, reading), f"{place}: required")
    for name, (read, why) in needed_by_django(reading.settings, reading.reads).items():
        if name in given:
            continue
        if name not in env:
            found[name] = Noted(_value(read, around, reading), f"{read.place}: {why}")
        elif why == OFF and (other := next_truth(env[name].value)):
            found[name] = Noted(other, env[name].note)
    if reading.unread:
        found |= {
            name: said for name, said in _of_compose(around).items() if name not in (*env, *given, *found)
        }
    backend = plain(reading.settings.values.get("CELERY_RESULT_BACKEND"))
    if isinstance(backend, str) and backend and "CELERY_RESULT_BACKEND" in given and not kind_of_url(backend):
        found["CELERY_RESULT_BACKEND"] = Noted(backend, "as the settings say: Celery prefers the variable")
    return found


def _turned(settings: Namespace) -> dict[str, Read]:
    """The variables that the settings turn into something else once they are read: int(environ["X"])."""
    several = (read for value in settings.values.values() for read in reads_of(value))
    return {read.name: read for read in several if read.cast}


def _of_compose(around: Surroundings) -> dict[str, Noted]:
    """What the compose file sets for the app: all that is known of what unread settings want."""
    app = around.app_service
    if app is None:
        return {}
    why = f"{app.place}: as the compose file sets it"
    return {
        name: Noted(SECRET if name.endswith("SECRET_KEY") else value, why)
        for name, value in app.env.items()
        if value and name != SETTINGS
    }


def _value(read: Read, around: Surroundings, reading: Reading) -> str:
    kind = reading.database.kind
    hosts = {each.name for each in reads_of(reading.settings.values.get("ALLOWED_HOSTS"))}
    if read.name in hosts and not read.name.upper().endswith(("URL", "ORIGIN")):
        return safe_value(replace(read, name="ALLOWED_HOSTS"), {})
    if read.cast == "database" or (kind == "sqlite" and read.name.endswith("DATABASE_URL")):
        return "sqlite:///db.sqlite3"
    if read.name.endswith("ENGINE"):
        return _engine(kind, around.samples.get(read.name, ""), reading.apps)
    if kind_of_url(around.samples.get(read.name)):
        return around.samples[read.name]
    value = safe_value(read, around.samples)
    of_origins = {each.name for name in ORIGINS for each in reads_of(reading.settings.values.get(name))}
    return value if "://" in value or read.name not in of_origins else AN_ORIGIN


def _engine(kind: str, sample: str, apps: tuple[str, ...]) -> str:
    """The ENGINE of a database, as the project's own files name it, or as its apps need it."""
    if kind and kind_of_engine(sample) == kind:
        return sample
    if kind == "postgres":
        of_apps = (each for app, each in _ENGINES.items() if app in apps)
        return next(of_apps, "django.db.backends.postgresql")
    return f"django.db.backends.{kind or 'sqlite3'}"


def _loads_env_file(reading: Reading) -> bool:
    return bool(
        {"decouple", "dotenv", "dynaconf", "environ", "environs", "pydantic_settings"} & set(reading.missing)
    )
