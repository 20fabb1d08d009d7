"""Processes and jobs: their commands, ports and order."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping

from devenv.config.app import read_project
from devenv.config.compose_keys import read_compose
from devenv.config.document import Path as Key
from devenv.config.document import dotted
from devenv.config.environment import App, Job, Mount, Port, Process, When
from devenv.config.mounts import check_app_mounts, read_mounts, read_resources
from devenv.config.problems import did_you_mean, likely
from devenv.config.process_model import JobSection, ProcessSection, RunSection
from devenv.config.reading import Reading
from devenv.config.section import PortSection

WEB = "web"
WEB_PORT = Port(container=8000, host=8000)
MIGRATIONS = ("**/migrations/*.py",)
_MIGRATE = re.compile(
    r"(?:manage\.py|django-admin(?:\.py)?|-m django)\s(?:.*\s)?(?:migrate|migrate_schemas)(?:\s|$)"
)
_CELERY_BEAT = re.compile(r"\bcelery\s(?:.*\s)?(?:beat|-B|--beat)(?:\s|$)")


def read_processes(sections: Mapping[str, ProcessSection], app: App, reading: Reading) -> tuple[Process, ...]:
    """The processes in the file's order."""
    return tuple(_process(name, section, app, reading) for name, section in sections.items())


def _process(name: str, section: ProcessSection, app: App, reading: Reading) -> Process:
    key: Key = ("processes", name)
    port = published(section.port) if section.port else WEB_PORT if name == WEB else None
    process = Process(
        name=name,
        command=section.command,
        port=port,
        env=section.env,
        overlap=section.overlap if section.overlap is not None else not _schedules(section.command),
        project=read_project(section, app, key, reading),
        replicas=section.replicas,
        mounts=_mounts(name, section, key, reading),
        resources=read_resources(section.resources),
        compose=read_compose("process", section.compose, (*key, "compose"), reading),
    )
    _check_served(process, section, app, reading)
    _check_replicas(process, key, reading)
    return process


def _mounts(name: str, section: RunSection, key: Key, reading: Reading) -> tuple[Mount, ...]:
    check_app_mounts(section.volumes, (*key, "volumes"), reading)
    return read_mounts(name, section.volumes, (*key, "volumes"), reading)


def _schedules(command: tuple[str, ...] | None) -> bool:
    return command is not None and _CELERY_BEAT.search(_as_text(command)) is not None


def _as_text(command: tuple[str, ...]) -> str:
    return command[-1] if command[:2] == ("sh", "-c") else shlex.join(command)


def _check_served(process: Process, section: ProcessSection, app: App, reading: Reading) -> None:
    """A process without a command serves the app, so the app must say what is served."""
    key: Key = ("processes", process.name)
    if process.command is not None:
        for name in ("wsgi", "asgi"):
            if getattr(section, name):
                reading.complain((*key, name), "it has a command, so nothing is served by devenv: keep one")
        return
    if section.overlap is not None:
        message = "it has no command: devenv's server passes its port on; remove it"
        reading.complain((*key, "overlap"), message)
    served = process.project or app
    if process.port is None:
        meant = likely(
            process.name, (name for name in reading.names_below("processes") if name != process.name)
        )
        guess = f"; did you mean `{meant}`?" if meant else ""
        reading.lack(key, f"expected a command, or a port to serve the app on{guess}")
    elif reading.in_doubt("app", f"{dotted(key)}.working_dir") or served.wsgi or served.asgi:
        return
    elif served.settings:
        at = f"processes.{process.name}" if process.project else "app"
        example = f"{at}.wsgi, such as {served.settings.partition('.')[0]}.wsgi:application"
        message = (
            f"nothing to serve: there is no wsgi.py or asgi.py beside {served.settings}; write {example}"
        )
        reading.lack(key, message)
    else:
        reading.lack(key, "nothing to serve: write app.settings or app.wsgi, or give it a command")


def _check_replicas(process: Process, key: Key, reading: Reading) -> None:
    """A port of the host leads to one container. Two schedulers would send every task twice."""
    if process.replicas == 1:
        return
    if process.port is not None:
        reading.complain(
            (*key, "replicas"),
            f"it publishes port {process.port.host}, which leads to one container only; "
            "a server does its work in threads, or put several processes behind nginx",
        )
    elif not process.overlap:
        reading.complain((*key, "replicas"), _why_alone(process))


def _why_alone(process: Process) -> str:
    if _schedules(process.command):
        return "several schedulers would send every task several times"
    return "it says `overlap: false`, so no second one may run beside it"


def published(section: PortSection) -> Port:
    """A port, published under its own number where no other is named."""
    return Port(container=section.container, host=section.host or section.container, name=section.name)


def read_jobs(
    sections: Mapping[str, JobSection], processes: Collection[str], app: App, reading: Reading
) -> tuple[Job, ...]:
    """The jobs in the file's order."""
    return tuple(_job(name, section, processes, app, reading) for name, section in sections.items())


def _job(name: str, section: JobSection, processes: Collection[str], app: App, reading: Reading) -> Job:
    key: Key = ("jobs", name)
    when = _when(section)
    before = () if when.at == "manual" else tuple(processes) if section.before is None else section.before
    if when.at == "manual" and section.before:
        reading.complain((*key, "before"), "nothing waits for a job that is run by hand: remove it")
    for index, process in enumerate(section.before or ()):
        if process not in processes:
            written = reading.document.written((*key, "before", index))
            reading.lack(written, f"there is no process {process}; {did_you_mean(process, processes)}")
    return Job(
        name=name,
        command=section.command,
        before=before,
        when=when,
        env=section.env,
        project=read_project(section, app, key, reading),
        mounts=_mounts(name, section, key, reading),
        resources=read_resources(section.resources),
        compose=read_compose("job", section.compose, (*key, "compose"), reading),
    )


def _when(section: JobSection) -> When:
    """What is written; what migrates a database does so for each new migration."""
    if section.when is not None:
        return When(at=section.when.at, change=section.when.change, ask=section.when.ask)
    return When(change=MIGRATIONS if _MIGRATE.search(_as_text(section.command)) else ())
