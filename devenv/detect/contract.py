"""The env contract: which variables the settings read, and which names nobody reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from posixpath import basename, join, normpath

from devenv.detect.configurations import CONFIGURATION, attributes_of, choose_configuration
from devenv.detect.evaluate import Interpreter
from devenv.detect.finding import Place
from devenv.detect.namers import named_value
from devenv.detect.testing import SETTINGS
from devenv.detect.tree import Tree
from devenv.detect.values import MISSING, ROOT, Namespace, Read, Tracked, plain
from devenv.detect.variables import needed_by_django

_BESIDE = (".", "src")
_ENTRIES = ("celery", "celery_app", "wsgi", "asgi")
_SOURCE = re.compile(
    r"\.(py|pyi|sh|toml|cfg|ini|conf|js|ts|mjs|cjs|jsx|tsx|vue|html|txt|json|ya?ml|Dockerfile)$"
)
_NO_READER = re.compile(
    r"(^|/)(devenv(\.\w+)*\.ya?ml|(docker-)?compose[\w.-]*\.ya?ml|.*requirements[\w.-]*\.txt)$"
)
_OF_OTHERS = re.compile(
    r"PYTHON\w*|DJANGO_(SETTINGS_MODULE|CONFIGURATION|SUPERUSER_\w+|RUNSERVER_\w+|ALLOW_ASYNC_UNSAFE|WATCHMAN\w*)|"
    r"CELERY\w*|C_FORCE_ROOT|KOMBU_\w+|FLOWER_\w+|RQ_\w+|WEB_CONCURRENCY|GUNICORN_\w+|UVICORN_\w+|FORWARDED_ALLOW_IPS|"
    r"PG[A-Z]+|MYSQL_\w+|TZ|LANG|LC_\w+|LANGUAGE|PATH|HOME|USER|TERM|COLUMNS|NO_COLOR|FORCE_COLOR|TMPDIR|EDITOR|"
    r"(?i:https?|no|all)_PROXY|SSL_CERT_\w+|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|PIP_\w+|UV_\w+|VIRTUAL_ENV|"
    r"AWS_\w+|AZURE_\w+|GOOGLE_\w+|GCLOUD_\w+|BOTO_\w+|SENTRY_\w+|DD_\w+|OTEL_\w+|NEW_RELIC_\w+|STATSD_\w+|"
    r"NODE_\w+|NPM_\w+|npm_\w+|GDAL_\w+|GEOS_\w+|PROJ_\w+|LD_\w+|MALLOC_\w+|OMP_\w+|COVERAGE_\w+|PYTEST_\w+|CI"
)
"""Names that Python, Django, Celery, servers, drivers, clouds and tools read of themselves."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Use:
    """A variable that the settings read. `places`: every line that does, in the order of reading.

    `default`: what is taken where it is not set, as text; None where that is nothing or cannot be told.
    `is_in_file`: the project reads an env file of its own that sets it.
    """

    name: str
    places: tuple[Place, ...]
    is_required: bool
    default: str | None = None
    is_in_file: bool = False


def read_uses(files: Tree, folder: str, settings: str | None, given: Mapping[str, str]) -> tuple[Use, ...]:
    """The variables that the settings of the project in `folder` read with what is given, by name.

    settings: None for the module that manage.py names.
    """
    interpreter = Interpreter.of(files, tuple(dict.fromkeys((folder, *_BESIDE))), given)
    module = settings or _named(files, folder)
    namespace = _settings_of(interpreter, files, folder, module, given)
    for name in _ENTRIES if module else ():
        interpreter.module(f"{module.partition('.')[0]}.{name}")  # type: ignore[union-attr]
    needed = needed_by_django(namespace, interpreter.ledger.reads)
    unset = {name for name, (_, why) in needed.items() if "does not start" in why}
    by_name: dict[str, list[Read]] = {}
    for read in interpreter.ledger.reads:
        if read.name != SETTINGS:
            by_name.setdefault(read.name, []).append(read)
    return tuple(
        Use(
            name=name,
            places=tuple(dict.fromkeys(read.place for read in by_name[name])),
            is_required=name in interpreter.ledger.required or name in unset,
            default=next(filter(None, map(_default, by_name[name])), None),
            is_in_file=name in interpreter.ledger.from_files,
        )
        for name in sorted(by_name)
    )


def merged_uses(uses: Iterable[Use]) -> tuple[Use, ...]:
    """What several projects read, each name once."""
    found: dict[str, Use] = {}
    for each in uses:
        before = found.setdefault(each.name, each)
        found[each.name] = replace(
            before,
            places=tuple(dict.fromkeys((*before.places, *each.places))),
            is_required=before.is_required or each.is_required,
            default=before.default or each.default,
            is_in_file=before.is_in_file and each.is_in_file,
        )
    return tuple(found[name] for name in sorted(found))


def _settings_of(
    interpreter: Interpreter, files: Tree, folder: str, module: str | None, given: Mapping[str, str]
) -> Namespace:
    """The settings gone through: a module's names, or those of the class that is chosen in it."""
    namespace = (interpreter.module(module) if module else None) or Namespace("", "")
    said = given.get(CONFIGURATION)
    named = (said, Place("")) if said else named_value(files, _manage(folder), CONFIGURATION)
    configuration = choose_configuration(namespace, named)
    if configuration is None:
        return namespace
    return attributes_of(interpreter.ledger, interpreter, namespace, configuration[0])


def _named(files: Tree, folder: str) -> str | None:
    found = named_value(files, _manage(folder))
    return found[0] if found else None


def _manage(folder: str) -> str:
    return normpath(join(folder, "manage.py"))


def _default(read: Read) -> str | None:
    """A default that can be written down: a word, a number, a list; none that hangs on other variables."""
    value = plain(read.default)
    if read.default is MISSING or value is None or isinstance(read.default, Tracked):
        return None
    if isinstance(value, (PurePath, str)) and f"{value}/".startswith(f"{ROOT}/"):
        return str(PurePath(value).relative_to(ROOT))
    if isinstance(value, str) and f"{ROOT}/" in value:
        return None  # a path inside of a text, such as a database's address
    if isinstance(value, (list, tuple)) and all(isinstance(plain(each), str) for each in value):
        return ",".join(str(plain(each)) for each in value)
    return str(value) if isinstance(value, (str, int, float, bool)) else None


def unread(files: Tree, names: Iterable[str]) -> tuple[str, ...]:
    """The names that no file of the project mentions, and that nothing it is built of is known to read."""
    wanted = {name for name in names if not _OF_OTHERS.fullmatch(name)}
    for path in files.paths:
        if not wanted:
            break
        if _is_source(path):
            text = files.text(path)
            wanted = {name for name in wanted if name not in text}
    return tuple(sorted(wanted))


def _is_source(path: str) -> bool:
    name = basename(path)
    return ("." not in name or _SOURCE.search(name) is not None) and not _NO_READER.search(path)
