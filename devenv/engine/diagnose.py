"""Gather what `checks` judges: the engine, its tools, the disk, the registry, the network, the ports."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from devenv.compiler.compiled import Assignments, CompiledProject
from devenv.engine.checks import MachineFacts
from devenv.engine.client import Engine
from devenv.engine.compose_door import buildx_version, compose_version
from devenv.engine.endpoint import Endpoint
from devenv.engine.observed import familiar, observe_machine
from devenv.engine.ports import is_listened_on
from devenv.errors import DevenvError

CERTIFICATE_VARIABLES = (
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "CURL_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
)
T = TypeVar("T")
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")


def observe_facts(
    engine: Engine, endpoint: Endpoint, *, environ: Mapping[str, str], folder: Path, base_image: str = ""
) -> MachineFacts:
    """All of it but the ports. What cannot be asked is told as a problem, never raised.

    `folder`: its disk is looked at. `base_image`: as the Dockerfile begins, "" when there is none.
    """
    versions, problem = _ask(engine.versions)
    usage, _ = _ask(engine.disk_usage)
    return MachineFacts(
        endpoint=f"{endpoint.host} ({endpoint.source})",
        engine_problem=problem,
        engine_version=versions.engine if versions else "",
        engine_system=versions.system if versions else "",
        compose_version=compose_version(environ),
        buildx_version=buildx_version(environ),
        free_bytes=shutil.disk_usage(folder).free,
        build_cache_bytes=usage.build_cache_bytes if usage else 0,
        base_image=base_image,
        base_image_problem=_base_image_problem(engine, base_image) if base_image and versions else "",
        certificate_files={
            name: Path(environ[name]).exists() for name in CERTIFICATE_VARIABLES if environ.get(name)
        },
        proxies=tuple(name for name in PROXY_VARIABLES if environ.get(name)),
        taken_ports={},
    )


def observe_taken_ports(engine: Engine, compiled: CompiledProject, assigned: Assignments) -> dict[int, str]:
    """Who has the ports that devenv.yaml asks for, apart from this project itself."""
    machine = observe_machine(engine)
    taken: dict[int, str] = {}
    for port in (port for service in compiled.services for port in service.ports):
        holder = machine.ports.get(port.host)
        if holder is not None and holder != assigned.project_name:
            taken[port.host] = f"the environment {holder}" if holder else "another container"
        elif holder is None and is_listened_on(port.host):
            taken[port.host] = "a program of this machine"
    return taken


def _base_image_problem(engine: Engine, reference: str) -> str:
    """ "" where the image is here, or its registry has it."""
    found, _ = _ask(lambda: engine.images([familiar(reference)]))
    return "" if found else engine.resolve(reference).problem


def _ask(question: Callable[[], T]) -> tuple[T | None, str]:
    try:
        return question(), ""
    except DevenvError as error:
        return None, error.details or error.summary
