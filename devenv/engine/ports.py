"""Give out what can be given only once on a machine: host ports and project names."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, count

from devenv.compiler.compiled import Assignments, CompiledProject, PublishedPort
from devenv.engine.observed import ObservedMachine, ObservedProject
from devenv.errors import StartFailed

HIGHEST_PORT = 65535
LOOPBACK = "127.0.0.1"
CONNECT_TIMEOUT_SECONDS = 0.2


def assign(
    compiled: CompiledProject,
    observed: ObservedProject,
    previous: Assignments | None,
    is_free: Callable[[int], bool],
) -> Assignments:
    """The host port of every published one: as before where that still holds, as wanted where that is
    free, else the next free one upwards.

    `is_free` is asked only about ports that the project's own containers do not hold. Raises StartFailed.
    """
    ports: dict[str, int] = {}
    for service in compiled.services:
        running = observed.running(service.name)
        for port in service.ports:
            held = running.ports.get(port.container) if running else None
            ports[port.variable] = _host_port(port, held, previous, _Free(set(ports.values()), is_free))
    wanted = {port.variable: port.host for service in compiled.services for port in service.ports}
    return Assignments(project_name=observed.project_name, ports=ports, wanted=wanted)


def choose_project_name(name: str, root: str, previous: str | None, machine: ObservedMachine) -> str:
    """`name`, or name-2, name-3, … where another checkout on this engine has it.

    A name that this checkout had before stays: its volumes are called after it. Volumes under a name that it
    did not have are somebody else's data.
    """

    def is_free(candidate: str) -> bool:
        others = machine.roots.get(candidate, frozenset()) - {root}
        return not others and (candidate == previous or candidate not in machine.data_only)

    candidates = chain([previous or name, name], (f"{name}-{number}" for number in count(2)))
    return next(candidate for candidate in candidates if is_free(candidate))


def is_free_here(machine: ObservedMachine, project_name: str) -> Callable[[int], bool]:
    """Whether a host port is neither another container's nor listened on by a program of this machine."""

    def is_free(port: int) -> bool:
        return machine.ports.get(port, project_name) == project_name and not is_listened_on(port)

    return is_free


def is_listened_on(port: int) -> bool:
    """Whether a program has the port on the loopback. A port held without listening counts too."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(CONNECT_TIMEOUT_SECONDS)
        # macOS lets one bind 127.0.0.1 beside a listener on all addresses; only asking it tells.
        if probe.connect_ex((LOOPBACK, port)) == 0:
            return True
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as holder:
        if sys.platform != "win32":  # there the option means "take it from whoever has it"
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind((LOOPBACK, port))
        except OSError:
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Free:
    """Whether a port can be had: not given out a moment ago, and free on the machine."""

    given: set[int]
    is_free: Callable[[int], bool]

    def __call__(self, port: int) -> bool:
        return port not in self.given and self.is_free(port)


def _host_port(port: PublishedPort, held: int | None, previous: Assignments | None, free: _Free) -> int:
    before = previous.ports.get(port.variable) if previous else None
    if previous and previous.wanted.get(port.variable) != port.host:
        before = None  # devenv.yaml asks for another port now
    if before is not None and before not in free.given and (before == held or free(before)):
        return before
    if port.host == held and port.host not in free.given:
        return port.host
    for candidate in range(port.host, HIGHEST_PORT + 1):
        if free(candidate):
            return candidate
    raise StartFailed(
        f"no host port from {port.host} upwards is free", hint="choose a lower one in devenv.yaml"
    )
