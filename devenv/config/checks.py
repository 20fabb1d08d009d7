"""What keys must agree on across sections: names, ports of the host, what an old Python has."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from devenv.config.document import Path as Key
from devenv.config.document import dotted
from devenv.config.environment import App, Mount, Port, Process, Service, is_old
from devenv.config.model import DevenvYaml
from devenv.config.reading import Reading


def check_names(model: DevenvYaml, reading: Reading) -> None:
    """Services, processes and jobs become containers side by side: a name may stand once."""
    keys = [
        *(("services", name) for name in model.services),
        *(("processes", name) for name in model.processes),
        *(("jobs", name) for name in model.jobs),
    ]
    first: dict[str, Key] = {}
    for key in sorted(keys, key=_place(reading)):
        name = key[1]
        if name in first:
            reading.complain(key, f"the name is taken by {_there(first[name], key, reading)}; choose another")
        first.setdefault(name, key)


def check_replicas(model: DevenvYaml, reading: Reading) -> None:
    """worker with three replicas is worker, worker-2 and worker-3."""
    names = {*model.services, *model.processes, *model.jobs}
    for name, section in model.processes.items():
        for number in range(2, section.replicas + 1):
            if f"{name}-{number}" in names:
                message = f"its replica {name}-{number} would have the name of another; rename one"
                reading.complain(("processes", name, "replicas"), message)


def check_volumes(mounts: Iterator[tuple[Key, Mount]], reading: Reading) -> None:
    """No two own one volume: db with data-1 and db-data with 1 would."""
    first: dict[str, Key] = {}
    for key, mount in mounts:
        taken = first.setdefault(mount.volume, key) if mount.volume else key
        if taken != key:
            reading.complain(key, f"the volume {mount.volume} is that of {dotted(taken)}, too; rename one")


def check_python(model: DevenvYaml, app: App, processes: tuple[Process, ...], reading: Reading) -> None:
    """An old Python goes without what never ran on it: uv, and our own server of ASGI."""
    if not is_old(model.python):
        return
    if app.dependencies.kind == "uv":
        message = f"uv installs nothing for Python {model.python}: list requirements files instead"
        reading.complain(("app", "dependencies"), message)
    for process in processes:
        asgi = (process.project or app).asgi
        if asgi and process.command is None:
            port = process.port.container if process.port else 8000
            reading.complain(
                ("processes", process.name),
                f"on Python {model.python} ASGI needs a server of the app's own: "
                f"write a command, such as `daphne -b 0.0.0.0 -p {port} {asgi}`",
            )


def check_ports(
    model: DevenvYaml, processes: tuple[Process, ...], services: tuple[Service, ...], reading: Reading
) -> None:
    """A port of the host can be published once."""
    ports = [(key, port.host) for key, port in _ports(model, processes, services) if port.host]
    first: dict[int, Key] = {}
    for key, host in sorted(ports, key=lambda each: _place(reading)(each[0])):
        if host in first:
            taken = f"port {host} of the host is taken by {_there(first[host], key, reading)}"
            reading.complain(key, f'{taken}; publish it elsewhere, such as "{_free(host, ports)}:{host}"')
        first.setdefault(host, key)


def _ports(
    model: DevenvYaml, processes: tuple[Process, ...], services: tuple[Service, ...]
) -> Iterator[tuple[Key, Port]]:
    """Every port with the key that publishes it; a definition's own port comes before the written ones."""
    for process in processes:
        if process.port:
            yield ("processes", process.name, "port"), process.port
    for service in services:
        written = len(model.services[service.name].ports)
        defined = len(service.ports) - written
        for index, port in enumerate(service.ports):
            first = "port" if model.services[service.name].port else "publish"
            own: Key = (first,) if index == 0 else ("ports",)
            key: Key = own if index < defined else ("ports", index - defined)
            yield ("services", service.name, *key), port


def _place(reading: Reading) -> Callable[[Key], tuple[int, int]]:
    """The order in which a reader meets keys."""
    return lambda key: (reading.document.origin(key).line, reading.document.origin(key).column)


def _there(key: Key, seen_from: Key, reading: Reading) -> str:
    return f"{dotted(key)} at {reading.document.place(key, seen_from)}"


def _free(port: int, ports: list[tuple[Key, int]]) -> int:
    """The next number that no other key publishes."""
    taken = {host for _, host in ports}
    return next(number for number in range(port + 1, port + len(taken) + 2) if number not in taken)
