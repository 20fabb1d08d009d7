"""django-configurations: settings that are the attributes of a class, and the class that development uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from devenv.detect.finding import Place
from devenv.detect.ledger import Ledger, Walk
from devenv.detect.readers import Call
from devenv.detect.values import (
    MISSING,
    UNKNOWN,
    Declared,
    Function,
    Namespace,
    Read,
    Ref,
    UrlConfig,
    Value,
    plain,
)

CONFIGURATION = "DJANGO_CONFIGURATION"
_DEVELOPMENT = ("Development", "Dev", "Local", "Develop", "LocalDev", "Debug")
_PRODUCTION = re.compile(r"prod|staging|live|test|\bci\b|base|common|build|feature|demo", re.IGNORECASE)
_CASTS = {
    "Boolean": "bool",
    "Integer": "int",
    "PositiveInteger": "int",
    "Float": "float",
    "Decimal": "float",
    "List": "list",
    "Set": "list",
    "Tuple": "tuple",
    "Backends": "list",
    "Dict": "dict",
}
_URLS: Mapping[str, tuple[str, str]] = {
    "DatabaseURL": ("database", "DATABASE_URL"),
    "CacheURL": ("cache", "CACHE_URL"),
    "EmailURL": ("email", "EMAIL_URL"),
    "SearchURL": ("search", "SEARCH_URL"),
}


def is_configuration(bases: Sequence[Value]) -> bool:
    """Whether a class's attributes are settings."""
    return any(
        (isinstance(base, Ref) and re.fullmatch(r"(configurations\.)?(base\.)?Configuration", base.dotted))
        or (isinstance(base, Namespace) and is_configuration(base.bases))
        for base in bases
    )


def value_of(dotted: str, call: Call, record: Callable[[Read], Value]) -> Value:
    """What `values.BooleanValue(...)` comes to: a value where its variable is named, else one to be bound."""
    match = re.fullmatch(r"configurations\.values\.(\w*)Value", dotted)
    if match is None:
        return UNKNOWN
    kind = match[1]
    default = call.argument(0, "default", default=MISSING if kind == "Secret" else None)
    environ = plain(call.argument(1, "environ", default=True))
    if environ is False:
        return default
    if kind in _URLS:
        return _url(kind, call, default, record)
    name = plain(call.argument(2, "environ_name", default=""))
    prefix = plain(call.argument(3, "environ_prefix", default="DJANGO"))
    declared = Declared(
        place=call.place,
        default=MISSING if plain(call.argument(4, "environ_required", default=False)) is True else default,
        cast=_CASTS.get(kind, ""),
        name=name if isinstance(name, str) else "",
        prefix=prefix if isinstance(prefix, str) else "",
    )
    is_late = plain(call.argument(9, "late_binding", default=False)) is True
    return record(declared.read("")) if declared.name and not is_late else declared


def _url(kind: str, call: Call, default: Value, record: Callable[[Read], Value]) -> Value:
    cast, usual = _URLS[kind]
    name = plain(call.argument(2, "environ_name", default=usual))
    prefix = plain(call.argument(3, "environ_prefix", default=None))
    whole = f"{prefix}_{name}" if isinstance(prefix, str) else str(name)
    url = UrlConfig(cast, record(Read(name=whole, place=call.place, default=default, cast=cast)))  # type: ignore[arg-type]
    return {"default": url} if cast in {"database", "cache"} else url


def choose_configuration(settings: Namespace, named: tuple[str, Place] | None) -> tuple[str, Place] | None:
    """The class to use, with the place that tells; None where settings are no classes.

    named: what a script or the compose file says.
    """
    classes = {
        name: settings.places[name]
        for name, value in settings.values.items()
        if isinstance(value, Namespace) and name in settings.places and is_configuration(value.bases)
    }
    if named and named[0] in classes:
        return named
    usual = next((name for name in _DEVELOPMENT if name in classes), None)
    likely = usual or next((name for name in classes if not _PRODUCTION.search(name)), None)
    chosen = likely or next(iter(classes), None)
    return (chosen, classes[chosen]) if chosen else None


def attributes_of(ledger: Ledger, walk: Walk, settings: Namespace, name: str) -> Namespace:
    """The settings of a class: its variables read, its properties called."""
    chosen = settings.values[name]
    assert isinstance(chosen, Namespace)
    found = Namespace(settings.name, settings.path)
    for each, place in chosen.places.items():
        value = chosen.values[each]
        if isinstance(value, Declared):
            chosen.values[each] = value = ledger.record(value.read(each))
        found.values[each], found.places[each] = value, place
    for each, value in found.values.items():
        if isinstance(value, Function) and value.is_property:
            found.values[each] = walk.call(value, [chosen], {})
    return found
