"""What importing the settings in the app's image told, and the devenv.yaml that follows from it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any

from devenv.config.environment import MANAGE, WITHOUT_MANAGE
from devenv.detect.database import DRIVERS, LOCAL, kind_of_engine
from devenv.detect.finding import Finding
from devenv.detect.proposal import Noted, Proposal, ProposedService
from devenv.detect.remarks import IMPORT
from devenv.detect.servers import kind_of_backend
from devenv.detect.service_kinds import USUAL_NAMES, Kinds
from devenv.detect.variables import allows_localhost

_MARK = "devenv-settings:"
_NAME = re.compile(r"[a-z][a-z0-9_-]*")
_FAMILIES = {"mariadb": "mysql", "valkey": "redis"}
WHY = "the settings were imported in the image"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that settings use. `kind`: "" for none that devenv has; `login`: the user, and so on."""

    kind: str
    host: str = ""
    login: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """`databases`, `caches`, `channels`: the server by alias.

    `asked`: variables that were asked for and are not set. `error`: what ended the import, `at` this line.
    """

    databases: Mapping[str, Server] = field(default_factory=dict)
    caches: Mapping[str, Server] = field(default_factory=dict)
    channels: Mapping[str, Server] = field(default_factory=dict)
    apps: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    answers_localhost: bool = True
    error: str = ""
    at: str = ""

    @property
    def needed(self) -> str:
        """The variable whose absence ended the import, "" where it was something else."""
        named = [name for name in self.asked if re.search(rf"\b{re.escape(name)}\b", self.error)]
        return max(named, key=len, default="")


def probe_command() -> tuple[str, ...]:
    """What the image runs."""
    return ("python", "-c", files("devenv.detect").joinpath("probe.py").read_text(encoding="utf-8"))


def read_imported(printed: str) -> Imported | None:
    """What the probe printed, among whatever the settings print themselves; None where it said nothing."""
    lines = [line.removeprefix(_MARK) for line in printed.splitlines() if line.startswith(_MARK)]
    if not lines:
        return None
    said: dict[str, Any] = json.loads(lines[-1])
    return Imported(
        databases={alias: _database(entry) for alias, entry in said.get("databases", {}).items()},
        caches=_servers(said.get("caches", {})),
        channels=_servers(said.get("channels", {})),
        apps=tuple(said.get("apps", ())),
        asked=tuple(said["asked"]),
        answers_localhost=allows_localhost(said.get("hosts", ["*"]), debug=said.get("debug", False)),
        error=said.get("error", ""),
        at=said.get("at", ""),
    )


def _database(entry: Mapping[str, str]) -> Server:
    words = {"NAME": "database", "USER": "user", "PASSWORD": "password"}
    login = {word: entry[key] for key, word in words.items() if entry.get(key)}
    return Server(kind_of_engine(entry.get("ENGINE", "")), entry.get("HOST", ""), login)


def _servers(entries: Mapping[str, Mapping[str, str]]) -> dict[str, Server]:
    return {
        alias: Server(kind_of_backend(entry.get("BACKEND", "")), _host(entry.get("LOCATION", "")))
        for alias, entry in entries.items()
    }


def _host(location: str) -> str:
    """The host of a cache's address: `redis://cache:6379/1`, `cache:11211`."""
    found = re.search(r"^(?:\[')?(?:\w[\w+]*://)?(?:[^@/]*@)?([\w.-]+)", location)
    return found[1] if found else ""


def findings_of(imported: Imported) -> tuple[Finding, ...]:
    """A line for each thing that the import told."""
    if imported.error:
        return (
            Finding(topic="open", value=f"the settings cannot be imported: {imported.error} ({imported.at})"),
        )
    found = [
        Finding(
            topic=topic,
            value=f"{alias}: {server.kind or 'no server'}{f' at {server.host}' if server.host else ''}",
            why=WHY,
        )
        for topic, several in (
            ("database", imported.databases),
            ("cache", imported.caches),
            ("channels", imported.channels),
        )
        for alias, server in several.items()
    ]
    apps = Finding(topic="apps", value=f"{len(imported.apps)} installed", why=WHY)
    return (*found, apps)


def completed(proposal: Proposal, imported: Imported, env: Mapping[str, str], kinds: Kinds) -> Proposal:
    """The proposal with what only the import told: variables, and the servers that the settings use."""
    added = {name: Noted(value, "asked for when the settings were imported") for name, value in env.items()}
    hosts = [name for name in imported.asked if name.upper().endswith("ALLOWED_HOSTS")]
    if hosts and not imported.answers_localhost:
        added[hosts[0]] = Noted("localhost,127.0.0.1", "the hosts that Django answers to")
    proposal = replace(proposal, env={**proposal.env, **added})
    if imported.error:
        return proposal
    proposal = replace(proposal, remarks=tuple(each for each in proposal.remarks if each.value != IMPORT))
    if not imported.databases:
        jobs = {name: job for name, job in proposal.jobs.items() if not _is_djangos(job)}
        proposal = replace(proposal, jobs=jobs)
    proposal = _with_database(proposal, imported.databases.get("default", Server("")), kinds)
    for server in (*imported.caches.values(), *imported.channels.values()):
        if server.kind and not _of(proposal, server.kind):
            proposal = _and(proposal, _service(server, kinds))
    return proposal


def _is_djangos(job: Noted) -> bool:
    return any(" ".join(words) in job.value for words in (MANAGE, WITHOUT_MANAGE))


def _with_database(proposal: Proposal, server: Server, kinds: Kinds) -> Proposal:
    others = [other for other in DRIVERS if other != server.kind]
    kept = tuple(each for each in proposal.services if _family(each.kind) not in others)
    proposal = replace(proposal, services=kept)
    if server.kind not in DRIVERS:
        return proposal
    if not _of(proposal, server.kind):
        return _and(proposal, _service(server, kinds))
    services = [_reached(server, each, kinds) if _family(each.kind) == server.kind else each for each in kept]
    return replace(proposal, services=tuple(services))


def _service(server: Server, kinds: Kinds) -> ProposedService:
    own = "mariadb" if server.kind == "mysql" else server.kind
    name = USUAL_NAMES.get(own, own)
    made = ProposedService(name=name, kind=own, image=kinds.default_image(own), note=WHY)
    return _reached(server, made, kinds)


def _reached(server: Server, service: ProposedService, kinds: Kinds) -> ProposedService:
    """The service as the settings look for it: what variables give them is there already."""
    usual = {**kinds.definitions[service.kind].settings, **service.settings}
    login = {word: text for word, text in server.login.items() if usual.get(word) != text}
    service = replace(service, settings={**service.settings, **login})
    if server.host in LOCAL and server.kind in DRIVERS:
        return replace(service, localhost=service.localhost or "true")
    is_name = _NAME.fullmatch(server.host) and server.host not in LOCAL
    return replace(service, name=server.host) if is_name else service


def _and(proposal: Proposal, service: ProposedService) -> Proposal:
    return replace(proposal, services=(*proposal.services, service))


def _of(proposal: Proposal, kind: str) -> bool:
    return any(_family(each.kind) == kind for each in proposal.services)


def _family(kind: str) -> str:
    return _FAMILIES.get(kind, kind)
