"""Containers -> the compose file's values, and what planning must know of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from devenv.compiler import words
from devenv.compiler.compiled import CompiledService, Label, Role
from devenv.compiler.containers import Container
from devenv.compiler.digests import digest_of_inputs, hash_of
from devenv.config.environment import Environment, HealthCheck

APP_IMAGE = "devenv/${COMPOSE_PROJECT_NAME}:dev"
SOURCE_VOLUME = "source"
CERTIFICATES = "certificates"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")

# Fragments of the file are built twice: what a value of the user's may reach is quoted by `words`,
# what is ours may hold `${...}` for compose to fill in.


@dataclass(frozen=True, slots=True)
class ComposeFile:
    """The file's content, ready to be written as YAML, and its services."""

    content: Mapping[str, object]
    services: tuple[CompiledService, ...]


def compose_file(
    environment: Environment,
    containers: tuple[Container, ...],
    build_hash: str,
    build_inputs: Mapping[str, str],
) -> ComposeFile:
    """All containers of one environment."""
    builder = next((container.name for container in containers if container.role is not Role.SERVICE), None)
    compiled: list[CompiledService] = []
    services: dict[str, object] = {}
    for container in containers:
        body = _body(container, environment)
        service = _compiled(container, body)
        labels = _labels(environment, service, build_hash)
        build = {"build": _build(environment, build_hash, build_inputs)} if container.name == builder else {}
        # Compose must not look for our own image in a registry: `up` builds it first.
        local = {"pull_policy": "never"} if service.built and not build else {}
        services[container.name] = {"image": service.image, **build, **local, **body, "labels": labels}
        compiled.append(service)
    content: dict[str, object] = {"name": environment.name, "services": services}
    volumes = _volumes(environment, containers)
    if volumes:
        content["volumes"] = {name: {} for name in volumes}
    content["secrets"] = {CERTIFICATES: {"file": "./certificates.pem"}}
    return ComposeFile(content, tuple(compiled))


def _compiled(container: Container, body: Mapping[str, object]) -> CompiledService:
    """The hash is of the container's part of the file, and of digests of what comes from env files."""
    image = container.image.replace("$", "$$") or APP_IMAGE
    return CompiledService(
        name=container.name,
        role=container.role,
        image=image,
        built=not container.image,
        config_hash=hash_of(image, body, digest_of_inputs(container.secret_inputs)),
        inputs=digest_of_inputs({**container.inputs, **container.secret_inputs}),
        depends_on=container.depends_on,
        ports=container.ports,
        has_health_check=container.health_check is not None,
    )


def _body(container: Container, environment: Environment) -> dict[str, object]:
    """The container's keys but for its image, build and labels, in the order in which they are written."""
    is_app = container.role is not Role.SERVICE
    body: dict[str, object] = {}
    if container.command:
        body["command"] = words.without_interpolation(container.command)
    if is_app:
        body |= _app_keys(environment)
    if container.role is Role.PROCESS:
        body |= {"init": False, "stop_grace_period": "10s"}
    if container.env:
        body["environment"] = words.without_interpolation(container.env)
    mounts = _app_mounts(environment) if is_app else _volume_mounts(container.volumes)
    if mounts:
        body["volumes"] = mounts
    if container.ports:
        body["ports"] = [
            f"127.0.0.1:${{{port.variable}:-{port.host}}}:{port.container}" for port in container.ports
        ]
    if container.health_check:
        body["healthcheck"] = _health_check(container.health_check)
    if container.depends_on:
        body["depends_on"] = {
            name: {"condition": condition} for name, condition in container.depends_on.items()
        }
    body["restart"] = "no" if container.role is Role.JOB else "unless-stopped"
    return body


def _app_keys(environment: Environment) -> dict[str, object]:
    """What every container of the app's image has."""
    # With a bind mount, what is made in the container belongs to whoever owns the folder on the host.
    user = {"user": "${DEVENV_USER:-1000:1000}"} if environment.sync.mode == "bind" else {}
    return {**user, "env_file": ["./host.env", "./app.env"], "tmpfs": ["/run/devenv:mode=1777"]}


def _app_mounts(environment: Environment) -> list[object]:
    source: dict[str, object] = {"type": "volume", "source": SOURCE_VOLUME, "target": "/app"}
    if environment.sync.mode == "bind":
        source = {
            "type": "bind",
            "source": words.without_interpolation(_context(environment)),
            "target": "/app",
        }
    certificates = {
        "type": "bind",
        "source": "./certificates.pem",
        "target": "/run/devenv/certificates.pem",
        "read_only": True,
    }
    return [source, certificates]


def _volume_mounts(volumes: Mapping[str, str]) -> list[object]:
    """In the long form, which has no `:` that a path could bring in."""
    return [
        {"type": "volume", "source": name, "target": words.without_interpolation(path)}
        for name, path in volumes.items()
    ]


def _health_check(check: HealthCheck) -> dict[str, object]:
    return {
        "test": words.without_interpolation(check.test),
        "interval": words.duration(check.interval_seconds),
        "timeout": words.duration(check.timeout_seconds),
        "retries": check.retries,
        "start_period": words.duration(check.start_period_seconds),
    }


def _labels(environment: Environment, service: CompiledService, build_hash: str) -> dict[str, object]:
    labels = {
        Label.ENVIRONMENT: environment.name,
        Label.ROOT: "${DEVENV_ROOT:-}",
        Label.ROLE: service.role.value,
        Label.CONFIG_HASH: service.config_hash,
        Label.INPUTS: _inputs_label(service.inputs),
    }
    return {**labels, **({Label.BUILD_HASH: build_hash} if service.built else {})}


def _inputs_label(inputs: Mapping[str, str]) -> object:
    return words.without_interpolation(json.dumps(inputs, separators=(",", ":")))


def _build(environment: Environment, build_hash: str, build_inputs: Mapping[str, str]) -> dict[str, object]:
    """The labels go on by the builder, not by a line in the Dockerfile, whose hash one of them is."""
    context = _context(environment)
    back = "/".join([".."] * _depth(environment.app.path))
    return {
        "context": words.without_interpolation(context),
        "dockerfile": f"{back}/.devenv/Dockerfile" if back else ".devenv/Dockerfile",
        "target": "dev",
        "additional_contexts": {"devenv-agent": "./agent"},
        "args": list(PROXIES),
        "secrets": [CERTIFICATES],
        "labels": {
            Label.ENVIRONMENT: environment.name,
            Label.BUILD_HASH: build_hash,
            Label.INPUTS: _inputs_label(build_inputs),
        },
    }


def _context(environment: Environment) -> str:
    """The app's folder as seen from .devenv/."""
    parts = _parts(environment.app.path)
    return "/".join(["..", *parts])


def _depth(path: str) -> int:
    return len(_parts(path))


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in {"", "."}]


def _volumes(environment: Environment, containers: tuple[Container, ...]) -> list[str]:
    names = [name for container in containers for name in container.volumes]
    if environment.sync.mode == "volume" and any(
        container.role is not Role.SERVICE for container in containers
    ):
        names.append(SOURCE_VOLUME)
    return list(dict.fromkeys(names))
