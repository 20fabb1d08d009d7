"""devenv.yaml and what it names -> one validated Environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from pathlib import Path

from devenv.config.app import read_app
from devenv.config.checks import check_names, check_ports, check_python, check_replicas, check_volumes
from devenv.config.compose_keys import check_declared, read_file_keys
from devenv.config.document import Document, dotted
from devenv.config.document import Path as Key
from devenv.config.environment import App, Environment, Job, Mount, Origin, Process, Service, Sync
from devenv.config.extending import Extending
from devenv.config.foreign import refuse_foreign
from devenv.config.layering import Choice, FetchLayer, Loaded, Setting
from devenv.config.layers import Layer, Layers, read_layers
from devenv.config.loader import read_document
from devenv.config.merging import Kind, Part, merge, said_by, settled
from devenv.config.model import STAND_INS, DevenvYaml
from devenv.config.mounts import covered
from devenv.config.order import check_order
from devenv.config.problems import Problem, config_error
from devenv.config.processes import read_jobs, read_processes
from devenv.config.reading import Reading
from devenv.config.services import read_services
from devenv.config.validation import validate
from devenv.errors import ConfigError

WHOLE = Kind(section=DevenvYaml)


def load_project(file: Path, templates: Path, choice: Choice, fetch: FetchLayer) -> Loaded:
    """Read, merge, validate, and check what keys must agree on. Raises: ConfigError with all problems."""
    files: list[Path] = []
    try:
        return _load(file.absolute(), templates, choice, Extending(file.absolute().parent, fetch, files))
    except ConfigError as error:
        error.files = tuple(map(str, files))
        raise


def _load(file: Path, templates: Path, choice: Choice, extending: Extending) -> Loaded:
    main = read_document(_bytes(file), file.name)
    refuse_foreign(main, file.parent)
    layers = read_layers(file, main, choice, extending)
    document = settled(reduce(_over, (layer.part for layer in layers.in_force)), file.name)
    validated = validate(DevenvYaml, document, STAND_INS)
    reading = Reading(
        root=file.parent,
        templates=templates,
        document=document,
        left_out=validated.left_out,
        files=extending.files,
    )
    environment = _environment(validated.value, reading) if validated.value else None
    problems = [*layers.problems, *validated.problems, *_problems_of_idle(layers), *reading.problems]
    if problems or environment is None:
        raise config_error(file.name, problems, {**layers.texts, **reading.sources})
    return Loaded(
        environment=environment,
        files=tuple(dict.fromkeys(reading.files)),
        layers=tuple(layer.source for layer in layers.in_force),
        history=_history(layers.in_force),
        requires=layers.requires,
        profiles=layers.profiles,
    )


def _over(lower: Part, upper: Part) -> Part:
    return merge(lower, upper, WHOLE)


def _problems_of_idle(layers: Layers) -> Iterator[Problem]:
    """A profile that is not switched on must be right as far as that can be said of a part."""
    for layer in layers.idle:
        yield from validate(DevenvYaml, settled(layer.part, ""), STAND_INS, partial=True).problems


def _history(layers: Iterable[Layer]) -> Mapping[Key, tuple[Setting, ...]]:
    history: dict[Key, tuple[Setting, ...]] = {}
    for layer in layers:
        for key, part in said_by(layer.part, WHOLE):
            setting = Setting(layer.source.name, part.origin, part.tree, part.mark)
            history[key] = (*history.get(key, ()), setting)
    return history


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {(error.strerror or str(error)).lower()}") from None


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
