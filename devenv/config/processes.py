"""Processes and jobs: their commands, ports and order."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping

from devenv.config.environment import App, Job, Port, Process
from devenv.config.model import JobSection, ProcessSection
from devenv.config.problems import did_you_mean
from devenv.config.reading import Reading
from devenv.config.section import PortSection

WEB = "web"
WEB_PORT = Port(container=8000, host=8000)
_CELERY_BEAT = re.compile(r"\bcelery\s(?:.*\s)?(?:beat|-B|--beat)(?:\s|$)")


def read_processes(sections: Mapping[str, ProcessSection], app: App, reading: Reading) -> tuple[Process, ...]:
    """The processes in the file's order."""
    return tuple(_process(name, section, app, reading) for name, section in sections.items())


def _process(name: str, section: ProcessSection, app: App, reading: Reading) -> Process:
    port = published(section.port) if section.port else WEB_PORT if name == WEB else None
    if section.command is None:
        _check_served(name, port, app, reading)
    return Process(
        name=name,
        command=section.command,
        port=port,
        env=section.env,
        overlap=not (section.command and _CELERY_BEAT.search(_as_text(section.command))),
    )


def _as_text(command: tuple[str, ...]) -> str:
    return command[-1] if command[:2] == ("sh", "-c") else shlex.join(command)


def _check_served(name: str, port: Port | None, app: App, reading: Reading) -> None:
    """A process without a command serves the app, so the app must say what is served."""
    if port is None:
        reading.complain(("processes", name), "expected a command, or a port to serve the app on")
    elif reading.in_doubt("app"):
        return
    elif app.settings and not (app.wsgi or app.asgi):
        example = f"app.wsgi, such as {app.settings.partition('.')[0]}.wsgi:application"
        message = f"nothing to serve: there is no wsgi.py or asgi.py beside {app.settings}; write {example}"
        reading.complain(("processes", name), message)
    elif not (app.wsgi or app.asgi):
        reading.complain(
            ("processes", name), "nothing to serve: write app.settings or app.wsgi, or give it a command"
        )


def published(section: PortSection) -> Port:
    """A port, published under its own number where no other is named."""
    return Port(container=section.container, host=section.host or section.container)


def read_jobs(
    sections: Mapping[str, JobSection], processes: Collection[str], reading: Reading
) -> tuple[Job, ...]:
    """The jobs in the file's order."""
    return tuple(_job(name, section, processes, reading) for name, section in sections.items())


def _job(name: str, section: JobSection, processes: Collection[str], reading: Reading) -> Job:
    before = tuple(processes) if section.before is None else section.before
    for index, process in enumerate(section.before or ()):
        if process not in processes:
            key = reading.document.written(("jobs", name, "before", index))
            reading.complain(key, f"there is no process {process}; {did_you_mean(process, processes)}")
    return Job(name=name, command=section.command, before=before, env=section.env)
