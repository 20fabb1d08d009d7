"""What an expression of a settings module can come to without running it.

Constants stand for themselves (text, numbers, lists, dicts, and paths below ROOT); the rest is here.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Literal

from devenv.detect.finding import Place

ROOT = PurePosixPath("/project")
Value = object


class _Nothing:
    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


UNKNOWN = _Nothing("UNKNOWN")  # it depends on something that only running tells
MISSING = _Nothing("MISSING")  # there is no default


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """One place that reads a variable of the environment.

    `cast`: what the text becomes (bool, int, list, database, ...), "" for text as it is.
    """

    name: str
    place: Place
    default: Value = MISSING
    cast: str = ""


@dataclass(frozen=True, slots=True)
class Tracked:
    """A value that variables took part in; `value` is what it is with what is given now."""

    value: Value
    reads: tuple[Read, ...]
    separator: str = ""


@dataclass(frozen=True, slots=True)
class UrlConfig:
    """What env.db(), env.cache() and dj_database_url make of a URL."""

    kind: Literal["database", "cache", "email", "search", "channels"]
    url: Value
    extra: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ref:
    """Something of a package that is not the project's: "os.environ", "environ.Env"."""

    dotted: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """A value of django-configurations that is read once its class is chosen.

    `name`: "" for that of the attribute, with `prefix` before it.
    """

    place: Place
    default: Value = MISSING
    cast: str = ""
    name: str = ""
    prefix: str = ""

    def read(self, attribute: str) -> Read:
        """The variable that stands behind an attribute."""
        name = self.name or attribute.upper()
        whole = f"{self.prefix}_{name}" if self.prefix else name
        return Read(name=whole, place=self.place, default=self.default, cast=self.cast)


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file that settings open: its path from the tree's root."""

    path: str


class FileText(str):
    """What a file of the tree holds, and its path."""

    path: str

    @classmethod
    def of(cls, text: str, path: str) -> FileText:
        """A file's text that knows where it is from."""
        made = cls(text)
        made.path = path
        return made


@dataclass(frozen=True, slots=True)
class IniFile:
    """What a configparser has read so far: options by section."""

    sections: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reader:
    """An object of django-environ, environs or decouple that reads variables when called.

    Of kind "file": a dict of what stands in `path`, an env file that each developer makes.
    """

    kind: Literal["environ", "environs", "decouple", "file"]
    declared: Mapping[str, tuple[str, Value]] = field(default_factory=dict)
    prefix: list[str] = field(default_factory=list)
    path: str = ""


@dataclass(frozen=True, slots=True)
class Namespace:
    """A module of the project, or a class body, that was gone through: names, and where each was set last."""

    name: str
    path: str
    values: dict[str, Value] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    bases: tuple[Value, ...] = ()

    def inherit(self) -> None:
        """Take over what the classes below say and this one does not; of several the first counts."""
        own = set(self.places)
        for base in [each for each in reversed(self.bases) if isinstance(each, Namespace)]:
            for name in [each for each in base.places if each not in own]:
                self.values[name], self.places[name] = base.values[name], base.places[name]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the project."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    home: Namespace

    @property
    def is_property(self) -> bool:
        """Whether it is read like a value."""
        decorators = [] if isinstance(self.node, ast.Lambda) else self.node.decorator_list
        return any(isinstance(each, ast.Name) and each.id == "property" for each in decorators)


def plain(value: Value) -> Value:
    """The value without who took part in it."""
    return value.value if isinstance(value, Tracked) else value


def reads_of(*values: Value) -> tuple[Read, ...]:
    """Every read that took part in any of the values."""
    found: dict[Read, None] = {}
    _collect(values, found)
    return tuple(found)


def _collect(values: Iterable[Value], found: dict[Read, None]) -> None:
    for value in values:
        if isinstance(value, str):  # by far the most
            continue
        if isinstance(value, Tracked):
            found |= dict.fromkeys(_hashable(value.reads))
        elif isinstance(value, UrlConfig):
            _collect((value.url,), found)
        elif isinstance(value, (list, tuple)):
            _collect(value, found)
        elif isinstance(value, dict):
            _collect(value.values(), found)


def _hashable(reads: Iterable[Read]) -> Iterator[Read]:
    for read in reads:
        try:
            hash(read)
        except TypeError:  # a default that is a list
            yield Read(name=read.name, place=read.place, default=str(read.default), cast=read.cast)
        else:
            yield read


def tracked(value: Value, *parts: Value) -> Value:
    """`value`, remembering the variables that took part in `parts`."""
    reads = reads_of(*parts)
    if not reads or isinstance(value, (UrlConfig, Namespace, Function, Reader, Declared, OpenFile, IniFile)):
        return value
    return Tracked(plain(value), reads)


def recast(value: Value, cast: str) -> Value:
    """The same, its variables known to be turned into numbers, or read as JSON."""
    if not isinstance(value, Tracked):
        return value
    return replace(value, reads=tuple(replace(read, cast=read.cast or cast) for read in value.reads))


def leaves(value: Value) -> Iterator[Value]:
    """Every single value inside lists and dicts."""
    if isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, (list, tuple, set)):
        for each in value:
            yield from leaves(each)
    elif isinstance(value, Tracked) and isinstance(value.value, (list, tuple, dict)):
        for each in leaves(value.value):
            yield each if isinstance(each, Tracked) else Tracked(each, value.reads)
    else:
        yield value


def key_of(value: Value) -> Hashable:
    """A value as a key of a dict."""
    known = plain(value)
    return known if isinstance(known, (str, int, tuple, PurePosixPath)) else str(known)


def opaque(values: Iterable[Value]) -> bool:
    """Whether any is no plain value that Python's own operations could work on."""
    return any(
        each is UNKNOWN
        or isinstance(each, (Ref, Reader, UrlConfig, Namespace, Function, Declared, OpenFile, IniFile))
        for each in values
    )
