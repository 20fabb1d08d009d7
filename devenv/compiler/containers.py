"""The parts of the compose file: one container each, as values that are still to be quoted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from devenv.compiler import words
from devenv.compiler.base_images import pinned
from devenv.compiler.compiled import PublishedPort, Role
from devenv.compiler.dockerfile import in_app, served_callable
from devenv.config.environment import App, Environment, HealthCheck, Job, Port, Process, Service

# The image's own interpreter: the agent never depends on what is in the app's venv.
AGENT = ("/usr/local/bin/python", "-I", "/opt/devenv/agent")
AGENT_HEALTH = HealthCheck(
    test=("CMD", *AGENT, "health"),
    interval_seconds=30,
    timeout_seconds=10,
    retries=3,
    start_period_seconds=120,
)
SERVED_PORT = 8000


@dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """One service of the compose file.

    `inputs`: the value by the dotted config path that set it. `secret_inputs`: the same for values that
    reach the container through app.env; they may be digested, never written.
    """

    name: str
    role: Role
    image: str = ""  # "" for the app's own
    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    volumes: Mapping[str, str] = field(default_factory=dict)
    health_check: HealthCheck | None = None
    ports: tuple[PublishedPort, ...] = ()
    depends_on: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, object] = field(default_factory=dict)
    secret_inputs: Mapping[str, str] = field(default_factory=dict)


def fetched_images(environment: Environment) -> tuple[str, ...]:
    """What the services run, as it is written."""
    return tuple(service.image for service in environment.services)


def pin_inputs(images: Iterable[str], pins: Mapping[str, str]) -> dict[str, object]:
    """The pins of `images`, by the path that they have in devenv.lock."""
    return {f"images.{image}": pins[image] for image in images if image in pins}


def containers_of(environment: Environment, pins: Mapping[str, str]) -> tuple[Container, ...]:
    """All of them, each after those it depends on; `pins`: digests by image. Raises ConfigError."""
    services = [_service(service, environment, pins) for service in environment.services]
    ready = {
        service.name: "service_healthy" if service.health_check else "service_started"
        for service in environment.services
    }
    jobs: list[Container] = []
    for job in environment.jobs:
        previous = {jobs[-1].name: "service_completed_successfully"} if jobs else {}
        jobs.append(_job(job, environment, {**ready, **previous}))
    processes = [_process(process, environment, ready) for process in environment.processes]
    return (*services, *jobs, *processes)


def _service(service: Service, environment: Environment, pins: Mapping[str, str]) -> Container:
    at = f"services.{service.name}"
    words.check_variables(service.env, f"{at}.env")
    for volume in service.volumes:
        words.checked(volume, words.VOLUME, f"{at}.volumes", "volume names of letters, digits, _, . and -")
    inputs: dict[str, object] = {
        f"{at}.{_image_key(service, environment)}": service.image,
        **{f"{at}.env.{name}": value for name, value in service.env.items()},
        **_ports_input(at, service.ports),
        **pin_inputs([service.image], pins),
    }
    if service.command:
        inputs[f"{at}.command"] = service.command
    if service.volumes:
        inputs[f"{at}.volumes"] = dict(service.volumes)
    if service.health_check:
        inputs[f"{at}.health_check"] = service.health_check.test
    return Container(
        name=_name(service.name),
        role=Role.SERVICE,
        image=pinned(service.image, pins),
        command=service.command,
        env=service.env,
        volumes=service.volumes,
        health_check=service.health_check,
        ports=_published(service.name, service.ports),
        inputs=inputs,
    )


def _image_key(service: Service, environment: Environment) -> str:
    """The key that a user would edit to get another image."""
    written = [key for key in ("version", "image") if f"services.{service.name}.{key}" in environment.origins]
    return written[0] if written else "image" if service.kind == "image" else "version"


def _job(job: Job, environment: Environment, depends_on: Mapping[str, str]) -> Container:
    env, inputs = _app_env(environment, job.env, f"jobs.{job.name}.env")
    return Container(
        name=_name(job.name),
        role=Role.JOB,
        command=job.command,
        env=env,
        depends_on=depends_on,
        inputs={**inputs, f"jobs.{job.name}.command": job.command},
        secret_inputs=_secret_inputs(environment.app),
    )


def _process(process: Process, environment: Environment, ready: Mapping[str, str]) -> Container:
    at = f"processes.{process.name}"
    env, inputs = _app_env(environment, process.env, f"{at}.env")
    ports = (process.port,) if process.port else ()
    awaited = {
        job.name: "service_completed_successfully" for job in environment.jobs if process.name in job.before
    }
    if process.command is None:
        inputs["app.wsgi" if environment.app.wsgi else "app.asgi"] = served_callable(environment.app)
    else:
        inputs[f"{at}.command"] = process.command
    return Container(
        name=_name(process.name),
        role=Role.PROCESS,
        command=(*AGENT, "run", *_run_arguments(process, environment.app)),
        env=env,
        health_check=AGENT_HEALTH,
        ports=_published(process.name, ports),
        depends_on={**ready, **awaited},
        inputs={**inputs, **_ports_input(at, ports, key="port")},
        secret_inputs=_secret_inputs(environment.app),
    )


def _run_arguments(process: Process, app: App) -> tuple[str, ...]:
    """What the agent is told to run. Raises ConfigError."""
    named = ("--name", process.name, *(() if process.overlap else ("--exclusive",)))
    if process.command is not None:
        port = ("--port", str(process.port.container)) if process.port else ()
        return (*named, *port, "--", *process.command)
    port = ("--port", str(process.port.container if process.port else SERVED_PORT))
    interface = ("--wsgi", app.wsgi) if app.wsgi else ("--asgi", app.asgi) if app.asgi else ()
    return (*named, *port, *(word for word in interface if word))


def _app_env(
    environment: Environment, own: Mapping[str, str], own_path: str
) -> tuple[dict[str, str], dict[str, object]]:
    """The variables of one of the app's containers that the compose file says, and what decided it."""
    app = environment.app
    # Python takes bytecode for current by its source's second and size. Two quick saves share both, and in a
    # mounted folder there is nobody between them and Python who could move the second on.
    mounted = {"PYTHONDONTWRITEBYTECODE": ("sync.mode", "1")} if environment.sync.mode == "bind" else {}
    decided = {
        **_given(environment),
        **mounted,
        **{name: (f"app.env.{name}", value) for name, value in app.env.items()},
        **({"DJANGO_SETTINGS_MODULE": ("app.settings", app.settings)} if app.settings else {}),
        **{name: (f"{own_path}.{name}", value) for name, value in own.items()},
    }
    words.check_variables([*decided, *app.env_file_values], "app.env")
    inputs: dict[str, object] = dict(decided.values())
    inputs |= {"app.working_dir": in_app(app), "sync.mode": environment.sync.mode}
    if environment.sync.mode == "bind":
        inputs["app.path"] = app.path
    return {name: decided[name][1] for name in sorted(decided)}, inputs


def _given(environment: Environment) -> dict[str, tuple[str, str]]:
    """(dotted path, value) by variable of what the services give; the first service wins.

    What env files say reaches the container through app.env. Compose lets `environment` win over that, so
    what a service gives is left out where an env file says otherwise.
    """
    given: dict[str, tuple[str, str]] = {}
    for service in environment.services:
        for name, value in service.gives.items():
            if name not in environment.app.env_file_values:
                given.setdefault(name, (f"services.{service.name}.gives.{name}", value))
    return given


def _secret_inputs(app: App) -> Mapping[str, str]:
    return {f"app.env_file.{name}": value for name, value in app.env_file_values.items()}


def _published(name: str, ports: tuple[Port, ...]) -> tuple[PublishedPort, ...]:
    stem = name.upper().replace("-", "_")
    return tuple(
        PublishedPort(port.container, port.host, f"DEVENV_PORT_{stem}_{port.container}")
        for port in ports
        if port.host is not None
    )


def _ports_input(at: str, ports: tuple[Port, ...], key: str = "ports") -> dict[str, object]:
    return {f"{at}.{key}": [[port.container, port.host] for port in ports]} if ports else {}


def _name(name: str) -> str:
    return words.checked(name, words.NAME, "name", "a name of small letters, digits, _ and -")
