"""Containers -> the compose file's values, and what planning must know of each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from devenv.compiler import words
from devenv.compiler.compiled import LOCALHOST, CompiledService, Label, PublishedPort, Role
from devenv.compiler.container import Container
from devenv.compiler.containers import SOURCE_VOLUME
from devenv.compiler.digests import digest_of_inputs, hash_of
from devenv.compiler.merging import merged
from devenv.compiler.volume_names import volume_names
from devenv.compiler.wanted import wanted_settings
from devenv.config.environment import Environment, HealthCheck, Mount

APP_IMAGE = "devenv/${COMPOSE_PROJECT_NAME}:dev"
CERTIFICATES = "certificates"
MANUAL = "manual"  # the profile of what compose does not start by itself
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")

# Fragments of the file are built twice: what a value of the user's may reach is quoted by `words`,
# what is ours may hold `${...}` for compose to fill in.

OF_NO_CONTAINER = frozenset({"depends_on", "profiles"})


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
    of_app = [each for each in containers if each.role is not Role.SERVICE]
    # compose builds nothing for what a profile leaves out
    builder = next((each.name for each in sorted(of_app, key=lambda each: each.is_manual)), None)
    compiled: list[CompiledService] = []
    services: dict[str, object] = {}
    for container in containers:
        body = _body(container, environment)
        service = _compiled(container, body, environment)
        labels = _labels(environment, service, build_hash)
        build = {"build": _build(environment, build_hash, build_inputs)} if container.name == builder else {}
        # Compose must not look for our own image in a registry: `up` builds it first.
        local = {"pull_policy": "never"} if service.built and not build else {}
        ours = {"image": service.image, **build, **local, **body, "labels": labels}
        services[container.name] = merged(ours, container.compose)
        compiled.append(service)
    content: dict[str, object] = {"name": environment.name, "services": services}
    volumes = _volumes(environment, containers)
    if volumes:
        content["volumes"] = {name: {} for name in volumes}
    content["secrets"] = {CERTIFICATES: {"file": "./certificates.pem"}}
    return ComposeFile(merged(content, environment.compose), tuple(compiled))


def _compiled(container: Container, body: Mapping[str, object], environment: Environment) -> CompiledService:
    """The hash is of the container's part of the file, and of digests of what comes from env files.

    What it waits for, and whether it starts by itself, is no part of a container: compose leaves it out, too.
    """
    image = container.image.replace("$", "$$") or APP_IMAGE
    whole = merged(body, container.compose)
    own = {key: value for key, value in whole.items() if key not in OF_NO_CONTAINER}
    return CompiledService(
        name=container.name,
        role=container.role,
        image=image,
        built=not container.image,
        config_hash=hash_of(
            image, own, digest_of_inputs(container.secret_inputs), *_host_names(container.ports)
        ),
        inputs=digest_of_inputs({**container.inputs, **container.secret_inputs}),
        depends_on=container.depends_on,
        is_manual=container.is_manual,
        ports=container.ports,
        pages=container.pages,
        has_health_check=container.health_check is not None,
        wanted=wanted_settings(whole),
        volumes=volume_names(whole.get("volumes"), environment.compose.get("volumes")),
        process=container.process,
    )


def _body(container: Container, environment: Environment) -> dict[str, object]:
    """The container's keys but for its image, build and labels, in the order in which they are written."""
    is_app = container.role is not Role.SERVICE
    keys: dict[str, object] = {
        "entrypoint": words.without_interpolation(container.entrypoint),
        "command": words.without_interpolation(container.command),
        "working_dir": words.without_interpolation(container.working_dir),
        **(_app_keys(environment) if is_app else {}),
        **({"env_file": ["./host.env"]} if container.downloads else {}),
        **({"init": False, "stop_grace_period": "10s"} if container.role is Role.PROCESS else {}),
        "environment": words.without_interpolation(container.env),
        "volumes": _mounts(container, environment),
        "ports": [
            f"127.0.0.1:${{{port.variable}:-{port.host}}}:{port.container}" for port in container.ports
        ],
        "healthcheck": _health_check(container.health_check) if container.health_check else {},
        "depends_on": {name: {"condition": condition} for name, condition in container.depends_on.items()},
        "cpus": container.resources.cpus,
        "mem_limit": container.resources.memory,
        "profiles": [MANUAL] if container.is_manual else [],
        "restart": "no" if container.role is Role.JOB else "unless-stopped",
    }
    return {key: value for key, value in keys.items() if value or value is False}


def _app_keys(environment: Environment) -> dict[str, object]:
    """What every container of the app's image has."""
    # With a bind mount, what is made in the container belongs to whoever owns the folder on the host.
    user = {"user": "${DEVENV_USER:-1000:1000}"} if environment.sync.mode == "bind" else {}
    return {**user, "env_file": ["./host.env", "./app.env"], "tmpfs": ["/run/devenv:mode=1777"]}


_CERTIFICATES_MOUNT: Mapping[str, object] = {
    "type": "bind",
    "source": "./certificates.pem",
    "target": "/run/devenv/certificates.pem",
    "read_only": True,
}


def _mounts(container: Container, environment: Environment) -> list[object]:
    is_app = container.role is not Role.SERVICE
    return [
        *([_source(environment)] if is_app else []),
        *([_CERTIFICATES_MOUNT] if is_app or container.downloads else []),
        *map(_mount, container.mounts),
    ]


def _source(environment: Environment) -> Mapping[str, object]:
    """The app's source."""
    if environment.sync.mode == "bind":
        return _mount(Mount(target="/app", folder=environment.app.path))
    return _mount(Mount(target="/app", volume=SOURCE_VOLUME))


def _mount(mount: Mount) -> Mapping[str, object]:
    """In the long form, which has no `:` that a path could bring in."""
    source = _from_workspace(mount.folder) if mount.folder else mount.volume
    return {
        "type": "bind" if mount.folder else "volume",
        "source": words.without_interpolation(source),
        "target": words.without_interpolation(mount.target),
        **({"read_only": True} if mount.read_only else {}),
    }


def _health_check(check: HealthCheck) -> dict[str, object]:
    return {
        "test": words.without_interpolation(check.test),
        "interval": words.duration(check.interval_seconds),
        "timeout": words.duration(check.timeout_seconds),
        "retries": check.retries,
        "start_period": words.duration(check.start_period_seconds),
    }


def _host_names(ports: Iterable[PublishedPort]) -> list[str]:
    """What this machine is called in addresses, but for the usual name."""
    return [port.name for port in ports if port.name != LOCALHOST]


def _labels(environment: Environment, service: CompiledService, build_hash: str) -> dict[str, object]:
    labels = {
        Label.ENVIRONMENT: environment.name,
        Label.ROOT: "${DEVENV_ROOT:-}",
        Label.ROLE: service.role.value,
        Label.CONFIG_HASH: service.config_hash,
        Label.INPUTS: _inputs_label(service.inputs),
    }
    names = _host_names(service.ports)
    return {
        **labels,
        **({Label.HOST_NAME: names[0]} if names else {}),
        **({Label.BUILD_HASH: build_hash} if service.built else {}),
    }


def _inputs_label(inputs: Mapping[str, str]) -> object:
    return words.without_interpolation(json.dumps(inputs, separators=(",", ":")))


def _build(environment: Environment, build_hash: str, build_inputs: Mapping[str, str]) -> dict[str, object]:
    """The labels go on by the builder, not by a line in the Dockerfile, whose hash one of them is."""
    context = _from_workspace(environment.app.path)
    back = "/".join([".."] * _depth(environment.app.path))
    return {
        "context": words.without_interpolation(context),
        "dockerfile": f"{back}/.devenv/Dockerfile" if back else ".devenv/Dockerfile",
        "target": "dev",
        "additional_contexts": {"devenv-agent": "./agent"},
        "args": [*PROXIES, *_build_args(environment.app.build_args)],
        "secrets": [CERTIFICATES],
        "labels": {
            Label.ENVIRONMENT: environment.name,
            Label.BUILD_HASH: build_hash,
            Label.INPUTS: _inputs_label(build_inputs),
        },
    }


def _build_args(values: Mapping[str, str]) -> list[object]:
    return [words.without_interpolation(f"{name}={values[name]}") for name in sorted(values)]


def _from_workspace(path: str) -> str:
    """A path beside devenv.yaml as seen from .devenv/."""
    return "/".join(["..", *_parts(path)])


def _depth(path: str) -> int:
    return len(_parts(path))


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in {"", "."}]


def _volumes(environment: Environment, containers: tuple[Container, ...]) -> list[str]:
    names = [mount.volume for container in containers for mount in container.mounts if mount.volume]
    if environment.sync.mode == "volume" and any(
        container.role is not Role.SERVICE for container in containers
    ):
        names.append(SOURCE_VOLUME)
    return list(dict.fromkeys(names))
