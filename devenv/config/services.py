"""A service of devenv.yaml and its definition -> a finished Service."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import quote

from devenv.config.compose_keys import read_compose
from devenv.config.definitions import Definitions
from devenv.config.document import Path as Key
from devenv.config.environment import Database, HealthCheck, Mount, Port, Service
from devenv.config.mounts import read_mounts, read_resources
from devenv.config.problems import did_you_mean
from devenv.config.processes import published
from devenv.config.reading import Reading
from devenv.config.service_choice import Chosen, choose, major_of
from devenv.config.service_folder import read_folder
from devenv.config.service_model import DefinedHealthCheck, DefinedVolume, ServiceDefinition, ServiceSection

_NO_PORT_TO_PUBLISH = "only a service with a definition has a port to publish; write `port:`"
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_-]*)(:url)?\}")


def read_services(sections: Mapping[str, ServiceSection], reading: Reading) -> tuple[Service, ...]:
    """The services in the file's order, each variable given by one of them only."""
    definitions = Definitions(reading)
    services, ranks = [], []
    for name, section in sections.items():
        if chosen := choose(name, section, definitions, reading):
            services.append(_without(_service(name, section, chosen, reading), section, reading))
            ranks.append(chosen.definition.rank if chosen.definition else 0)
    winners = _winners(services, ranks, sections)
    return tuple(
        replace(each, gives={key: value for key, value in each.gives.items() if winners[key] == each.name})
        for each in services
    )


def _without(service: Service, section: ServiceSection, reading: Reading) -> Service:
    """Less the variables that the section takes back."""
    for index, variable in enumerate(section.without):
        if variable not in service.gives or variable in section.gives:
            written = reading.document.written(("services", service.name, "without", index))
            known = did_you_mean(variable, service.gives.keys() - section.gives.keys())
            reading.complain(written, f"its definition gives no {variable}; {known}")
    gives = {name: value for name, value in service.gives.items() if name not in section.without}
    return replace(service, gives=gives)


def _service(name: str, section: ServiceSection, chosen: Chosen, reading: Reading) -> Service:
    """What the section says, over what its definition says."""
    values = _values(name, section, chosen, reading)
    key: Key = ("services", name)
    folder = read_folder(name, section.path, chosen, reading)
    written = Service(
        name=name,
        kind=chosen.kind,
        image=chosen.image,
        env=section.env,
        command=section.command or (),
        ports=_ports(section, chosen.definition, name, reading),
        mounts=(
            *folder.mounts,
            *_volume(name, chosen),
            *read_mounts(name, section.volumes, (*key, "volumes"), reading),
        ),
        working_dir=folder.working_dir,
        followed=folder.followed,
        health_check=_own_health_check(section.health_check) if section.health_check else None,
        gives={
            variable: _rendered(text, values, (*key, "gives", variable), reading)
            for variable, text in {**_named(name, section, chosen, reading), **section.gives}.items()
        },
        after=section.after,
        resources=read_resources(section.resources),
        compose=read_compose("service", section.compose, (*key, "compose"), reading),
    )
    written = replace(written, localhost=_localhost(section, chosen.definition, written, reading))
    if section.branches and (chosen.definition is None or chosen.definition.database is None):
        reading.complain((*key, "branches"), f"{chosen.kind} has no databases that devenv knows how to copy")
    if chosen.definition is None:
        return written
    where = f" in {chosen.definition_file}"
    fill = partial(_rendered, values=values, key=key, reading=reading, where=where)
    settings = {setting: values[setting] for setting in chosen.definition.settings}
    whole = replace(_over(chosen.definition, written, fill), settings=settings)
    return replace(whole, database=_database(chosen.definition, fill, branches=section.branches))


def _database(
    definition: ServiceDefinition, fill: Callable[[str], str], *, branches: bool
) -> Database | None:
    """The app's database; its scripts are taken as they are, but for the name."""
    defined, volume = definition.database, definition.volume
    if defined is None:
        return None
    scripts = defined.model_dump(by_alias=True, exclude={"name"}, exclude_defaults=True)
    since = {int(first): path for first, path in volume.path_since.items()} if volume else {}
    return Database(
        name=fill(defined.name),
        scripts=scripts,
        branches=branches,
        data_paths={0: volume.path, **since} if volume and volume.per_major_version else {},
    )


def _named(name: str, section: ServiceSection, chosen: Chosen, reading: Reading) -> Mapping[str, str]:
    """What each prefix makes of the definition's names, not yet filled in."""
    names = chosen.definition.names if chosen.definition else {}
    if section.prefix and not names:
        what = chosen.kind if chosen.definition else "an image without a definition"
        reading.complain(
            ("services", name, "prefix"), f"{what} has no names to put it before; write `gives:`"
        )
    return {f"{prefix}_{part}": text for prefix in _prefixes(section) for part, text in names.items()}


def _prefixes(section: ServiceSection) -> list[str]:
    return [prefix.rstrip("_") for prefix in section.prefix]


def _over(definition: ServiceDefinition, written: Service, fill: Callable[[str], str]) -> Service:
    """A definition, its placeholders filled in, beneath what is written."""
    return replace(
        written,
        env={**{key: fill(text) for key, text in definition.env.items()}, **written.env},
        entrypoint=tuple(map(fill, definition.entrypoint)),
        command=written.command or tuple(map(fill, definition.command or ())),
        health_check=written.health_check or _health_check(definition.health_check, fill),
        gives={**{key: fill(text) for key, text in definition.gives.items()}, **written.gives},
        shell=tuple(map(fill, definition.shell)),
        is_awaited=definition.awaited,
        downloads=definition.downloads,
        pages=_pages(definition, written.ports),
    )


def _values(name: str, section: ServiceSection, chosen: Chosen, reading: Reading) -> Mapping[str, str]:
    """What placeholders stand for.

    A variable of `env` that the definition fills from a setting alone, such as POSTGRES_DB, is another way to
    write that setting: what is given to the app must agree with it. An empty one only keeps the variable from
    the image: MySQL's root needs no MYSQL_USER.
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
        if section.env.get(variable) and (placeholder := _PLACEHOLDER.fullmatch(text))
    }
    port = section.port.container if section.port else definition.port
    return {**definition.settings, **section.settings, **by_env, **values, "port": str(port)}


def _first_port(section: ServiceSection) -> dict[str, str]:
    ports = (*([section.port] if section.port else []), *section.ports)
    return {"port": str(ports[0].container)} if ports else {}


def _rendered(text: str, values: Mapping[str, str], key: Key, reading: Reading, where: str = "") -> str:
    """`text`, which stands somewhere, with its placeholders filled in."""

    def fill(placeholder: re.Match[str]) -> str:
        if placeholder[1] not in values:
            reading.complain(
                key, f"{placeholder[0]} stands for nothing{where}; {did_you_mean(placeholder[1], values)}"
            )
            return placeholder[0]
        value = values[placeholder[1]]
        return quote(value, safe="") if placeholder[2] else value

    return _PLACEHOLDER.sub(fill, text)


def _ports(
    section: ServiceSection, definition: ServiceDefinition | None, name: str, reading: Reading
) -> tuple[Port, ...]:
    """The service's own port, published where asked for, its other ports, then those that are written."""
    written = tuple(published(port) for port in section.ports)
    if section.publish is not None and (definition is None or section.port):
        message = "the port says it already: keep one" if section.port else _NO_PORT_TO_PUBLISH
        reading.complain(("services", name, "publish"), message)
    if section.port:
        own: tuple[Port, ...] = (published(section.port),)
    else:
        own = (_defined_port(section, definition),) if definition else ()
    said = {port.container for port in (*own, *written)}
    others = definition.ports if definition else ()
    return (*own, *(published(port) for port in others if port.container not in said), *written)


def _localhost(
    section: ServiceSection, definition: ServiceDefinition | None, written: Service, reading: Reading
) -> tuple[str, ...]:
    """The port here, and the socket that clients use for "localhost"."""
    if not section.localhost:
        return ()
    if not written.ports:
        key = ("services", written.name, "localhost")
        reading.lack(key, "a service without a definition needs `port:` to be found by")
        return ()
    here = written.ports[0].container if section.localhost is True else section.localhost
    return (str(here), *([definition.socket] if definition and definition.socket else ()))


def _pages(definition: ServiceDefinition, ports: tuple[Port, ...]) -> tuple[int, ...]:
    """What a definition publishes unasked is to be looked at."""
    own = [ports[0].container] if definition.publish else []
    return (*own, *(port.container for port in definition.ports))


def _defined_port(section: ServiceSection, definition: ServiceDefinition) -> Port:
    publish = definition.publish if section.publish is None else section.publish
    return Port(container=definition.port, host=definition.port if publish is True else publish or None)


def _volume(name: str, chosen: Chosen) -> tuple[Mount, ...]:
    """The definition's volume, named so that no other product or version opens the data."""
    volume = chosen.definition.volume if chosen.definition else None
    if volume is None:
        return ()
    parts = [name, chosen.kind, *([major_of(chosen.version)] if volume.per_major_version else [])]
    return (Mount(target=_mount_path(volume, major_of(chosen.version)), volume="-".join(parts)),)


def _mount_path(volume: DefinedVolume, major: str) -> str:
    """The path of the newest layout that the version has; a tag without a number is taken for the newest."""
    since = {int(first): path for first, path in volume.path_since.items()}
    begun = [first for first in since if not major.isdecimal() or first <= int(major)]
    return since[max(begun)] if begun else volume.path


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
            claim = (_is_said(variable, sections[service.name]), rank, service.name)
            if variable not in winners or claim[:2] > winners[variable][:2]:
                winners[variable] = claim
    return {variable: claim[2] for variable, claim in winners.items()}


def _is_said(variable: str, section: ServiceSection) -> bool:
    """Whether devenv.yaml itself has the service give the variable."""
    named = any(variable.startswith(f"{prefix}_") for prefix in _prefixes(section))
    return variable in section.gives or named
