"""One document and the files that it names -> an Environment, and all that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from devenv.config.app import read_app
from devenv.config.checks import check_names, check_ports, check_python, check_replicas, check_volumes
from devenv.config.compose_keys import check_declared, read_file_keys
from devenv.config.document import Document, dotted
from devenv.config.document import Path as Key
from devenv.config.environment import App, Environment, Job, Mount, Origin, Process, Service, Sync
from devenv.config.model import STAND_INS, DevenvYaml
from devenv.config.mounts import covered
from devenv.config.on_change import read_on_change
from devenv.config.order import check_order
from devenv.config.problems import Problem
from devenv.config.processes import read_jobs, read_processes
from devenv.config.reading import Reading
from devenv.config.services import read_services
from devenv.config.validation import validate


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluated:
    """`environment` None: nothing can be made of it. `sources`: the texts that messages may show, by file."""

    environment: Environment | None
    problems: tuple[Problem, ...]
    sources: Mapping[str, str]


def evaluate(
    document: Document, root: Path, templates: Path, files: list[Path], *, is_whole: bool = True
) -> Evaluated:
    """Validate, read what is named, check what keys must agree on; `files` gets all that was read.

    is_whole: no layer is missing that may say more.
    """
    validated = validate(DevenvYaml, document, STAND_INS, partial=not is_whole)
    reading = Reading(
        root=root,
        templates=templates,
        document=document,
        left_out=validated.left_out,
        files=files,
        is_whole=is_whole,
    )
    environment = _environment(validated.value, reading) if validated.value else None
    return Evaluated(
        environment=environment,
        problems=(*validated.problems, *reading.problems),
        sources=reading.sources,
    )


def _environment(model: DevenvYaml, reading: Reading) -> Environment:
    """The model with what its files say; problems go to `reading`."""
    app = read_app(model.app, reading)
    services = read_services(model.services, reading)
    processes = read_processes(model.processes, app, reading)
    jobs = read_jobs(model.jobs, tuple(model.processes), app, reading)
    compose = read_file_keys(model.compose, reading)
    check_names(model, reading)
    check_replicas(model, reading)
    check_python(model, app, processes, reading)
    check_ports(model, processes, services, reading)
    check_volumes(_mounts(app, services, processes, jobs), reading)
    check_order(services, processes, reading)
    check_declared(
        {key: each.compose for key, each in _containers(services, processes, jobs)}, compose, reading
    )
    return Environment(
        name=model.name,
        python=model.python,
        app=app,
        services=services,
        processes=processes,
        jobs=jobs,
        sync=_sync(model, (mount for _, mount in _mounts(app, (), processes, jobs))),
        origins=_origins(reading.document),
        compose=compose,
        on_change=read_on_change(model.on_change, tuple(model.processes), reading),
    )


def _sync(model: DevenvYaml, mounts: Iterable[Mount]) -> Sync:
    """What is mounted over a folder of the source is not sent there, and not fetched from there."""
    ignore = (*model.sync.ignore, *covered(mounts))
    return Sync(mode=model.sync.mode, ignore=ignore, pull=model.sync.pull)


def _containers(
    services: tuple[Service, ...], processes: tuple[Process, ...], jobs: tuple[Job, ...]
) -> Iterator[tuple[Key, Service | Process | Job]]:
    """Each with the key that describes it."""
    yield from ((("services", service.name), service) for service in services)
    yield from ((("processes", process.name), process) for process in processes)
    yield from ((("jobs", job.name), job) for job in jobs)


def _mounts(
    app: App, services: tuple[Service, ...], processes: tuple[Process, ...], jobs: tuple[Job, ...]
) -> Iterator[tuple[Key, Mount]]:
    yield from ((("app", "volumes"), mount) for mount in app.mounts)
    for key, each in _containers(services, processes, jobs):
        yield from (((*key, "volumes"), mount) for mount in each.mounts)


def _origins(document: Document) -> dict[str, Origin]:
    return {dotted(path): origin for path, origin in document.origins.items()}
