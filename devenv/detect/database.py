"""The database that settings ask for, and how its names and passwords reach them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from devenv.detect.finding import Confidence, Finding, Place
from devenv.detect.values import UNKNOWN, Namespace, UrlConfig, Value, plain, reads_of

LOCAL = frozenset(("", "localhost", "127.0.0.1", "::1", "0.0.0.0"))  # noqa: S104 - compared, not bound
_ENGINES = (
    (r"postg|psql|psycopg|pgsql|timescale|cockroach", "postgres"),
    (r"mysql|mariadb", "mysql"),
    (r"sqlite|spatialite", "sqlite"),
)
DRIVERS = {
    "postgres": ("psycopg2", "psycopg2-binary", "psycopg", "psycopg-binary", "psycopg2cffi"),
    "mysql": ("mysqlclient", "pymysql", "mysql-connector-python"),
}
USUAL_PORTS = {"postgres": "5432", "mysql": "3306"}
_PARTS = {"NAME": "database", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
_BY_NAME = (
    (r"(HOST|HOSTNAME|SERVER|ADDR|ADDRESS)$", "host"),
    (r"PORT$", "port"),
    (r"(USER|USERNAME|LOGIN)$", "user"),
    (r"(PASS|PASSWORD|PASSWD|PWD)$", "password"),
    (r"(NAME|DB|DATABASE)$", "database"),
)
_DATABASE_WORD = re.compile(r"(^|_)(DB|DATABASE|POSTGRES|POSTGRESQL|PG|SQL|MYSQL|MARIADB|RDS)(_|$)|^PG|^DB")


@dataclass(frozen=True, kw_only=True, slots=True)
class Database:
    """`kind`: postgres, mysql, sqlite, none (DATABASES is empty), or "" where nothing tells.

    `gives`: by variable of the settings what it must be, in the words of a service definition.
    `fixed`: settings of the service that the project has as constants. `host`: the name it must have.
    `localhost`: "true", or the port, where constants say that it is on the machine of the app.
    """

    kind: str
    finding: Finding
    gives: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    host: str = ""
    is_gis: bool = False
    localhost: str = ""


def kind_of_engine(text: object) -> str:
    """The product of an ENGINE or of a URL's scheme, "" for one that is not known."""
    found = (kind for pattern, kind in _ENGINES if re.search(pattern, str(text).lower()))
    return next(found, "")


def names_a_database(name: str) -> bool:
    """Whether a variable is named for a part of a database's address."""
    return _DATABASE_WORD.search(name.upper()) is not None


def driver_kinds(packages: Mapping[str, str]) -> list[str]:
    """The databases that the installed drivers speak to."""
    return [kind for kind, names in DRIVERS.items() if any(name in packages for name in names)]


def find_database(
    settings: Namespace, packages: Mapping[str, str], names_read: Mapping[str, Place]
) -> Database:
    """What DATABASES["default"] comes to."""
    databases: Any = plain(settings.values.get("DATABASES", UNKNOWN))
    place = settings.places.get("DATABASES")
    evidence = (place,) if place else ()
    default = databases.get("default", UNKNOWN) if isinstance(databases, dict) else UNKNOWN
    if isinstance(databases, dict) and (not databases or plain(default) == {}):
        finding = Finding(topic="database", value="none", why="DATABASES is empty", evidence=evidence)
        return Database(kind="none", finding=finding)
    if isinstance(default, UrlConfig):
        return _of_url(default, packages, evidence)
    if isinstance(known := plain(default), dict):
        if "ENGINE" in known:
            return _of_parts(known, packages, evidence)
        if known and isinstance(url := next(iter(known.values())), UrlConfig):
            return _of_url(url, packages, evidence)
    return _of_names(packages, names_read, evidence)


def _of_url(config: UrlConfig, packages: Mapping[str, str], evidence: tuple[Place, ...]) -> Database:
    """A URL: from a variable, from several parts, or written down."""
    text = plain(config.url)
    reads = reads_of(config.url)
    names = list(dict.fromkeys(read.name for read in reads))
    engine = config.extra.get("ENGINE", "")
    known = isinstance(text, str) and text and "://" in text
    kind = (kind_of_engine(urlsplit(str(text)).scheme) if known else "") or kind_of_engine(plain(engine))
    drivers = driver_kinds(packages)
    confidence = Confidence.CERTAIN if kind else Confidence.LIKELY
    if not kind and text in (None, "") and not drivers:
        kind = "sqlite"
    kind = kind or (drivers[0] if drivers else "sqlite" if not names else "postgres")
    why = f"{names[0]} is read" if names else "the URL is written down"
    if not known and drivers:
        why += f", and the driver is {next(name for name in DRIVERS[drivers[0]] if name in packages)}"
    finding = Finding(topic="database", value=kind, why=why, evidence=evidence, confidence=confidence)
    scheme = urlsplit(str(text)).scheme if known and kind != "sqlite" else ""
    if len(names) > 1:
        gives = {name: f"{{{part}}}" for name in names if (part := part_of(name))}
    else:
        gives = {name: _url(kind, scheme) for name in names}
    if names or not known:
        return Database(kind=kind, finding=finding, gives=gives, is_gis="gis" in scheme + str(plain(engine)))
    parts = urlsplit(str(text))
    fixed = {"user": parts.username, "password": parts.password, "database": parts.path.strip("/")}
    return Database(
        kind=kind,
        finding=finding,
        fixed={name: unquote(value) for name, value in fixed.items() if value},
        host=parts.hostname or "",
        localhost=_localhost(parts.hostname or "", _port(parts), kind),
        is_gis="gis" in scheme + str(plain(engine)),
    )


def _url(kind: str, scheme: str = "") -> str:
    scheme = scheme or ("mysql" if kind == "mysql" else "postgres")
    return f"{scheme}://{{user:url}}:{{password:url}}@{{host}}:{{port}}/{{database:url}}"


def part_of(name: str) -> str:
    """What of a database a variable names by its ending: DB_HOST -> host."""
    return next((part for pattern, part in _BY_NAME if re.search(pattern, name.upper())), "")


def _of_parts(
    entry: Mapping[str, Value], packages: Mapping[str, str], evidence: tuple[Place, ...]
) -> Database:
    """A dict with ENGINE, NAME, USER and so on, each a constant or a variable."""
    engine = plain(entry["ENGINE"])
    kind = kind_of_engine(engine) if engine is not UNKNOWN else ""
    if not kind:
        drivers = driver_kinds(packages)
        is_file = re.search(r"\.(sqlite3?|db)$", str(plain(entry.get("NAME", ""))))
        kind = drivers[0] if drivers and not is_file else "sqlite"
        tells = "NAME is a file" if is_file else "the installed driver tells"
        finding = _by_other_means(
            engine, kind, tells if drivers or is_file else "no driver is installed", evidence
        )
    else:
        finding = Finding(topic="database", value=kind, why=f"ENGINE is {engine}", evidence=evidence)
    if kind == "sqlite":
        return Database(kind=kind, finding=finding)
    gives: dict[str, str] = {}
    fixed: dict[str, str] = {}
    for key, part in _PARTS.items():
        value = entry.get(key, "")
        if reads := reads_of(value):
            of_several = reads[0].name in gives  # parts of one URL
            gives[reads[0].name] = _url(kind) if of_several else f"{{{part}}}"
        elif isinstance(known := plain(value), (str, int)) and str(known):
            fixed[part] = str(known)
    host = fixed.pop("host", "")
    port = fixed.pop("port", "")
    variable_host = reads_of(entry.get("HOST", ""))
    if variable_host and isinstance(usual := plain(entry["HOST"]), str) and usual not in LOCAL:
        host = usual
    return Database(
        kind=kind,
        finding=finding,
        gives=gives,
        fixed=fixed,
        host=host,
        is_gis="gis" in str(engine),
        localhost="" if variable_host else _localhost(host, port, kind),
    )


def _by_other_means(engine: Value, kind: str, tells: str, evidence: tuple[Place, ...]) -> Finding:
    said = (
        "cannot be read without running" if engine is UNKNOWN else f"is {engine}" if engine else "is not set"
    )
    return Finding(
        topic="database",
        value=kind,
        why=f"ENGINE {said}; {tells}",
        evidence=evidence,
        confidence=Confidence.GUESS,
    )


def _port(parts: SplitResult) -> str:
    try:
        return str(parts.port or "")
    except ValueError:
        return ""


def _localhost(host: str, port: str, kind: str) -> str:
    """ "true", or the port where it is not the usual one, of a server on the app's own machine."""
    if host not in LOCAL or kind not in DRIVERS:
        return ""
    return port if port.isdecimal() and port != USUAL_PORTS[kind] else "true"


def _of_names(
    packages: Mapping[str, str], names_read: Mapping[str, Place], evidence: tuple[Place, ...]
) -> Database:
    """Where reading does not tell: the installed driver, and variables that are named for a database."""
    drivers = driver_kinds(packages)
    names = {name: place for name, place in names_read.items() if names_a_database(name)}
    kind = drivers[0] if drivers else "sqlite"
    gives = {
        name: f"{{{part}}}" if not name.upper().endswith(("URL", "DSN", "URI")) else _url(kind)
        for name in names
        if (part := part_of(name)) or name.upper().endswith(("URL", "DSN", "URI"))
    }
    why = "DATABASES cannot be read without running; " + (
        "the installed driver tells" if drivers else "no driver for a server is installed"
    )
    finding = Finding(
        topic="database",
        value=kind,
        why=why,
        evidence=(*evidence, *names.values())[:3],
        confidence=Confidence.GUESS,
    )
    return Database(kind=kind, finding=finding, gives={} if kind == "sqlite" else gives)
