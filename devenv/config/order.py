"""Services that start after others, and what starts together in the end."""

from __future__ import annotations

from collections.abc import Mapping

from devenv.config.document import Path as Key
from devenv.config.environment import Process, Service
from devenv.config.problems import did_you_mean
from devenv.config.reading import Reading


def check_order(services: tuple[Service, ...], processes: tuple[Process, ...], reading: Reading) -> None:
    """`after` names services and processes, and in no circle."""
    names = [*(service.name for service in services), *(process.name for process in processes)]
    after = {service.name: service.after for service in services}
    for service in services:
        key: Key = ("services", service.name, "after")
        for index, other in enumerate(service.after):
            if other not in names:
                written = reading.document.written((*key, index))
                reading.complain(written, f"there is no {other}; {did_you_mean(other, names)}")
        if circle := _circle(service.name, after):
            reading.complain(key, f"it would wait for itself: {' after '.join(circle)}")


def _circle(name: str, after: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The way from a service back to itself, [] where there is none."""
    ways = [[name]]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for other in after.get(way[-1], ()):
            if other == name:
                return [*way, name]
            if other not in seen:
                seen.add(other)
                ways.append([*way, other])
    return []
