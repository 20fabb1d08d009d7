"""The door to `docker compose`: the only module that runs it.

It always gets the project's name, its file and its folder, and the environment it was made with.
"""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from devenv.compiler.composefile import MANUAL
from devenv.engine.build_progress import BuildProgress
from devenv.errors import BuildFailed, ComposeFailed, EngineUnavailable, Failure, StartFailed
from devenv.events import Emit, OutputLine

KEPT_LINES = 30
_CLEAR_LINE = "\x1b[2K"
PROXY_ARGUMENTS = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
_INSTALL_HINT = "install Docker with its compose plugin (2.20 or later); then `devenv doctor`"
_NO_ENGINE = re.compile(
    r"cannot connect to the docker daemon|error during connect|docker daemon is not", re.I
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ComposeProject:
    """What every call is about. `folder`: compose resolves the file's relative paths against it."""

    name: str
    file: Path
    folder: Path


class Cancel:
    """Ends a call of another thread's, now or as soon as it begins."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._is_called = False

    def __call__(self) -> None:
        """End it."""
        with self._lock:
            self._is_called = True
            if self._process is not None:
                self._process.terminate()

    def was_called(self) -> bool:
        """Whether somebody ended it."""
        return self._is_called

    def note(self, process: subprocess.Popen[str]) -> None:
        """What is to be ended."""
        with self._lock:
            self._process = process
            if self._is_called:
                process.terminate()


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """A container beside those of the compose file. `alias`: its name in the project's network."""

    name: str
    image: str
    volume: str
    path: str
    alias: str
    env: Mapping[str, str]


class Compose(Protocol):
    """What execution asks of compose, for one project; each method returns when compose has ended.

    All raise EngineUnavailable where docker, its compose plugin or the engine is missing.
    """

    def build(self, emit: Emit, *, fresh: bool = False) -> None:
        """Build the app's image; `fresh`: without the cache, from new base images. Raises BuildFailed."""
        ...

    def fetch(self, image: str, emit: Emit) -> None:
        """Bring an image that is built from to this machine. Raises BuildFailed."""
        ...

    def pull(self, services: Sequence[str], emit: Emit) -> None:
        """Fetch the images of these services. Raises StartFailed."""
        ...

    def create(self, services: Sequence[str], emit: Emit) -> None:
        """Make the containers of these services anew, and start none. Raises StartFailed."""
        ...

    def stop(self, services: Sequence[str], emit: Emit) -> None:
        """Stop these services, those that depend on others first. Raises ComposeFailed."""
        ...

    def down(self, emit: Emit, *, volumes: bool = False) -> None:
        """Remove containers, networks and, only when asked, volumes. Raises ComposeFailed."""
        ...


class DockerCompose:
    """`docker compose` for one project."""

    def __init__(self, project: ComposeProject, environ: Mapping[str, str]) -> None:
        self._project = project
        self._environ = compose_environ(environ)

    def build(self, emit: Emit, *, fresh: bool = False, cancel: Cancel | None = None) -> None:
        """Build the app's image; `fresh`: without the cache, from new base images. Raises BuildFailed."""
        self._build(self._argv(["build", *_freshly(fresh)]), emit, cancel)

    def build_target(
        self,
        target: str,
        tag: str,
        context: Path,
        emit: Emit,
        *,
        build_args: Mapping[str, str],
        fresh: bool = False,
    ) -> None:
        """Build another target of the same Dockerfile, from the app's folder. Raises BuildFailed.

        compose builds only the target that its file names, so this is docker's own build.
        """
        folder = self._project.folder
        given = (*PROXY_ARGUMENTS, *(f"{name}={value}" for name, value in build_args.items()))
        arguments = [word for argument in given for word in ("--build-arg", argument)]
        self._build(
            [
                *("docker", "buildx", "build", "--progress", "plain", "--load", *_freshly(fresh)),
                *("--target", target, "--tag", tag, "--file", str(folder / "Dockerfile"), *arguments),
                *("--secret", f"id=certificates,src={folder / 'certificates.pem'}"),
                *("--build-context", f"devenv-agent={folder / 'agent'}", str(context)),
            ],
            emit,
        )

    def _build(self, argv: Sequence[str], emit: Emit, cancel: Cancel | None = None) -> None:
        progress = BuildProgress()

        def show(line: str) -> None:
            if text := progress.feed(line):
                emit(OutputLine("build", text))

        exit_code, _ = self._stream(argv, show, cancel)
        if exit_code:
            raise BuildFailed(
                "the image could not be built",
                details=progress.failure(),
                hint="correct what the failing step says; finished steps are kept for the next build",
                failure=Failure(subject="build", log=progress.log()),
            )

    def fetch(self, image: str, emit: Emit) -> None:
        """Bring an image that is built from to this machine. Raises BuildFailed.

        compose pulls what services run, so this is docker's own pull.
        """
        exit_code, lines = self._stream(["docker", "pull", image], _tell(emit, "pull"))
        if exit_code:
            raise BuildFailed(
                f"there is no {image} to build from",
                details=_last(lines),
                hint="see whether its registry is reached; `devenv lock --update` asks what it has now",
            )

    def run_beside(self, beside: Beside, emit: Emit) -> None:
        """Start it. Raises StartFailed.

        compose runs what its file names, so this is docker's own run.
        """
        environment = {**self._environ, **beside.env}
        command = [
            *(
                "docker",
                "run",
                "--detach",
                "--name",
                beside.name,
                "--volume",
                f"{beside.volume}:{beside.path}",
            ),
            *("--network", f"{self._project.name}_default", "--network-alias", beside.alias),
            *(word for name in beside.env for word in ("--env", name)),
            beside.image,
        ]
        exit_code, lines = self._stream(command, _tell(emit, "docker"), environ=environment)
        if exit_code:
            raise StartFailed(f"{beside.image} could not be started beside the others", details=_last(lines))

    def pull(self, services: Sequence[str], emit: Emit) -> None:
        """Fetch the images of these services. Raises StartFailed."""
        exit_code, lines = self._stream(self._argv(["pull", *services]), _tell(emit, "pull"))
        if exit_code:
            raise StartFailed(
                f"no image for {', '.join(services)}",
                details=_last(lines),
                hint="see whether name and version are right; `devenv doctor` asks the registry",
                failure=Failure(subject=", ".join(services), log="\n".join(lines)),
            )

    def create(self, services: Sequence[str], emit: Emit) -> None:
        """Make the containers of these services anew, and start none. Raises StartFailed."""
        command = ["up", "--no-start", "--no-build", "--no-deps", "--force-recreate", *services]
        exit_code, lines = self._stream(self._argv(command), _tell(emit, "compose"))
        if exit_code:
            raise StartFailed(
                f"the containers of {', '.join(services)} could not be created",
                details=_last(lines),
                hint="the last line says what the engine refused",
                failure=Failure(subject=", ".join(services), log="\n".join(lines)),
            )

    def stop(self, services: Sequence[str], emit: Emit) -> None:
        """Stop these services, those that depend on others first. Raises ComposeFailed."""
        self._must(["stop", *services], emit)

    def down(self, emit: Emit, *, volumes: bool = False) -> None:
        """Remove containers, networks and, only when asked, volumes. Raises ComposeFailed."""
        self._must(["down", "--remove-orphans", *(["--volumes"] if volumes else [])], emit)

    def exec(self, service: str, argv: Sequence[str], *, terminal: bool, options: Sequence[str] = ()) -> int:
        """Run a command in the service's container on our own stdin and stdout; its exit code.

        `terminal`: both are a terminal, so that the command gets one. `options`: compose's, such as --user.
        """
        return self._pass_through(["exec", *_terminal(terminal), *options, service, *argv])

    def exec_in_container(self, container_id: str, argv: Sequence[str], *, terminal: bool) -> int:
        """As `exec`, by the container's id: compose reads no file for it, which spares half a second."""
        return self._pass_through_to(
            ["docker", "exec", "--interactive", *(["--tty"] if terminal else []), container_id, *argv]
        )

    def exec_told(self, service: str, argv: Sequence[str], tell: Callable[[str], None]) -> int:
        """Run a command in the service's container, each line that it prints told; its exit code."""
        return self._stream(self._argv(["exec", "-T", service, *argv]), tell)[0]

    def run(self, service: str, argv: Sequence[str], *, terminal: bool, options: Sequence[str] = ()) -> int:
        """The same in a container of its own, removed afterwards; starts what the service depends on."""
        return self._pass_through(["run", "--rm", *_terminal(terminal), *options, service, *argv])

    def run_detached(self, service: str, argv: Sequence[str], container_name: str) -> None:
        """Start a container of its own under that name, without what the service depends on; it stays.

        Raises StartFailed.
        """
        command = ["run", "--detach", "--no-deps", "--name", container_name, service, *argv]
        exit_code, lines = self._stream(self._argv(command), lambda _: None)
        if exit_code:
            raise StartFailed(f"{container_name} could not be started", details=_last(lines))

    def printed_by(self, service: str, argv: Sequence[str]) -> str:
        """What a command prints on stdout in a container of its own, alone; "" where it fails."""
        return _printed(self._argv(["run", "--rm", "--no-deps", "-T", service, *argv]), self._environ)

    def logs(
        self,
        services: Sequence[str],
        *,
        options: Sequence[str] = (),
        tell: Callable[[str], None] | None = None,
    ) -> int:
        """Print logs on our own stdout, or tell each line; compose's exit code.

        `options`: compose's, such as --follow. compose 2.26 begins each line with a terminal's code to clear
        it, also where there is none and whatever --ansi says: it is not told.
        """
        command = ["logs", *options, *services]
        if tell is None:
            return self._pass_through(command)
        with (
            _interrupts_ignored(),
            _docker(self._argv(command), self._environ, capture=True, errors=None) as process,
        ):
            for line in process.stdout or ():
                tell(line.removeprefix(_CLEAR_LINE))
            return process.wait()

    def _must(self, command: Sequence[str], emit: Emit) -> None:
        exit_code, lines = self._stream(self._argv(command), _tell(emit, "compose"))
        if exit_code:
            raise ComposeFailed(f"`docker compose {command[0]}` failed", details=_last(lines))

    def _stream(
        self,
        argv: Sequence[str],
        tell: Callable[[str], None],
        cancel: Cancel | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> tuple[int, Sequence[str]]:
        """Run to the end, each line told as it comes: the exit code and the last lines."""
        kept: deque[str] = deque(maxlen=KEPT_LINES)
        with _docker(argv, environ or self._environ, capture=True) as process:
            assert process.stdout
            if cancel is not None:
                cancel.note(process)
            for line in process.stdout:
                text = line.rstrip()
                if text.strip():
                    kept.append(text.strip())
                    tell(text)
        if process.returncode and any(_NO_ENGINE.search(line) for line in kept):
            raise EngineUnavailable(
                "no container engine answers",
                details=_last(kept),
                hint="start the engine; then `devenv doctor`",
            )
        if process.returncode and any("is not a docker command" in line for line in kept):
            raise _no_compose(_last(kept))
        return process.returncode, kept

    def _pass_through(self, command: Sequence[str]) -> int:
        return self._pass_through_to(self._argv(command))

    def _pass_through_to(self, argv: Sequence[str]) -> int:
        # A terminal sends Ctrl-C to both; the child alone decides what it means.
        with (
            _interrupts_ignored(),
            _docker(argv, self._environ, capture=False) as process,
        ):
            return process.wait()

    def _argv(self, command: Sequence[str]) -> list[str]:
        project = self._project
        return [
            *("docker", "compose", "--ansi", "never", "--progress", "plain"),
            *(
                "--profile",
                MANUAL,
            ),  # what is named is meant, also where compose starts it by itself in no case
            *("-p", project.name, "-f", str(project.file), "--project-directory", str(project.folder)),
            *command,
        ]


def compose_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """What compose may see: without the COMPOSE_* variables of the user's shell, which change its meaning."""
    kept = {name: value for name, value in environ.items() if not name.startswith("COMPOSE_")}
    return kept | {"DOCKER_BUILDKIT": "1", "BUILDKIT_PROGRESS": "plain"}


def compose_version(environ: Mapping[str, str]) -> str:
    """ "2.26.1"; "" where docker or its compose plugin is missing."""
    return _printed(["docker", "compose", "version", "--short"], environ).removeprefix("v")


def buildx_version(environ: Mapping[str, str]) -> str:
    """ "0.13.1"; "" where docker or its buildx plugin is missing."""
    found = re.search(r"\bv?(\d+\.\d+\.\d+)", _printed(["docker", "buildx", "version"], environ))
    return found[1] if found else ""


def _printed(argv: Sequence[str], environ: Mapping[str, str]) -> str:
    try:
        result = subprocess.run(
            argv, env=dict(environ), capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""


@contextmanager
def _docker(
    argv: Sequence[str],
    environ: Mapping[str, str],
    *,
    capture: bool,
    errors: int | None = subprocess.STDOUT,
) -> Iterator[subprocess.Popen[str]]:
    """A child that never outlives the block. `errors`: None leaves what is captured without them."""
    try:
        process = subprocess.Popen(
            argv,
            env=dict(environ),
            stdin=subprocess.DEVNULL if capture else None,
            stdout=subprocess.PIPE if capture else None,
            stderr=errors if capture else None,
            encoding="utf-8",
            errors="replace",
        )
    except FileNotFoundError as error:
        raise _no_compose("there is no `docker` command on PATH") from error
    with process:
        try:
            yield process
        except BaseException:
            # Ctrl-C: compose leaves what it made so far, which the next plan finishes.
            process.terminate()
            raise


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # interrupts are not its business
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _no_compose(details: str) -> EngineUnavailable:
    return EngineUnavailable("`docker compose` is not installed", details=details, hint=_INSTALL_HINT)


def _tell(emit: Emit, source: str) -> Callable[[str], None]:
    return lambda line: emit(OutputLine(source, line.strip()))


def _last(lines: Sequence[str]) -> str:
    return "\n".join(list(lines)[-10:])


def _freshly(fresh: bool) -> list[str]:
    return ["--no-cache", "--pull"] if fresh else []


def _terminal(terminal: bool) -> list[str]:
    return [] if terminal else ["-T"]
