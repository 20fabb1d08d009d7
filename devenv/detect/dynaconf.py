"""dynaconf: settings from files beside the code, each of them also a variable by a rule of names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from posixpath import dirname, join, normpath

from devenv.detect.beside import content_of
from devenv.detect.finding import Place
from devenv.detect.readers import Call
from devenv.detect.tree import Tree
from devenv.detect.values import ROOT, Namespace, Read, Value, plain

CALLS = frozenset(("dynaconf.DjangoDynaconf", "dynaconf.contrib.DjangoDynaconf"))
_NAMES = ("settings", ".secrets")
_SUFFIXES = (".toml", ".tml", ".yaml", ".yml", ".json")
_FOLDERS = ("", "config")
_NESTED = ("DATABASES", "CACHES")


def extend(tree: Tree, folder: str, scope: Namespace, call: Call, *, record: Callable[[Read], Value]) -> None:
    """What DjangoDynaconf(__name__) adds to settings: files first, then a variable for each of them.

    folder: of manage.py.
    """
    environment = _environment(call, record)
    for path in _files(tree, folder, scope, call):
        content = content_of(tree, path)
        for part in _parts(content, environment) if isinstance(content, Mapping) else ():
            for name, value in part.items():
                _merge(scope, str(name).upper(), value, Place(path))
    prefix = plain(call.argument(9, "ENVVAR_PREFIX_FOR_DYNACONF", "envvar_prefix", default="DJANGO"))
    for name in [name for name in scope.values if name.isupper() and name in scope.places]:
        scope.values[name] = _overridable(
            f"{prefix}_{name}", scope.values[name], scope.places[name], name in _NESTED, record
        )


def _environment(call: Call, record: Callable[[Read], Value]) -> str:
    """The section to use: `development` unless a variable of the project's own choice says otherwise."""
    switcher = plain(call.argument(9, "env_switcher", "ENV_SWITCHER_FOR_DYNACONF", default=None))
    if isinstance(switcher, str):
        said = plain(record(Read(name=switcher, place=call.place)))
        return said.lower() if isinstance(said, str) else "development"
    said = plain(call.argument(9, "env", "ENV_FOR_DYNACONF", default=None))
    return said.lower() if isinstance(said, str) else "development"


def _files(tree: Tree, folder: str, scope: Namespace, call: Call) -> Iterator[str]:
    """The files, a later one wins; by their usual names where none are named."""
    starts = [dirname(scope.path), folder]
    names = ("settings_files", "settings_file", "SETTINGS_FILE_FOR_DYNACONF")
    asked = plain(call.argument(9, *names, default=None))
    if isinstance(asked, str):
        asked = [asked]
    named = [str(plain(each)) for each in asked] if isinstance(asked, (list, tuple)) else []
    usual = [join(inner, name + suffix) for name in _NAMES for suffix in _SUFFIXES for inner in _FOLDERS]
    for name in named or usual:
        candidates = [normpath(join("/", start, name).removeprefix("/")) for start in starts]
        candidates.append(normpath(name).removeprefix(f"{ROOT}/"))
        yield from list(dict.fromkeys(path for path in candidates if tree.has(path)))[:1]


def _parts(content: Mapping[object, object], environment: str) -> Iterator[Mapping[object, object]]:
    """`default`, then the section of the environment; all of it where there are no sections."""
    sections = {str(name).lower(): part for name, part in content.items() if isinstance(part, Mapping)}
    if not {"default", "global", environment} & sections.keys():
        yield content
        return
    for name in ("default", environment, "global"):
        if name in sections:
            yield sections[name]


def _merge(scope: Namespace, name: str, value: object, place: Place) -> None:
    below = plain(scope.values.get(name))
    asks = isinstance(value, Mapping) and value.get("dynaconf_merge")
    if asks and isinstance(below, dict) and isinstance(value, Mapping):
        value = {**below, **{key: each for key, each in value.items() if key != "dynaconf_merge"}}
    scope.values[name], scope.places[name] = value, place


def _overridable(
    variable: str, value: Value, place: Place, nested: bool, record: Callable[[Read], Value]
) -> Value:
    """A value that its variable replaces: `DJANGO_DEBUG`, `DJANGO_DATABASES__default__HOST`."""
    known = plain(value)
    if nested and isinstance(known, dict):
        return {
            name: _overridable(f"{variable}__{name}", each, place, nested, record)
            for name, each in known.items()
        }
    if value is not known or not isinstance(known, (str, int, list, type(None))):
        return value
    cast = "json" if isinstance(known, list) else "bool" if isinstance(known, bool) else ""
    return record(Read(name=variable, place=place, default=known, cast=cast))
