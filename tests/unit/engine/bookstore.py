"""The bookstore as values: what is wanted, and what is observed when all of it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from devenv.compiler.compiled import Assignments, CompiledProject, CompiledService, PublishedPort, Role
from devenv.config.environment import Origin
from devenv.engine.client import Health, State
from devenv.engine.observed import ObservedContainer, ObservedImage, ObservedProject, image_reference

APP_IMAGE = "devenv/${COMPOSE_PROJECT_NAME}:dev"
READY = {"db": "service_healthy", "cache": "service_healthy"}
DONE = {"migrate": "service_completed_successfully"}
LINES = {
    "app.env.DEBUG": 14,
    "app.env": 13,
    "app": 8,
    "app.system_packages": 11,
    "app.dependencies": 12,
    "services.db": 17,
    "services.db.version": 17,
    "services": 16,
    "processes.web.port": 22,
    "processes.worker.command": 23,
    "jobs.migrate.command": 27,
    "python": 5,
}


def origin_of(path: str) -> Origin | None:
    while path:
        if path in LINES:
            return Origin("devenv.yaml", LINES[path], 3)
        path = path.rpartition(".")[0]
    return None


def service(
    name: str, role: Role, image: str, inputs: Mapping[str, str], depends_on: Mapping[str, str] | None = None
) -> CompiledService:
    """Its configuration hash follows from what decided it, as the compiler's does."""
    return CompiledService(
        name=name,
        role=role,
        image=image,
        built=image == APP_IMAGE,
        config_hash=f"{image} {sorted(inputs.items())}",
        inputs=inputs,
        depends_on=depends_on or {},
        ports=(PublishedPort(8000, 8000, "DEVENV_PORT_WEB_8000"),) if name == "web" else (),
        has_health_check=role is not Role.JOB,
    )


def bookstore(
    *,
    debug: str | None = "true",
    postgres: str = "17",
    worker: str | None = "celery worker",
    migrate: str = "migrate",
    packages: str = "",
    python: str = "3.13",
    web_env: Mapping[str, str] | None = None,
) -> CompiledProject:
    """The root devenv.yaml, with the values that tests edit."""
    app = {"app.env.DEBUG": debug} if debug is not None else {}
    web = {**app, "processes.web.port": "8000", **(web_env or {})}
    services = [
        service("db", Role.SERVICE, f"postgres:{postgres}", {"services.db.version": postgres}),
        service("cache", Role.SERVICE, "redis:8", {"services.cache.version": "8"}),
        service("migrate", Role.JOB, APP_IMAGE, {**app, "jobs.migrate.command": migrate}, READY),
        service("web", Role.PROCESS, APP_IMAGE, web, READY | DONE),
    ]
    if worker is not None:
        inputs = {**app, "processes.worker.command": worker}
        services.append(service("worker", Role.PROCESS, APP_IMAGE, inputs, READY | DONE))
    build_inputs = {"python": python, "app.system_packages": packages}
    return CompiledProject(
        name="bookstore",
        files={},
        services=tuple(services),
        build_hash=f"build {sorted(build_inputs.items())}",
        build_inputs=build_inputs,
    )


def container(compiled: CompiledProject, name: str, /, **changes: object) -> ObservedContainer:
    """The container of a service as `up` leaves it, but for `changes`."""
    wanted = compiled.service(name)
    is_job = wanted.role is Role.JOB
    image = image_reference(wanted.image, compiled.name)
    found = ObservedContainer(
        service=name,
        role=wanted.role,
        container_id=f"id-of-{name}",
        name=f"bookstore-{name}-1",
        state=State.EXITED if is_job else State.RUNNING,
        health=Health.NONE if is_job else Health.HEALTHY,
        exit_code=0 if is_job else None,
        config_hash=wanted.config_hash,
        build_hash=compiled.build_hash if wanted.built else "",
        inputs=wanted.inputs,
        image_id=f"sha256:{image}",
        ports={port.container: port.host for port in wanted.ports},
        created=[service.name for service in compiled.services].index(name),
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def running(
    compiled: CompiledProject, *, but: Mapping[str, Mapping[str, object]] | None = None
) -> ObservedProject:
    """All containers up and all images here; `but`: what is different of some containers."""
    changes = but or {}
    return ObservedProject(
        project_name=compiled.name,
        containers=tuple(
            container(compiled, service.name, **changes.get(service.name, {}))
            for service in compiled.services
        ),
        images=images(compiled),
        volumes=("bookstore_db-17", "bookstore_source"),
    )


def images(compiled: CompiledProject) -> dict[str, ObservedImage]:
    references = {image_reference(service.image, compiled.name): service for service in compiled.services}
    return {
        reference: ObservedImage(
            reference=reference,
            image_id=f"sha256:{reference}",
            build_hash=compiled.build_hash if service.built else "",
            inputs=compiled.build_inputs if service.built else {},
        )
        for reference, service in references.items()
    }


def without(observed: ObservedProject, *names: str) -> ObservedProject:
    """The same after `docker rm` of some containers."""
    left = tuple(container for container in observed.containers if container.service not in names)
    return replace(observed, containers=left)


def without_images(observed: ObservedProject, *references: str) -> ObservedProject:
    """The same after `docker rmi`."""
    left = {name: image for name, image in observed.images.items() if name not in references}
    return replace(observed, images=left)


NOTHING = ObservedProject(project_name="bookstore")
AS_ASKED = Assignments(project_name="bookstore", ports={}, wanted={})
