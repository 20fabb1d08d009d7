"""devenv.yaml and what it names -> one validated Environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from devenv.config.app import read_app
from devenv.config.checks import check_names, check_ports
from devenv.config.document import Document, Scalar, Tree, dotted
from devenv.config.document import Path as Key
from devenv.config.environment import Environment, Origin, Sync
from devenv.config.foreign import refuse_foreign
from devenv.config.loader import read_document
from devenv.config.model import DevenvYaml
from devenv.config.problems import config_error
from devenv.config.processes import read_jobs, read_processes
from devenv.config.reading import Reading
from devenv.config.services import read_services
from devenv.config.validation import validate
from devenv.errors import ConfigError

_STAND_INS: dict[Key, Tree] = {
    ("name",): Scalar("unnamed", "unnamed"),
    ("python",): Scalar("3.13", "3.13"),
    ("jobs", "*", "command"): Scalar("true", "true"),
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """An environment, and every file whose content decided it (absolute): what to watch for changes."""

    environment: Environment
    files: tuple[Path, ...]


def load_project(file: Path, templates: Path) -> Loaded:
    """Read, validate, and check what keys must agree on. Raises: ConfigError with all problems."""
    file = file.absolute()
    document = read_document(_bytes(file), file.name)
    refuse_foreign(document, file.parent)
    validated = validate(DevenvYaml, document, _STAND_INS)
    reading = Reading(
        root=file.parent, templates=templates, document=document, left_out=validated.left_out, files=[file]
    )
    environment = _environment(validated.value, reading) if validated.value else None
    problems = [*document.problems, *validated.problems, *reading.problems]
    if problems or environment is None:
        raise config_error(file.name, problems, {file.name: document.text, **reading.sources})
    return Loaded(environment, tuple(reading.files))


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
    jobs = read_jobs(model.jobs, tuple(model.processes), reading)
    check_names(model, reading)
    check_ports(model, processes, services, reading)
    return Environment(
        name=model.name,
        python=model.python,
        app=app,
        services=services,
        processes=processes,
        jobs=jobs,
        sync=Sync(mode=model.sync.mode, ignore=model.sync.ignore, pull=model.sync.pull),
        origins=_origins(reading.document),
    )


def _origins(document: Document) -> dict[str, Origin]:
    return {dotted(path): origin for path, origin in document.origins.items()}
