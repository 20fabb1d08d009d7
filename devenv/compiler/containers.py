"""An environment's services, jobs and processes as containers, each after those it depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from devenv.compiler import words
from devenv.compiler.agent import agent_command
from devenv.compiler.base_images import pinned
from devenv.compiler.compiled import LOCALHOST, PublishedPort, Role
from devenv.compiler.container import Container
from devenv.compiler.dockerfile import in_app, served_callable
from devenv.config.environment import (
    NO_LIMITS,
    App,
    DjangoProject,
    Environment,
    HealthCheck,
    Job,
    Mount,
    Port,
    Process,
    Service,
)
from devenv.errors import ConfigError

SERVED_PORT = 8000
SOURCE_VOLUME = "source"


DONE = "service_completed_successfully"
HEALTHY = "service_healthy"


def fetched_images(environment: Environment) -> tuple[str, ...]:
    """What the services run, as it is written."""
    return tuple(service.image for service in environment.services)


def pin_inputs(images: Iterable[str], pins: Mapping[str, str]) -> dict[str, object]:
    """The pins of `images`, by the path that they have in devenv.lock."""
    return {f"images.{image}": pins[image] for image in images if image in pins}


def containers_of(environment: Environment, pins: Mapping[str, str]) -> tuple[Container, ...]:
    """All of them, each after those it depends on; `pins`: digests by image. Raises ConfigError."""
    ready = {
        **{each.name: HEALTHY if each.health_check else "service_started" for each in environment.services},
        **{each.name: HEALTHY for each in environment.processes},
    }
    first, last = _before_and_after_the_app(environment)
    awaited = {service.name: ready[service.name] for service in first if service.is_awaited}
    jobs: list[Container] = []
    for job in environment.jobs:
        previous = {each.name: DONE for each in jobs if not each.is_manual}
        last_one = dict([*previous.items()][-1:])
        jobs.append(_job(job, environment, {**awaited, **last_one}))
    return (
        *(_service(service, ready, pins) for service in first),
        *jobs,
        *(
            _process(process, number, environment, awaited)
            for process in environment.processes
            for number in range(1, process.replicas + 1)
        ),
        *(_service(service, ready, pins) for service in last),
    )


def _before_and_after_the_app(environment: Environment) -> tuple[list[Service], list[Service]]:
    """The services, each after those it names, and apart from them those that wait for a process."""
    processes = {process.name for process in environment.processes}
    placed: dict[str, bool] = {}  # whether it waits for a process
    pending = list(environment.services)
    while pending:
        ready = [each for each in pending if all(name in placed or name in processes for name in each.after)]
        for service in ready or pending:  # a circle was refused when the file was read
            placed[service.name] = any(placed.get(name, True) for name in service.after)
        pending = [each for each in pending if each.name not in placed]
    by_name = {service.name: service for service in environment.services}
    return (
        [by_name[name] for name, waits in placed.items() if not waits],
        [by_name[name] for name, waits in placed.items() if waits],
    )


def _service(service: Service, ready: Mapping[str, str], pins: Mapping[str, str]) -> Container:
    at = f"services.{service.name}"
    words.check_variables(service.env, f"{at}.env")
    inputs: dict[str, object] = {
        f"{at}.image": service.image,  # however it is written: as a version, say
        **{f"{at}.env.{name}": value for name, value in service.env.items()},
        **_ports_input(at, service.ports),
        **pin_inputs([service.image], pins),
        **_common_inputs(at, service),
    }
    if service.command:
        inputs[f"{at}.command"] = service.command
    if service.health_check:
        inputs[f"{at}.health_check"] = service.health_check.test
    return Container(
        name=_name(service.name),
        role=Role.SERVICE,
        image=pinned(service.image, pins),
        entrypoint=service.entrypoint,
        command=service.command,
        working_dir=service.working_dir,
        env=service.env,
        mounts=_checked(service.mounts, at),
        downloads=service.downloads,
        health_check=service.health_check,
        ports=_published(service.name, service.ports),
        pages=service.pages,
        depends_on={name: ready[name] for name in service.after},
        inputs=inputs,
        secret_inputs=service.followed,
        resources=service.resources,
        compose=service.compose,
    )


def _common_inputs(at: str, of: Service | Process | Job) -> dict[str, object]:
    """What decides any container, where it is written."""
    inputs: dict[str, object] = {f"{at}.compose.{key}": value for key, value in of.compose.items()}
    if of.mounts:
        inputs[f"{at}.volumes"] = _as_lists(of.mounts)
    if of.resources != NO_LIMITS:
        inputs[f"{at}.resources"] = [of.resources.cpus, of.resources.memory]
    return inputs


def _as_lists(mounts: Iterable[Mount]) -> list[list[object]]:
    return [[mount.target, mount.volume, mount.folder, mount.read_only] for mount in mounts]


def _checked(mounts: tuple[Mount, ...], at: str) -> tuple[Mount, ...]:
    """Names of volumes are keys of the file. Raises ConfigError."""
    for name in filter(None, (mount.volume for mount in mounts)):
        words.checked(name, words.VOLUME, f"{at}.volumes", "volume names of letters, digits, _, . and -")
        if name == SOURCE_VOLUME:
            raise ConfigError(
                f'{at}.volumes: "{name}" is the volume of the app\'s source',
                hint="give the volume another name",
            )
    return mounts


def _job(job: Job, environment: Environment, depends_on: Mapping[str, str]) -> Container:
    at = f"jobs.{job.name}"
    env, inputs = _app_env(environment, job, at)
    return Container(
        name=_name(job.name),
        role=Role.JOB,
        is_manual=job.when.at == "manual",
        command=(*put_through(environment), *job.command),
        working_dir=_working_dir(job.project),
        env=env,
        mounts=_checked((*environment.app.mounts, *job.mounts), at),
        depends_on=depends_on,
        inputs={**inputs, f"{at}.command": job.command},
        secret_inputs=_secret_inputs(environment.app),
        resources=job.resources,
        compose=job.compose,
    )


def _process(
    process: Process, number: int, environment: Environment, awaited: Mapping[str, str]
) -> Container:
    """A process, or the replica of that number: a container of its own, named after it."""
    at = f"processes.{process.name}"
    name = process.name if number == 1 else f"{process.name}-{number}"
    env, inputs = _app_env(environment, process, at)
    ports = (process.port,) if process.port else ()
    jobs = {job.name: DONE for job in environment.jobs if process.name in job.before}
    served = process.project or environment.app
    if process.command is None:
        above = at if process.project else "app"
        inputs[f"{above}.wsgi" if served.wsgi else f"{above}.asgi"] = served_callable(served)
    else:
        inputs[f"{at}.command"] = process.command
    if not environment.app.refresh:
        inputs["app.refresh"] = False
    return Container(
        name=_name(name),
        process=process.name,
        role=Role.PROCESS,
        command=(
            *agent_command(environment.python),
            "run",
            *_here(environment),
            *_run_arguments(process, name, environment),
        ),
        working_dir=_working_dir(process.project),
        env=env,
        mounts=_checked((*environment.app.mounts, *process.mounts), at),
        health_check=_agent_health(environment.python),
        ports=_published(process.name, ports),
        pages=tuple(port.container for port in ports),
        depends_on={**awaited, **jobs},
        inputs={**inputs, **_ports_input(at, ports, key="port")},
        secret_inputs=_secret_inputs(environment.app),
        resources=process.resources,
        compose=process.compose,
    )


def put_through(environment: Environment) -> tuple[str, ...]:
    """What stands before a command of the app that is no process; nothing where no service is looked for."""
    here = _here(environment)
    return (*agent_command(environment.python), "forward", *here, "--") if here else ()


def _here(environment: Environment) -> tuple[str, ...]:
    """What tells the agent which services the app looks for on its own localhost."""
    return tuple(
        word
        for service in environment.services
        for here in service.localhost
        for word in ("--here", f"{here}={service.name}:{service.ports[0].container}")
    )


def _agent_health(python: str) -> HealthCheck:
    return HealthCheck(
        test=("CMD", *agent_command(python), "health"),
        interval_seconds=30,
        timeout_seconds=10,
        retries=3,
        start_period_seconds=120,
    )


def _run_arguments(process: Process, name: str, environment: Environment) -> tuple[str, ...]:
    """What the agent is told to run. Raises ConfigError."""
    served, cold = process.project or environment.app, environment.cold
    named = ("--name", name, *(() if process.overlap else ("--exclusive",)))
    named = (*named, *(("--cold", cold) if cold else ()))
    named = (*named, *(() if environment.app.refresh else ("--no-refresh",)))
    if process.command is not None:
        port = ("--port", str(process.port.container)) if process.port else ()
        return (*named, *port, "--", *process.command)
    number = process.port.container if process.port else SERVED_PORT
    port = ("--port", str(number))
    if cold:
        return (*named, *port, "--", *served.manage, "runserver", f"0.0.0.0:{number}")
    wsgi, asgi = ("--wsgi", served.wsgi), ("--asgi", served.asgi)
    interface = wsgi if served.wsgi else asgi if served.asgi else ()
    return (*named, *port, *(word for word in interface if word))


def _working_dir(project: DjangoProject | None) -> str:
    """The folder of another project than the app's, whose folder the image says."""
    return in_app(project.working_dir) if project else ""


def _app_env(
    environment: Environment, of: Process | Job, at: str
) -> tuple[dict[str, str], dict[str, object]]:
    """The variables of one of the app's containers that the compose file says, and what decided it."""
    app, project = environment.app, of.project
    # Python takes bytecode for current by its source's second and size. Two quick saves share both, and in a
    # mounted folder there is nobody between them and Python who could move the second on.
    mounted = {"PYTHONDONTWRITEBYTECODE": ("sync.mode", "1")} if environment.sync.mode == "bind" else {}
    settings = _settings("app", app.settings) if not project else _settings(at, project.settings)
    decided = {
        **_given(environment),
        **mounted,
        **{name: (f"app.env.{name}", value) for name, value in app.env.items()},
        **settings,
        **{name: (f"{at}.env.{name}", value) for name, value in of.env.items()},
    }
    words.check_variables([*decided, *app.env_file_values], "app.env")
    inputs: dict[str, object] = dict(decided.values())
    inputs |= {
        f"services.{service.name}.localhost": service.localhost
        for service in environment.services
        if service.localhost
    }
    inputs |= {"app.working_dir": in_app(app.working_dir), "sync.mode": environment.sync.mode}
    if project and project.working_dir != app.working_dir:
        inputs[f"{at}.working_dir"] = in_app(project.working_dir)
    if environment.sync.mode == "bind":
        inputs["app.path"] = app.path
    if app.mounts:
        inputs["app.volumes"] = _as_lists(app.mounts)
    return {name: decided[name][1] for name in sorted(decided)}, {**inputs, **_common_inputs(at, of)}


def _settings(at: str, module: str | None) -> dict[str, tuple[str, str]]:
    return {"DJANGO_SETTINGS_MODULE": (f"{at}.settings", module)} if module else {}


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
        PublishedPort(port.container, port.host, f"DEVENV_PORT_{stem}_{port.container}", port.name)
        for port in ports
        if port.host is not None
    )


def _ports_input(at: str, ports: tuple[Port, ...], key: str = "ports") -> dict[str, object]:
    """What is published; the name of this machine only where it is another than usual."""
    said = [[port.container, port.host, *([port.name] if port.name != LOCALHOST else [])] for port in ports]
    return {f"{at}.{key}": said} if ports else {}


def _name(name: str) -> str:
    return words.checked(name, words.NAME, "name", "a name of small letters, digits, _ and -")
