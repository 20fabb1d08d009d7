"""Caches, brokers and channel layers that settings ask for, and how their addresses reach them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from devenv.detect.database import LOCAL
from devenv.detect.finding import Place
from devenv.detect.values import (
    MISSING,
    UNKNOWN,
    Namespace,
    Read,
    UrlConfig,
    Value,
    leaves,
    plain,
    reads_of,
)

_SCHEMES = (
    (r"rediss?|valkeys?|rediscache|django-redis|redis\+sentinel", "redis"),
    (r"amqps?|pyamqp|rabbitmq", "rabbitmq"),
    (r"memcache|pymemcache|pymemcached|pylibmc", "memcached"),
)
_BACKENDS = (
    (r"redis", "redis"),
    (r"memcached|pylibmc|pymemcache", "memcached"),
    (r"amqp|rabbitmq", "rabbitmq"),
)
_CLIENTS = {
    "redis": frozenset(("redis", "django-redis", "django-redis-cache", "valkey")),
    "memcached": frozenset(("pymemcache", "pylibmc", "python-memcached")),
}
USUAL_PORTS = {"redis": "6379", "rabbitmq": "5672", "memcached": "11211"}
_BROKERS = ("CELERY_BROKER_URL", "BROKER_URL", "CELERY_BROKER")
_HOLDERS = {  # settings that are about one product whatever they say
    "RQ_QUEUES": "redis",
    "RQ": "redis",
    "CHANNEL_LAYERS": "redis",
    "HUEY": "redis",
    "DRAMATIQ_BROKER": "",
    "CACHES": "",
    "Q_CLUSTER": "",
}


@dataclass(slots=True)
class Use:
    """A product that the settings use: by which hosts, by which variables, where."""

    kind: str
    hosts: dict[str, None] = field(default_factory=dict)  # of constants and defaults, none local
    gives: dict[str, str] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    why: str = ""
    localhost: str = ""  # "true" or a port, where what nobody sets names this machine


def find_servers(settings: Namespace, packages: Mapping[str, str]) -> dict[str, Use]:
    """The products by kind. packages: version by name; a client tells which server a bare URL is of."""
    uses: dict[str, Use] = {}
    client = next((kind for kind, names in _CLIENTS.items() if names & packages.keys()), "")
    for name, value in settings.values.items():
        if not name.isupper() or name == "DATABASES":
            continue
        for kind, leaf in _used(name, value, client):
            use = uses.setdefault(kind, Use(kind, why=name))
            _note(use, leaf)
            place = settings.places.get(name)
            if place and place not in use.places:
                use.places.append(place)
    return uses


def _used(name: str, value: Value, client: str) -> Iterator[tuple[str, Value]]:
    if name in _HOLDERS:
        yield from _of_holder(name, value)
        if name == "CACHES" and client:
            yield from ((client, url) for url in _cache_urls_to_be(value))
        return
    for leaf in leaves(value):
        url = leaf.url if isinstance(leaf, UrlConfig) else leaf
        if kind := kind_of_url(plain(url)):
            yield kind, url


def _cache_urls_to_be(value: Value) -> Iterator[Value]:
    """Variables without a default that settings read as the URL of a cache."""
    for leaf in leaves(value):
        if isinstance(leaf, UrlConfig) and leaf.kind == "cache":
            reads = reads_of(leaf.url)
            if reads and all(plain(read.default) in (None, "", UNKNOWN, MISSING) for read in reads):
                yield leaf.url


def _of_holder(name: str, value: Value) -> Iterator[tuple[str, Value]]:
    """A dict of settings: the backend tells the product, what stands beside it the address."""
    entries = plain(value)
    if name == "HUEY" and isinstance(entries, dict):
        value = {key: said for key, said in entries.items() if key != "name"}  # of the queue
    parts = list(leaves(value))
    texts = [str(plain(part.url if isinstance(part, UrlConfig) else part)) for part in parts]
    backends = [text for text in texts if "." in text and "://" not in text]
    kinds = {kind for text in backends for pattern, kind in _BACKENDS if re.search(pattern, text.lower())}
    kinds |= {kind for text in texts if (kind := kind_of_url(text))}
    if name in {"RQ_QUEUES", "HUEY"} and isinstance(entries, (dict, list)) and entries:
        elsewhere = any(re.search(r"(Sqlite|File|Memory)\w*Huey$", text) for text in texts)
        kinds = kinds or (set() if elsewhere else {_HOLDERS[name]})
    for kind in sorted(kinds):
        yield from ((kind, pair) for pair in _pairs(value))
        for part in parts:
            url = part.url if isinstance(part, UrlConfig) else part
            own = kind_of_url(plain(url))
            if own == kind or (not own and _is_address(url)):
                yield kind, url
        if not any(kind_of_url(plain(part)) == kind for part in parts):
            yield kind, None


def _pairs(value: Value) -> Iterator[str]:
    """Hosts that are written down beside their port: `("queue", 6379)`."""
    known = plain(value)
    if isinstance(known, dict):
        for each in known.values():
            yield from _pairs(each)
    elif isinstance(known, (list, tuple)):
        match [plain(each) for each in known]:
            case [str(host), None] if re.fullmatch(r"[a-z][\w-]*", host):
                yield host  # its port is in a variable that nobody sets
            case [str(host), int() | str() as port] if re.fullmatch(r"[a-z][\w-]*:\d+", f"{host}:{port}"):
                yield f"{host}:{port}"
        for each in known:
            yield from _pairs(each)


def _is_address(value: Value) -> bool:
    """Whether it is a host, alone or with a port, or a variable that is named for an address."""
    known = plain(value)
    if any(re.search(r"(HOST|PORT|URL|SERVER|LOCATION)S?$", read.name) for read in reads_of(value)):
        return True
    return isinstance(known, str) and (
        known in LOCAL - {""} or re.fullmatch(r"[\w.-]+:\d+", known) is not None
    )


def kind_of_backend(dotted: str) -> str:
    """The product that a backend of caches or channels speaks to, "" where it is none that devenv has."""
    return next((kind for pattern, kind in _BACKENDS if re.search(pattern, dotted.lower())), "")


def kind_of_url(value: object) -> str:
    """The product of a URL, "" for anything else."""
    if not isinstance(value, str) or "://" not in value:
        return ""
    scheme = value.partition("://")[0].strip().lower()
    return next((kind for pattern, kind in _SCHEMES if re.fullmatch(pattern, scheme)), "")


def _note(use: Use, value: Value) -> None:
    """What one address tells of a product: a host that is written down, a variable that must be given."""
    known = plain(value)
    reads = reads_of(value)
    host = _host_of(known)
    if host and host not in LOCAL and "." not in host and not _is_no_name(host, reads):
        use.hosts[host] = None
    gives = {}
    if reads and (whole := _whole_address(use.kind, value, reads)):
        gives = {reads[0].name: whole}
    else:
        gives = {read.name: part for read in reads if (part := address_part(read, use.kind))}
    if use.kind == "redis" and re.search(r"//\w*:(None)?@", str(known)):  # ours has none, "None" would be one
        gives |= {read.name: "" for read in reads if "PASS" in read.name.upper()}
    use.gives = {**gives, **use.gives}
    if host in LOCAL - {""} and not gives:
        use.localhost = use.localhost or _port_of(known, use.kind)


def _is_no_name(host: str, reads: Sequence[Read]) -> bool:
    """Whether it is a port alone, or what Python writes for a variable that nobody sets."""
    return host.isdecimal() or (host == "none" and bool(reads))


def _host_of(known: Value) -> str:
    """The host of a URL, or of `host` and `host:port`."""
    if isinstance(known, str) and "://" in known:
        return _host(known)
    is_host = isinstance(known, str) and re.fullmatch(r"[\w.-]+(:\d+)?", known)
    return str(known).partition(":")[0] if is_host else ""


def _port_of(known: Value, kind: str) -> str:
    """ "true" for the product's usual port, else the port."""
    found = re.search(r":(\d+)(/|$)", str(known))
    return found[1] if found and found[1] != USUAL_PORTS.get(kind, found[1]) else "true"


def _whole_address(kind: str, value: Value, reads: Sequence[Read]) -> str:
    """The address that one variable holds all of; "" where several hold its parts."""
    known, default = plain(value), plain(reads[0].default)
    if reads[0].cast == "cache":
        return address(kind, str(default))
    if len({read.name for read in reads}) > 1 or not isinstance(known, str) or "://" not in known:
        return ""
    if isinstance(default, str) and kind_of_url(default) == kind:
        return address(kind, default)
    is_part = address_part(reads[0], kind) in {"{host}", "{port}"}
    return address(kind, known) if default in (None, UNKNOWN, MISSING) and not is_part else ""


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def address(kind: str, default: str = "") -> str:
    """A URL of the product in the words of its definition, with the path that the project has."""
    if kind == "rabbitmq":
        return "amqp://{user:url}:{password:url}@{host}:{port}/{vhost:url}"
    scheme = default.partition("://")[0] if "://" in default else {"memcached": "memcache"}.get(kind, "redis")
    path = ""
    if "://" in default:
        try:
            path = urlsplit(default).path.strip("/")
        except ValueError:
            path = ""
    if kind == "redis" and scheme in {"rediss", "valkeys"}:
        scheme = "redis"
    return f"{scheme}://{{host}}:{{port}}" + (f"/{path or 0}" if kind == "redis" else "")


def address_part(read: Read, kind: str) -> str:
    """What a variable is, by its name: CACHE_HOST -> {host}."""
    name = read.name.upper()
    if kind == "rabbitmq" and re.search(r"V_?HOST$", name):
        return "{vhost}"
    for pattern, part in (
        (r"(HOST|HOSTNAME|SERVER)$", "{host}"),
        (r"PORT$", "{port}"),
        (r"(LOCATION|ADDRESS|SERVERS)$", "{host}:{port}"),
        (r"(URL|URI|DSN|BROKER|BACKEND)$", address(kind)),
    ):
        if re.search(pattern, name):
            return part
    if kind == "rabbitmq":
        if re.search(r"USER(NAME)?$", name):
            return "{user}"
        if re.search(r"PASS(WORD)?$", name):
            return "{password}"
    return ""


def broker_of(settings: Namespace, celery: Mapping[str, Value]) -> Value:
    """The broker that Celery is told of, UNKNOWN where nothing tells."""
    for name in _BROKERS:
        if name in settings.values:
            return settings.values[name]
    return celery.get("broker", UNKNOWN)
