"""Services that start after others."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from devenv.config.document import Path as Key
from devenv.config.environment import Process, Service
from devenv.config.problems import did_you_mean
from devenv.config.reading import Reading


def check_order(services: tuple[Service, ...], processes: tuple[Process, ...], reading: Reading) -> None:
    """`after` names services and processes, and in no circle."""
    names = [*reading.names_below("services"), *(process.name for process in processes)]
    for service in services:
        for index, other in enumerate(service.after):
            if other not in names:
                written = reading.document.written(("services", service.name, "after", index))
                reading.lack(written, f"there is no service or process {other}; {did_you_mean(other, names)}")
    try:
        TopologicalSorter({service.name: service.after for service in services}).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1][::-1]  # each comes after the next
        key: Key = ("services", circle[0], "after")
        reading.complain(key, f"it would wait for itself: {' after '.join(circle)}")
