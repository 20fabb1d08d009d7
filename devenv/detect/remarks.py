"""What a devenv.yaml leaves open, told at its top."""

from __future__ import annotations

import re
from collections.abc import Iterable
from posixpath import dirname
from typing import Any

from devenv.detect.copies import model_of
from devenv.detect.daemons import daemons
from devenv.detect.database import kind_of_engine
from devenv.detect.dependencies import Dependencies, normalised
from devenv.detect.env_files import is_ignored
from devenv.detect.finding import Confidence
from devenv.detect.known_packages import is_known, package_of
from devenv.detect.locks import load_json
from devenv.detect.reading import Reading
from devenv.detect.surroundings import Surroundings
from devenv.detect.values import UNKNOWN, Namespace, plain
from devenv.detect.workers import slug

MAX_FRONT_ENDS = 3
MAX_DAEMONS = 3
MIN_ALIKE = 3  # letters of a name that another may be made of
LOCALHOST = "localhost"
IMPORT = "DATABASES cannot be read without running: `devenv init --import` imports the settings in the image"
_HERE = ("127.0.0.1", "0.0.0.0")  # noqa: S104 - names, not addresses to listen on
_SERVING = ("dev", "serve", "start")  # scripts of package.json, the likeliest first


def remarks_on(around: Surroundings, reading: Reading) -> Iterable[str]:
    """What the settings ask for that devenv.yaml cannot give, and what does not come along."""
    if reading.database.finding.confidence is Confidence.GUESS:
        yield IMPORT
    databases = plain(reading.settings.values.get("DATABASES"))
    if isinstance(databases, dict):
        others = [str(name) for name in databases if name != "default" and _is_server(databases[name])]
        if others:
            yield f"DATABASES has others beside default: {', '.join(others)}; devenv.yaml has none for them"
    for path, place in reading.absent.items():
        model = model_of(path, around.files)
        beside = f"; {model} is its example" if model else ""
        yield f"{place} opens {path}, which is not in the repository{beside}"
    for path, place in reading.optional.items():
        if path.endswith(".py") and (model := model_of(path, around.files)):
            yield f"{place} takes {path} in where it is there; {model} is its example"
    yield from _about_daemons(around, reading)
    yield from _about_files(around, reading)
    if around.settings is None:
        yield "no settings module was found: set app.settings"
    yield from _about_hosts(reading.settings)


def _about_daemons(around: Surroundings, reading: Reading) -> Iterable[str]:
    """Commands of the project's own that might be processes."""
    roots = (*around.project.import_roots, *reading.roots, *reading.added)
    known = reading.workers.processes
    several = [each for each in daemons(around.files, roots) if not {each[0], slug(each[0])} & {*known}]
    for name, place in several[:MAX_DAEMONS]:
        said = f"{name}: python manage.py {name}"
        yield f"`manage.py {name}` does not end by itself ({place}); under processes `{said}` runs it"


def _about_files(around: Surroundings, reading: Reading) -> Iterable[str]:
    """What stands in the tree and does not come along."""
    front_ends = [_about_front_end(around, path) for path in around.files.named("package.json")]
    yield from list(filter(None, front_ends))[:MAX_FRONT_ENDS]
    if around.files.has(".env") and is_ignored(around.files, ".env"):
        yield ".env is not committed, so devenv.yaml does not use it; `app.env_file: .env` would"
    for path in around.files.named("db.sqlite3"):
        if reading.database.kind == "sqlite" and is_ignored(around.files, path):
            yield f"{path} is not committed: the containers begin with a database of their own"


def _about_front_end(around: Surroundings, path: str) -> str:
    """What would run it, where it has a script for that; "" where it is none of the app."""
    content = load_json(around.files.text(path))
    scripts = content.get("scripts") if isinstance(content, dict) else None
    script = next((name for name in _SERVING if isinstance(scripts, dict) and name in scripts), None)
    if script is None:
        return f"{path}: the front end is not built" if (dirname(path) or ".") in around.folders else ""
    said = f"frontend: {{type: node, path: {dirname(path) or '.'}, command: npm run {script}}}"
    return f"{path}: a front end; under services `{said}` runs it"


def not_listed(reading: Reading, dependencies: Dependencies) -> Iterable[str]:
    """Packages whose modules the settings import or install as apps, and that no file lists."""
    if not dependencies.packages or dependencies.kind == "none":
        return
    listed = {each.partition("[")[0] for each in dependencies.packages}
    evidence = dependencies.finding.evidence
    where = evidence[0].file if evidence else "the requirements"
    perhaps = "" if dependencies.kind == "uv" else ", unless another package brings it"
    for module, place in reading.firm.items():
        name = normalised(package_of(module).partition("[")[0])
        if not name or name in listed or (not is_known(module) and _may_bring(listed, module)):
            continue
        yield f"{place} needs {module}, and no file lists {name}: add `{name}` to {where}{perhaps}"


def _may_bring(packages: Iterable[str], module: str) -> bool:
    """Whether one of the packages is named so that it may well have such a module."""
    parts = re.sub(r"^(django|py)_?", "", module.lower()).split("_")
    shown = [re.sub(r"-|^django-?|^py(thon-)?", "", each) for each in packages]
    return any(
        all(part in each for part in parts) or (len(each) > MIN_ALIKE and each in "".join(parts))
        for each in shown
    )


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


def _about_hosts(settings: Namespace) -> Iterable[str]:
    """Where Django answers 400 to whatever this machine is called."""
    if not host_name(settings):
        hosts: Any = plain(settings.values["ALLOWED_HOSTS"])
        said = sorted(str(plain(each)) for each in hosts)
        yield f"ALLOWED_HOSTS has {', '.join(said)}, not localhost: Django will answer 400 here"
