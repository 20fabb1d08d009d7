"""Servers other than the database: a broker or cache that is not reached, a port that is taken."""

from __future__ import annotations

import re

from devenv.cards.clues import Clues, shortened
from devenv.cards.edits import add_entry
from devenv.config.environment import Service
from devenv.errors import Card, Edit

_BROKER = r"Cannot connect to (\w+)://(?:[^@/]*@)?([\w.-]+)(?::\d+)?\S*: (.*?)\.?$"
_REDIS = r"Error -?\d+ connecting to ([\w.-]+):\d+\. ([\w ]+)"
_ITSELF = frozenset(("localhost", "127.0.0.1"))
_KINDS = {
    "amqp": ("rabbitmq",),
    "amqps": ("rabbitmq",),
    "pyamqp": ("rabbitmq",),
    "redis": ("redis", "valkey"),
    "rediss": ("redis", "valkey"),
}
_TAKEN = (
    r"[Pp]ort is already allocated",
    r"Error: That port is already in use",
    r"\[Errno 98\] (?:error while attempting to bind on address .*: )?[Aa]ddress already in use",
    r"listen tcp\S* \S+: bind: address already in use",
    r"ports are not available",
)


def broker_unreachable(clues: Clues) -> Card | None:
    """Celery's own words for a broker that it does not reach; it goes on trying for ever."""
    found = clues.search(_BROKER)
    if found is None or found[1] not in _KINDS:
        return None
    scheme, host = found[1], found[2]
    reason = "it refuses connections" if "refused" in found[3] else found[3].rpartition(": ")[2].lower()
    if re.search("not known|resolution|No address", found[3]):
        reason = "there is no such host"
    service = clues.service(*_KINDS[scheme])
    default = scheme.startswith(("amqp", "pyamqp")) and host in _ITSELF and service is None
    cause = f"celery does not reach its broker at `{host}`: {reason}"
    if default:
        cause += "; that is the address it takes when no broker is set"
    return Card(
        cause=cause,
        evidence=(found.string.strip(),),
        next_step=_reach(service, "" if default else host, "CELERY_BROKER_URL"),
        edit=None if service else _added(clues, "broker", _KINDS[scheme][0], "" if default else host),
    )


def no_celery_app(clues: Clues) -> Card | None:
    """The module after `celery -A` has no Celery app, or is not there."""
    found = clues.search(
        r"Module '([\w.]+)' has no attribute '(celery|\w+)'|The module ([\w.]+) was not found"
    )
    if found is None or not clues.search("Unable to load celery application"):
        return None
    module = found[1] or found[3]
    likely = next((each for each in clues.modules if each.rpartition(".")[2].startswith("celery")), "")
    return Card(
        cause=f"`celery -A {module}` finds no Celery app there"
        + (f"; did you mean `{likely}`?" if likely else ""),
        evidence=(found[0],),
        next_step=f"name the module that calls Celery( in the command of `{clues.failure.subject}`",
    )


def server_unreachable(clues: Clues) -> Card | None:
    """redis-py's words for a server that it does not reach."""
    found = clues.search(_REDIS)
    if found is None:
        return None
    service = clues.service("redis", "valkey")
    host = found[1]
    name = host if host not in _ITSELF and host.isidentifier() else "cache"
    return Card(
        cause=f"Redis is not reached at `{host}`: {found[2].lower()}",
        evidence=(found[0],),
        next_step=_reach(service, host, "REDIS_URL"),
        edit=None if service else _added(clues, name, "redis", host),
    )


def _added(clues: Clues, name: str, kind: str, host: str) -> Edit | None:
    """A service that is found where the app looks for it: its address may be written down in the code."""
    said = f"{name}: {{type: {kind}, localhost: true}}" if host in _ITSELF else f"{name}: {kind}"
    return add_entry(clues.environment, "services", said)


def _reach(service: Service | None, host: str, variable: str) -> str:
    if service is None and host in _ITSELF:
        return f"add the server as a service, which then is reached at `{host}`, too"
    if service is None:
        return "add the server as a service; the app then is given its address"
    if host == service.name:
        return f"see what it says: `devenv logs {service.name}`"
    given = variable if variable in service.gives else ", ".join(service.gives) or service.name
    itself = " (in a container that is the container itself)" if host in _ITSELF else ""
    return f"not `{host}`{itself} but `{service.name}` is its name here: let the settings read {given}"


def port_taken(clues: Clues) -> Card | None:
    """Something listens already where a server wants to."""
    found = next((found for pattern in _TAKEN if (found := clues.search(pattern))), None)
    if found is None:
        return None
    inside = "Errno" in found[0] or "That port" in found[0]
    if inside:
        cause = "the port is taken inside the container: a second server was started beside the first"
        step = f"start one server; see the command of `{clues.failure.subject}` in devenv.yaml"
    else:
        cause = "another program of this machine has the port"
        step = "run `devenv up` again, which takes the next free port; `devenv doctor` says who has it"
    return Card(cause=cause, evidence=(shortened(found.string, 120),), next_step=step)
