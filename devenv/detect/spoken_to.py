"""Servers that the code speaks to and the settings do not: by variables that the compose file gives it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from posixpath import dirname
from urllib.parse import urlsplit

from devenv.detect.compose_file import ComposeService
from devenv.detect.finding import Finding, Place
from devenv.detect.proposal import ProposedService
from devenv.detect.roots import is_below
from devenv.detect.servers import address, address_part, kind_of_url
from devenv.detect.service_kinds import Kinds
from devenv.detect.services import NOT_IMPORTED, OF_THE_APP, Services
from devenv.detect.surroundings import Surroundings
from devenv.detect.tree import Tree
from devenv.detect.values import Read

_KINDS = frozenset(("redis", "valkey", "rabbitmq", "memcached"))
_OF_OTHERS = re.compile(r"(^|/)(tests?|migrations)/|(^|/)(test_\w+|conftest)\.py$")
_NONE: tuple[dict[str, str], Place | None] = ({}, None)
_LIKE_SETTINGS = re.compile(r"settings|(^|/)(config|conf|env)")


def spoken_to(
    around: Surroundings, services: Services, gone_through: Collection[str], kinds: Kinds
) -> Services:
    """The services, and those that the code speaks to. gone_through: the files that the settings come from.

    What the settings themselves use is known; other files of settings are for production.
    """
    code = [path for path in around.files.paths if _is_code(path, around.project.folder)]
    code = [path for path in code if path not in gone_through]
    said = _said_to_the_app(around)
    proposed, findings = list(services.proposed), list(services.findings)
    for server in around.compose:
        kind = kinds.of_image(server.repository) if server.image and not server.built else ""
        gives, place = _gives(kind, server.name, said, around.files, code) if _is_one(server, kind) else _NONE
        if not gives or place is None:
            continue
        there = next((each for each in proposed if server.name == each.name or kind == each.kind != ""), None)
        if there and kind:
            more = {name: text for name, text in gives.items() if name not in kinds.gives(kind)}
            proposed[proposed.index(there)] = replace(there, gives={**more, **there.gives})
            continue
        if there:
            continue
        proposed.append(_service(server, kind, gives, kinds))
        why = f"the code speaks to it by {next(iter(gives))}"
        value = f"{server.name} ({proposed[-1].image})"
        findings.append(Finding(topic="service", value=value, why=why, evidence=(place,)))
    return Services(tuple(proposed), tuple(findings))


def _is_one(server: ComposeService, kind: str) -> bool:
    """Whether it is a server of its own: no database of devenv's, no page for people, not the app."""
    if kind or server.built or not server.image:
        return kind in _KINDS
    return not NOT_IMPORTED.search(server.image) and not OF_THE_APP.search(server.command)


def _is_code(path: str, folder: str) -> bool:
    own = path.endswith(".py") and is_below(path, (folder,))
    return own and not _OF_OTHERS.search(path) and not _LIKE_SETTINGS.search(path)


def _said_to_the_app(around: Surroundings) -> Mapping[str, str]:
    """What the compose file sets for the containers that are built of the project."""
    found: dict[str, str] = {}
    for each in around.compose:
        if each == around.app_service or (each.built and (dirname(each.dockerfile) or ".") in around.folders):
            found = {**each.env, **found}
    return found


def _gives(
    kind: str, host: str, said: Mapping[str, str], files: Tree, code: list[str]
) -> tuple[dict[str, str], Place | None]:
    """The variables that make up a server's address, as the code reads them, and where it does first."""
    names = [name for name, value in said.items() if _host_of(value) == host]
    places = {name: place for name in names if (place := next(_reads(name, files, code), None))}
    prefixes = {name.rpartition("_")[0] for name in places} - {""}
    beside = [name for name in said if name.rpartition("_")[0] in prefixes and name not in places]
    parts = {
        name: "{host}" if said[name] == host else _part(kind, name, said[name]) for name in (*places, *beside)
    }
    return {name: part for name, part in parts.items() if part}, next(iter(places.values()), None)


def _part(kind: str, name: str, value: str) -> str:
    """What devenv.yaml gives for it; of an image that devenv does not know, what the compose file says."""
    if not kind:
        return "" if {*"{}"} & {*value} else value
    if kind_of_url(value) == kind:
        return address(kind, value)
    return address_part(Read(name=name, place=Place(".")), kind)


def _host_of(value: str) -> str:
    if "://" not in value:
        return value.partition(":")[0]
    try:
        return urlsplit(value).hostname or ""
    except ValueError:
        return ""


def _reads(name: str, files: Tree, code: list[str]) -> Iterator[Place]:
    """Where the code names a variable, or the setting of that name."""
    for path in code:
        if name in files.text(path):
            for number, line in files.lines(path):
                if re.search(rf"""["']{re.escape(name)}["']|\bsettings\.{re.escape(name)}\b""", line):
                    yield Place(path, number)


def _service(server: ComposeService, kind: str, gives: Mapping[str, str], kinds: Kinds) -> ProposedService:
    """RabbitMQ's usual vhost is meant where nothing says which."""
    if not kind:
        image = server.image if server.tag else f"{server.image}:latest"
        return ProposedService(
            name=server.name,
            kind="",
            image=image,
            note=str(server.place),
            env=server.env,
            command=server.command,
            gives=gives,
        )
    is_usual = kind == "rabbitmq" and not any("{vhost" in text for text in gives.values())
    return ProposedService(
        name=server.name,
        kind=kind,
        image=kinds.image(kind, server.repository, server.image),
        note=str(server.place),
        settings={"vhost": "/"} if is_usual else {},
        gives={name: text for name, text in gives.items() if name not in kinds.gives(kind)},
    )
