"""The validated environment: what every later room works from, and all that it may work from.

Everything that needed a disk (service definitions, env files, requirements) was read by the loader, so
that compiling is a pure function of this value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Origin:
    """The place that set a value. Lines and columns count from 1. `file` is as the user would type it.

    With line 0 it is no file but what was said elsewhere: the name of a variable, an option.
    """

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.place}:{self.column}" if self.line else self.file

    @property
    def place(self) -> str:
        """The same without the column."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class DependencyFile:
    """A file that decides what is installed: `path` in the app's folder, `digest` of its bytes."""

    path: str
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Dependencies:
    """Where third-party packages come from.

    `requirements`: the first `roots` files are installed, the others are what they include by -r and -c.
    `uv`: pyproject.toml and uv.lock, `groups` are the dependency groups wanted in development, `extras` what
    is wanted everywhere beside the project's own dependencies.
    `packages`: normalised names of what the files list, as far as they tell ("psycopg2"): what decides
    the system packages that a build needs.
    `as_of`: the last day ("2022-03-01", to its end in UTC) whose uploads to an index count, "" for all.
    `uv_versions`: those of uv that pyproject.toml insists on ("==0.9.*"), "" for any.
    """

    kind: Literal["requirements", "uv", "none"]
    files: tuple[DependencyFile, ...] = ()
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    roots: int = 1
    as_of: str = ""
    uv_versions: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mount:
    """Something in a container: a named volume, or a `folder` (or file) relative to devenv.yaml."""

    target: str
    volume: str = ""
    folder: str = ""
    read_only: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Resources:
    """What a container may use at most, as compose writes it; "" for no limit."""

    cpus: str = ""
    memory: str = ""


NO_LIMITS = Resources()


MANAGE = ("python", "manage.py")
WITHOUT_MANAGE = ("python", "-m", "django")  # for a project that has no manage.py, and names its settings


@dataclass(frozen=True, kw_only=True, slots=True)
class DjangoProject:
    """One of several in a source tree: what a process or job has instead of the app's own."""

    working_dir: str
    settings: str | None
    wsgi: str | None = None
    asgi: str | None = None
    manage: tuple[str, ...] = MANAGE


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    """The Django project.

    `path`: its folder, relative to devenv.yaml, "." for the same; becomes /app in the containers.
    `working_dir`: the folder of manage.py, relative to `path`. `manage`: what runs Django's commands there.
    `wsgi`, `asgi`: "package.module:attribute"; at most one is set, the one that serves.
    `env`: what devenv.yaml says. `env_file_values`: what the named env files say (secrets: they go to no
    image, compose file or log). `env` wins over `env_file_values`, both win over what services give.
    `dockerignore`: the text of the .dockerignore in `path`, "" where there is none.
    `refresh`: whether pages refresh themselves in the browser.
    `dockerfile`: lines of the user's own by the stage at whose end they stand.
    `check_migrations`: while watching, whether models that were saved have their migration.
    """

    path: str
    working_dir: str
    settings: str | None
    wsgi: str | None
    asgi: str | None
    dependencies: Dependencies
    system_packages: tuple[str, ...]
    env: Mapping[str, str]
    env_files: tuple[str, ...]
    env_file_values: Mapping[str, str]
    dockerignore: str = ""
    mounts: tuple[Mount, ...] = ()
    build_args: Mapping[str, str] = field(default_factory=dict)
    dockerfile: Mapping[str, str] = field(default_factory=dict)
    check_migrations: bool = True
    refresh: bool = True
    manage: tuple[str, ...] = MANAGE


@dataclass(frozen=True, kw_only=True, slots=True)
class HealthCheck:
    """How the engine asks whether a service answers. Units: seconds."""

    test: tuple[str, ...]  # as compose has it: ("CMD", ...) or ("CMD-SHELL", "...")
    interval_seconds: float = 10
    timeout_seconds: float = 5
    retries: int = 6
    start_period_seconds: float = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Port:
    """A port of a container, published on 127.0.0.1 as `host` (moved when taken), or not at all.

    `name`: of this machine, as its address has it.
    """

    container: int
    host: int | None = None
    name: str = "localhost"


@dataclass(frozen=True, kw_only=True, slots=True)
class Database:
    """The database that a service has for the app, and how `devenv db` handles those of its server.

    `scripts`: by name ("copy"), for sh in the container; see templates/services/README.md. `branches`: each
    git branch has one of its own. `data_paths`: where a major version keeps its data, by the first that does
    so (0 for all before).
    """

    name: str
    scripts: Mapping[str, str]
    branches: bool = False
    data_paths: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """A container that is not the app: its definition from templates/services/ already applied.

    `gives`: environment variables that the app's containers get, finished (`DATABASE_URL` ...).
    `mounts`: volumes' names are keyed by major version where data depends on it.
    `shell`: the command of `devenv shell <service>`, such as psql with its arguments.
    `after`: processes and services that it starts after. `is_awaited`: the app starts once it is healthy.
    `followed`: digests of files in its folder that it works from, by path: it is made anew when they change.
    `downloads`: it fetches from the network, and so needs the proxies and certificates of the host.
    `pages`: its ports that are for a browser.
    `localhost`: where the app's containers find it on their own localhost (ports and paths of sockets).
    `database`: the app's, where the definition has one. `settings`: the definition's, as they are in force.
    """

    name: str
    kind: str  # the definition's name, "postgres"; "image" where there is none
    image: str
    env: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    mounts: tuple[Mount, ...] = ()
    health_check: HealthCheck | None = None
    gives: Mapping[str, str] = field(default_factory=dict)
    shell: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    working_dir: str = ""
    after: tuple[str, ...] = ()
    is_awaited: bool = True
    followed: Mapping[str, str] = field(default_factory=dict)
    downloads: bool = False
    pages: tuple[int, ...] = ()
    resources: Resources = NO_LIMITS
    compose: Mapping[str, object] = field(default_factory=dict)
    localhost: tuple[str, ...] = ()
    database: Database | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """A command that runs from the app's image and is reloaded when its code changes.

    `command` None: the process serves the app's WSGI or ASGI callable on `port`.
    `overlap`: a new generation may start while the old one finishes (true for servers and workers);
    false where two at once would do harm (celery beat).
    `project`: None for the one that the app describes.
    """

    name: str
    command: tuple[str, ...] | None
    port: Port | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    overlap: bool = True
    project: DjangoProject | None = None
    replicas: int = 1
    mounts: tuple[Mount, ...] = ()
    resources: Resources = NO_LIMITS
    compose: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class When:
    """When a job runs.

    `at` up: before what needs it starts; manual: when somebody asks. `change`: patterns of the paths that it
    works on. `ask`: while watching, a change makes it due, and somebody else runs it.
    """

    at: Literal["up", "manual"] = "up"
    change: tuple[str, ...] = ()
    ask: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A process that must end with 0 before the processes in `before` start."""

    name: str
    command: tuple[str, ...]
    before: tuple[str, ...]
    when: When = field(default_factory=When)
    env: Mapping[str, str] = field(default_factory=dict)
    project: DjangoProject | None = None
    mounts: tuple[Mount, ...] = ()
    resources: Resources = NO_LIMITS
    compose: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sync:
    """`mode` volume: files are sent as they are saved; bind: the host's folder is mounted."""

    mode: Literal["volume", "bind"] = "volume"
    ignore: tuple[str, ...] = ()  # git's pattern language, after .gitignore and .dockerignore
    pull: tuple[str, ...] = ()  # what containers make and the host wants: migrations, locale, lock files


@dataclass(frozen=True, kw_only=True, slots=True)
class OnChange:
    """A rule: `paths` are git's patterns; `run` is () for none.

    `process`: in whose container, "" for the one that serves. `restart`: names of processes. `ignore`:
    devenv's own reaction is left out.
    """

    paths: tuple[str, ...]
    run: tuple[str, ...] = ()
    process: str = ""
    restart: tuple[str, ...] = ()
    rebuild: bool = False
    ignore: bool = False


OLD_PYTHONS = ("2.7", "3.5", "3.6", "3.7")


def is_old(python: str) -> bool:
    """Whether the agent, uv and what serves ASGI run on no Python like this."""
    return python in OLD_PYTHONS


@dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """Everything devenv.yaml says, defaults filled in.

    `origins`: by dotted path as in devenv.yaml ("services.db.version", "app.env.DEBUG"); a path that is
    not there was not written by anyone (a default): ask `origin_of`.
    """

    name: str
    python: str  # "3.13"
    app: App
    services: tuple[Service, ...]
    processes: tuple[Process, ...]
    jobs: tuple[Job, ...]
    sync: Sync
    origins: Mapping[str, Origin]
    compose: Mapping[str, object] = field(default_factory=dict)
    on_change: tuple[OnChange, ...] = ()

    @property
    def cold(self) -> str:
        """Why a change starts processes anew instead of from a checkpoint; "" where it does not."""
        return f"Python {self.python} is too old to keep checkpoints" if is_old(self.python) else ""

    def origin_of(self, dotted_path: str) -> Origin | None:
        """The line that set `dotted_path`, or that of the nearest parent that is written down."""
        while dotted_path:
            if dotted_path in self.origins:
                return self.origins[dotted_path]
            dotted_path = dotted_path.rpartition(".")[0]
        return None
