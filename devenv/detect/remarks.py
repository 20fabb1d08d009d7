"""What a devenv.yaml leaves open, told at its top."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from devenv.detect.copies import model_of
from devenv.detect.daemons import daemons
from devenv.detect.database import kind_of_engine
from devenv.detect.env_files import is_ignored
from devenv.detect.finding import Confidence, Finding, Place
from devenv.detect.front_ends import front_ends
from devenv.detect.reading import Reading
from devenv.detect.roots import is_below
from devenv.detect.start_scripts import AtStart
from devenv.detect.surroundings import Surroundings
from devenv.detect.values import UNKNOWN, Namespace, plain, reads_of
from devenv.detect.workers import slug

MAX_DAEMONS = 3
LOCALHOST = "localhost"
OPEN = "open"  # the topic of these findings
IMPORT = "DATABASES cannot be read without running"
IMPORT_WHY = "`devenv init --import` imports the settings in the image"
_PLACEHOLDER = re.compile(  # in code: a comment or a docstring of a made project may keep it
    r"(?:^(?:from|import)\b|environ|=).*?(\{\{ ?(?:project_name|cookiecutter\.\w+) ?\}\})"
)
_HERE = ("127.0.0.1", "0.0.0.0")  # noqa: S104 - names, not addresses to listen on


def remarks_on(around: Surroundings, reading: Reading) -> Iterable[Finding]:
    """What the settings ask for that devenv.yaml cannot give, and what does not come along."""
    yield from _about_templates(around, reading)
    yield from _about_databases(reading)
    for path, place in reading.absent.items():
        model = model_of(path, around.files)
        beside = f"; {model} is its example" if model else ""
        yield _open(f"{path} is not in the repository", f"this line opens it{beside}", place)
    for path, place in reading.optional.items():
        if path.endswith(".py") and (model := model_of(path, around.files)):
            yield _open(f"{path} is taken in where it is there", f"{model} is its example", place)
    yield from _about_daemons(around, reading)
    taken = (*reading.workers.processes, *(each.name for each in reading.services.proposed))
    yield from front_ends(around, taken)
    yield from _about_files(around, reading)
    if around.settings is None:
        yield _open("no settings module was found", "set app.settings")
    yield from _about_hosts(reading.settings)
    yield from _about_mail(reading)


def _open(
    value: str, why: str, *places: Place | None, confidence: Confidence = Confidence.CERTAIN
) -> Finding:
    evidence = tuple(filter(None, places))
    return Finding(topic=OPEN, value=value, why=why, evidence=evidence, confidence=confidence)


def _about_templates(around: Surroundings, reading: Reading) -> Iterable[Finding]:
    """Names that `startproject` or cookiecutter has not filled in: nothing of it can run."""
    project = around.project
    beside = [
        path for path in around.files.named("wsgi.py", "asgi.py") if is_below(path, project.import_roots)
    ]
    for path in dict.fromkeys((project.manage, *reading.modules, *beside)):
        for number, line in around.files.lines(path):
            if found := _PLACEHOLDER.search(line):
                why = "make a project of this template first, as its README says"
                yield _open(f"{found[1]} is not filled in", why, Place(path, number))
                return


def _about_databases(reading: Reading) -> Iterable[Finding]:
    """What reading cannot tell of DATABASES, and those that devenv.yaml has no server for."""
    place = reading.settings.places.get("DATABASES")
    if reading.database.finding.confidence is Confidence.GUESS:
        yield _open(IMPORT, IMPORT_WHY, place)
    databases = plain(reading.settings.values.get("DATABASES"))
    if isinstance(databases, dict):
        others = [str(name) for name in databases if name != "default" and _is_server(databases[name])]
        if others:
            said = f"DATABASES has others beside default: {', '.join(others)}"
            yield _open(said, "devenv.yaml has no server for them", place)


def _about_daemons(around: Surroundings, reading: Reading) -> Iterable[Finding]:
    """Commands of the project's own that might be processes."""
    roots = (*around.project.import_roots, *reading.roots, *reading.added)
    known = reading.workers.processes
    several = [each for each in daemons(around.files, roots) if not {each[0], slug(each[0])} & {*known}]
    for name, place in several[:MAX_DAEMONS]:
        why = f"under processes `{name}: {around.project.command} {name}` runs it"
        yield _open(f"`manage.py {name}` does not end by itself", why, place, confidence=Confidence.LIKELY)


def about_starts(left: Sequence[AtStart]) -> Iterable[Finding]:
    """What the project's container does at each start, where nothing shows that it may be done twice."""
    if left:
        said = " ".join(left[0].words)
        names = ", ".join(f"`{' '.join(each.words)}`" for each in left)
        line = f"{slug(left[0].words[0])}: python manage.py {said}"
        why = f"if it may run twice, under jobs `{line}` does it here"
        value = f"the project's own container runs manage.py {names} at each start"
        yield _open(value, why, left[0].place, confidence=Confidence.LIKELY)


def _about_files(around: Surroundings, reading: Reading) -> Iterable[Finding]:
    """What stands in the tree and does not come along."""
    if around.files.has(".env") and is_ignored(around.files, ".env"):
        why = "devenv.yaml does not use it; `app.env_file: .env` would"
        yield _open(".env is not committed", why, Place(".env"))
    for path in around.files.named("db.sqlite3"):
        if reading.database.kind == "sqlite" and is_ignored(around.files, path):
            why = "the containers begin with a database of their own"
            yield _open(f"{path} is not committed", why, Place(path))


def _is_server(entry: object) -> bool:
    known = plain(entry)
    engine = plain(known.get("ENGINE")) if isinstance(known, dict) else ""
    return kind_of_engine(engine) in {"postgres", "mysql"}


def host_name(settings: Namespace) -> str:
    """What Django lets this machine be called, "" where it lets nobody here in; as a rule "localhost"."""
    hosts = plain(settings.values.get("ALLOWED_HOSTS"))
    if not isinstance(hosts, list) or not hosts or UNKNOWN in map(plain, hosts):
        return LOCALHOST
    said = [str(plain(each)) for each in hosts]
    if {"*", LOCALHOST, f".{LOCALHOST}"} & {*said}:
        return LOCALHOST
    here = [name for name in said if name in _HERE or name.endswith(f".{LOCALHOST}")]
    return min(here, key=lambda name: name not in _HERE).lstrip(".") if here else ""


def _about_hosts(settings: Namespace) -> Iterable[Finding]:
    """Where Django answers 400 to whatever this machine is called."""
    if not host_name(settings):
        hosts: Any = plain(settings.values["ALLOWED_HOSTS"])
        said = ", ".join(sorted(str(plain(each)) for each in hosts))
        why = "Django will answer 400 here"
        yield _open(f"ALLOWED_HOSTS has {said}, not localhost", why, settings.places.get("ALLOWED_HOSTS"))


def _about_mail(reading: Reading) -> Iterable[Finding]:
    """Where the settings insist on a server for mail, and devenv.yaml only names this machine for it."""
    settings = reading.settings
    backend, host = settings.values.get("EMAIL_BACKEND"), settings.values.get("EMAIL_HOST")
    by_server = backend is None or ("smtp" in str(plain(backend)) and not reads_of(backend))
    said = (*reads_of(host), *reads_of(settings.values.get("EMAIL_PORT")))
    names = [name for name in dict.fromkeys(each.name for each in said) if name in reading.given]
    served = any(each.kind == "mailpit" for each in reading.services.proposed)
    if by_server and reads_of(host) and names and plain(host) == LOCALHOST and not served:
        why = f"without {' and '.join(names)} in app.env, `mail: mailpit` under services takes it"
        yield _open(
            f"mail goes to {LOCALHOST}, where no server is",
            why,
            settings.places.get("EMAIL_HOST"),
            confidence=Confidence.LIKELY,
        )
