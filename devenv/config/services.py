"""A service of devenv.yaml and its definition -> a finished Service."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import quote

from devenv.config.definitions import Definitions
from devenv.config.document import Path as Key
from devenv.config.environment import HealthCheck, Port, Service
from devenv.config.problems import did_you_mean
from devenv.config.processes import published
from devenv.config.reading import Reading
from devenv.config.service_choice import Chosen, choose
from devenv.config.service_model import DefinedHealthCheck, DefinedVolume, ServiceDefinition, ServiceSection

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_-]*)(:url)?\}")


def read_services(sections: Mapping[str, ServiceSection], reading: Reading) -> tuple[Service, ...]:
    """The services in the file's order, each variable given by one of them only."""
    definitions = Definitions(reading)
    services, ranks = [], []
    for name, section in sections.items():
        if chosen := choose(name, section, definitions, reading):
            services.append(_service(name, section, chosen, reading))
            ranks.append(chosen.definition.rank if chosen.definition else 0)
    winners = _winners(services, ranks, sections)
    return tuple(
        replace(each, gives={key: value for key, value in each.gives.items() if winners[key] == each.name})
        for each in services
    )


def _service(name: str, section: ServiceSection, chosen: Chosen, reading: Reading) -> Service:
    """What the section says, over what its definition says."""
    values = _values(name, section, chosen, reading)
    written = Service(
        name=name,
        kind=chosen.kind,
        image=chosen.image,
        env=section.env,
        command=section.command or (),
        ports=_ports(section, chosen.definition, name, reading),
        volumes=_volumes(name, section, chosen),
        health_check=_own_health_check(section.health_check) if section.health_check else None,
        gives={
            variable: _rendered(text, values, ("services", name, "gives", variable), reading)
            for variable, text in section.gives.items()
        },
    )
    if chosen.definition is None:
        return written
    return _over(
        chosen.definition, written, lambda text: _rendered(text, values, ("services", name), reading)
    )


def _over(definition: ServiceDefinition, written: Service, fill: Callable[[str], str]) -> Service:
    """A definition, its placeholders filled in, beneath what is written."""
    return replace(
        written,
        env={**{key: fill(text) for key, text in definition.env.items()}, **written.env},
        command=written.command or tuple(map(fill, definition.command or ())),
        health_check=written.health_check or _health_check(definition.health_check, fill),
        gives={**{key: fill(text) for key, text in definition.gives.items()}, **written.gives},
        shell=tuple(map(fill, definition.shell)),
    )


def _values(name: str, section: ServiceSection, chosen: Chosen, reading: Reading) -> Mapping[str, str]:
    """What placeholders stand for.

    A variable of `env` that the definition fills from a setting alone, such as POSTGRES_DB, is another way to
    write that setting: what is given to the app must agree with it.
    """
    definition = chosen.definition
    values = {"host": name, "version": chosen.version}
    if definition is None:
        for setting in section.settings:
            reading.complain(
                ("services", name, "settings", setting),
                "an image without a definition has no settings; use env",
            )
        return values | _first_port(section)
    for setting in section.settings:
        if setting not in definition.settings:
            known = did_you_mean(setting, definition.settings)
            reading.complain(
                ("services", name, "settings", setting), f"{chosen.kind} has no such setting; {known}"
            )
    by_env = {
        placeholder[1]: section.env[variable]
        for variable, text in definition.env.items()
        if variable in section.env and (placeholder := _PLACEHOLDER.fullmatch(text))
    }
    return {**definition.settings, **section.settings, **by_env, **values, "port": str(definition.port)}


def _first_port(section: ServiceSection) -> dict[str, str]:
    return {"port": str(section.ports[0].container)} if section.ports else {}


def _rendered(text: str, values: Mapping[str, str], key: Key, reading: Reading) -> str:
    """`text` with its placeholders filled in."""

    def fill(placeholder: re.Match[str]) -> str:
        if placeholder[1] not in values:
            reading.complain(
                key, f"{placeholder[0]} stands for nothing; {did_you_mean(placeholder[1], values)}"
            )
            return placeholder[0]
        value = values[placeholder[1]]
        return quote(value, safe="") if placeholder[2] else value

    return _PLACEHOLDER.sub(fill, text)


def _ports(
    section: ServiceSection, definition: ServiceDefinition | None, name: str, reading: Reading
) -> tuple[Port, ...]:
    """The definition's port, published where asked for, its other ports, then those that are written."""
    written = tuple(published(port) for port in section.ports)
    if definition is None:
        if section.publish:
            reading.complain(
                ("services", name, "publish"),
                "only a service with a definition has a port to publish; write `ports:`",
            )
        return written
    host = definition.port if section.publish is True else section.publish or None
    said = {port.container for port in written}
    others = (published(port) for port in definition.ports if port.container not in said)
    return (Port(container=definition.port, host=host), *others, *written)


def _volumes(name: str, section: ServiceSection, chosen: Chosen) -> Mapping[str, str]:
    """Mount paths; the definition's volume is named so that no other product or version opens the data."""
    written = {f"{name}-{volume}": path for volume, path in section.volumes.items()}
    volume = chosen.definition.volume if chosen.definition else None
    if volume is None:
        return written
    parts = [name, chosen.kind, *([_major(chosen.version)] if volume.per_major_version else [])]
    return {"-".join(parts): _mount_path(volume, _major(chosen.version)), **written}


def _mount_path(volume: DefinedVolume, major: str) -> str:
    """The path of the newest layout that the version has; a tag without a number is taken for the newest."""
    since = {int(first): path for first, path in volume.path_since.items()}
    begun = [first for first in since if not major.isdecimal() or first <= int(major)]
    return since[max(begun)] if begun else volume.path


def _major(version: str) -> str:
    """17.5-alpine -> 17; a tag that begins with no number stands for itself."""
    number = re.match(r"\d+", version)
    return number[0] if number else version


def _own_health_check(command: tuple[str, ...]) -> HealthCheck:
    """A text was split or given to a shell already; a list may be in compose's form."""
    return HealthCheck(test=command if command[0] in {"CMD", "CMD-SHELL"} else ("CMD", *command))


def _health_check(defined: DefinedHealthCheck, fill: Callable[[str], str]) -> HealthCheck:
    return HealthCheck(
        test=tuple(map(fill, defined.test)),
        interval_seconds=defined.interval_seconds,
        timeout_seconds=defined.timeout_seconds,
        retries=defined.retries,
        start_period_seconds=defined.start_period_seconds,
    )


def _winners(
    services: list[Service], ranks: list[int], sections: Mapping[str, ServiceSection]
) -> Mapping[str, str]:
    """Who gives a variable that several could: who says so in devenv.yaml, then the rank, then the first."""
    winners: dict[str, tuple[bool, int, str]] = {}
    for service, rank in zip(services, ranks, strict=True):
        for variable in service.gives:
            claim = (variable in sections[service.name].gives, rank, service.name)
            if variable not in winners or claim[:2] > winners[variable][:2]:
                winners[variable] = claim
    return {variable: claim[2] for variable, claim in winners.items()}
