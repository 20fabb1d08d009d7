"""How settings read the environment: os, django-environ, environs, decouple, dj-database-url."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from devenv.detect.finding import Place
from devenv.detect.values import MISSING, UNKNOWN, Read, Reader, Ref, Tracked, UrlConfig, Value, plain

GETTERS = frozenset(
    ("os.getenv", "os.environ.get", "os.environ.pop", "os.environ.setdefault", "os.environb.get")
)
_URLS = {
    "db": ("database", "DATABASE_URL"),
    "db_url": ("database", "DATABASE_URL"),
    "dj_db_url": ("database", "DATABASE_URL"),
    "cache": ("cache", "CACHE_URL"),
    "cache_url": ("cache", "CACHE_URL"),
    "dj_cache_url": ("cache", "CACHE_URL"),
    "email": ("email", "EMAIL_URL"),
    "email_url": ("email", "EMAIL_URL"),
    "dj_email_url": ("email", "EMAIL_URL"),
    "search_url": ("search", "SEARCH_URL"),
    "channels": ("channels", "CHANNELS_URL"),
    "channels_url": ("channels", "CHANNELS_URL"),
}
_CASTS = frozenset(
    ("bool", "int", "float", "list", "tuple", "dict", "json", "str", "url", "path", "bytes", "decimal")
) | frozenset(("date", "datetime", "enum", "timedelta", "uuid", "log_level", "unicode", "get_value"))
_MAKERS: Mapping[str, str] = {
    "environ.Env": "environ",
    "environ.FileAwareEnv": "environ",
    "environs.Env": "environs",
    "environs.FileAwareEnv": "environs",
    "decouple.AutoConfig": "decouple",
    "decouple.Config": "decouple",
    "prettyconf.Configuration": "decouple",
    "starlette.config.Config": "decouple",
}
_CONFIGS = frozenset(("decouple.config", "prettyconf.config"))
_URL_CASTS: Mapping[str, str] = {
    "dj_database_url.parse": "database",
    "dj_email_url.parse": "email",
    "django_cache_url.parse": "cache",
    "environ.Env.db_url_config": "database",
    "environ.Env.cache_url_config": "cache",
}
_NAMES = frozenset(("var", "name", "key", "env", "option"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A call with its arguments come to values."""

    arguments: Sequence[Value]
    keywords: Mapping[str, Value]
    place: Place

    def argument(self, index: int, *names: str, default: Value = MISSING) -> Value:
        """The argument at an index, or by one of its names."""
        for name in names:
            if name in self.keywords:
                return self.keywords[name]
        return self.arguments[index] if index < len(self.arguments) else default


Record = Callable[[Read], Value]


def call_of_ref(dotted: str, call: Call, record: Record) -> Value:
    """What a call of something imported comes to; UNKNOWN where it reads no environment."""
    made: Value = UNKNOWN
    if dotted in GETTERS:
        made = _get(call, record)
    elif dotted in _MAKERS:
        made = _reader(_MAKERS[dotted], call)
    elif dotted in _CONFIGS:
        made = call_of_reader(Reader("decouple"), "", call, record)
    elif dotted == "dj_database_url.config":
        name = plain(call.argument(0, "env", default=None))
        default = call.argument(1, "default", default=None)
        read = _read(name if isinstance(name, str) else "DATABASE_URL", call.place, default, "database")
        made = UrlConfig("database", record(read))
    elif dotted in _URL_CASTS:
        made = UrlConfig(_URL_CASTS[dotted], call.argument(0, "url", default=UNKNOWN))  # type: ignore[arg-type]
    return made


def _get(call: Call, record: Record) -> Value:
    if not isinstance(plain(call.argument(0, "key")), str):
        return UNKNOWN
    return record(_read(call.argument(0, "key"), call.place, call.argument(1, "default", default=None)))


def _read(name: Value, place: Place, default: Value, cast: str = "") -> Read:
    return Read(name=str(plain(name)), place=place, default=default, cast=cast)


def _reader(kind: str, call: Call) -> Reader:
    declared: dict[str, tuple[str, Value]] = {}
    for name, value in call.keywords.items():
        said = plain(value)
        if isinstance(said, (tuple, list)) and len(said) == 2:
            declared[name] = (cast_of(said[0]), said[1])
        else:
            declared[name] = (cast_of(said), MISSING)
    match kind:
        case "environ":
            return Reader("environ", declared)
        case "environs":
            return Reader("environs")
    return Reader("decouple")


def cast_of(value: Value) -> str:
    """The name of a cast: bool, int, list."""
    if isinstance(value, Ref):
        name = value.dotted.rpartition(".")[2].lower()
        return "list" if name == "csv" else name
    return "list" if isinstance(value, (list, tuple)) else ""


def call_of_reader(reader: Reader, method: str, call: Call, record: Record) -> Value:
    """What env(...), env.bool(...), env.db(...), config(...) comes to."""
    if method in _URLS:
        return _url(reader, method, call, record)
    if method and method not in _CASTS:
        return UNKNOWN
    name = plain(call.argument(0, *_NAMES))
    if not isinstance(name, str):
        return UNKNOWN
    name = "".join(reader.prefix) + name
    declared_cast, declared = reader.declared.get(name, ("", MISSING))
    has_cast = method in {"", "get_value"}  # as its second argument
    positional = 2 if reader.kind == "environ" and has_cast else 1
    default = call.argument(positional, "default", default=declared)
    asked = call.argument(1, "cast", default=None)
    if isinstance(asked, Ref) and asked.dotted in _URL_CASTS:
        kind = _URL_CASTS[asked.dotted]
        return UrlConfig(kind, record(Read(name=name, place=call.place, default=default, cast=kind)))  # type: ignore[arg-type]
    cast = (cast_of(asked) or declared_cast) if has_cast else method
    return record(Read(name=name, place=call.place, default=default, cast=cast))


def _url(reader: Reader, method: str, call: Call, record: Record) -> Value:
    kind, usual = _URLS[method]
    name = "".join(reader.prefix) + str(plain(call.argument(0, *_NAMES, default=usual)))
    declared = reader.declared.get(name, ("", MISSING))[1]
    default = call.argument(1, "default", default=declared)
    return UrlConfig(kind, record(Read(name=name, place=call.place, default=default, cast=kind)))  # type: ignore[arg-type]


def cast_text(text: Value, cast: str) -> tuple[Value, str]:
    """What a cast makes of a variable's text, and the separator where it is a list."""
    if not isinstance(text, str):
        return text, ""
    match cast:
        case "bool":
            return text.strip().lower() in {"1", "true", "yes", "on", "y", "t", "ok"}, ""
        case "int":
            return (int(text) if text.strip().lstrip("-").isdecimal() else UNKNOWN), ""
        case "list" | "tuple":
            return [each.strip() for each in text.split(",") if each.strip()], ","
        case "" | "str" | "url" | "database" | "cache" | "email" | "search" | "channels" | "unicode":
            return text, ""
    return UNKNOWN, ""


def from_environment(read: Read, given: Mapping[str, str]) -> Tracked:
    """A read's value with what is given, else its default; UNKNOWN where there is neither."""
    if read.name in given:
        value, separator = cast_text(given[read.name], read.cast)
        return Tracked(value, (read,), separator)
    value = UNKNOWN if read.default is MISSING else plain(read.default)
    separator = "," if read.cast in {"list", "tuple"} else ""
    if separator and isinstance(value, str):
        value, _ = cast_text(value, read.cast)
    return Tracked(
        value, (read, *(read.default.reads if isinstance(read.default, Tracked) else ())), separator
    )
