"""A checkout with a devenv.yaml, driven as its users do: by the command line, as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.waiting import eventually

COMMAND_TIMEOUT_SECONDS = 500
COMPOSE_PROJECT = "com.docker.compose.project"


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that ended."""

    code: int
    stdout: str
    stderr: str


@dataclass
class Transcript:
    """What happened, in order; shown where a scenario fails."""

    lines: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def add(self, text: str) -> None:
        self.lines.append(f"[{time.monotonic() - self.began:6.1f}] {text.rstrip()}")


@dataclass(frozen=True, slots=True)
class Engine:
    """The engine that a project runs on. `enter`: the command that leads to where its ports are."""

    environ: Mapping[str, str] = field(default_factory=dict)
    enter: tuple[str, ...] = ()

    def docker(self, *arguments: str, check: bool = True) -> str:
        """What docker prints on stdout."""
        done = self._run(arguments)
        if check and done.returncode:
            raise AssertionError(f"docker {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def code(self, *arguments: str) -> int:
        """What docker ends with."""
        return self._run(arguments).returncode

    def log(self, container: str, *, lines: int) -> str:
        """The last lines that a container wrote to either stream."""
        done = self._run(("logs", "--tail", str(lines), container))
        return done.stdout + done.stderr

    def _run(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["docker", *arguments],
            env={**os.environ, **self.environ},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=COMMAND_TIMEOUT_SECONDS,
            check=False,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Background:
    """A devenv command that goes on until its block ends; `output` has what it printed so far."""

    process: subprocess.Popen[bytes]
    output: Path

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def says(self, words: str, *, timeout_seconds: float = 120) -> str:
        """Wait until it has printed `words`, and return all it printed."""

        def ended_or_said() -> bool:
            return words in self.said() or self.process.poll() is not None

        eventually(ended_or_said, timeout_seconds=timeout_seconds)
        said = self.said()
        assert words in said, f"it ended with {self.process.returncode} and never said {words!r}:\n{said}"
        return said


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """A project in `root`, whose compose project is `name`."""

    name: str
    root: Path
    transcript: Transcript
    engine: Engine = field(default_factory=Engine)

    def devenv(
        self,
        *arguments: str,
        code: int = 0,
        folder: str = ".",
        environ: Mapping[str, str] | None = None,
        stdin: str = "",
    ) -> Ran:
        """Run devenv in a folder of the project; it must end with `code`."""
        self.transcript.add(f"$ devenv {' '.join(arguments)}")
        done = subprocess.run(
            self._command(arguments),
            cwd=self.root / folder,
            env=self._environ(environ),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_SECONDS,
            check=False,
        )
        self.transcript.add(f"-> {done.returncode}\n{done.stdout}{done.stderr}")
        words = f"devenv {' '.join(arguments)}\n{done.stdout}\n{done.stderr}"
        assert done.returncode == code, f"ended with {done.returncode}, not {code}: {words}"
        return Ran(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def background(self, *arguments: str, stdin: int = subprocess.DEVNULL) -> Iterator[Background]:
        """Run devenv until the block ends, then interrupt it as Ctrl-C does."""
        self.transcript.add(f"$ devenv {' '.join(arguments)} &")
        output = self.root.parent / f"{self.root.name}-{arguments[0]}-{time.monotonic_ns()}.log"
        with output.open("wb") as stream:
            process = subprocess.Popen(
                self._command(arguments),
                cwd=self.root,
                env=self._environ(None),
                stdin=stdin,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
        try:
            yield Background(process=process, output=output)
        finally:
            _end(process)
            self.transcript.add(
                f"devenv {arguments[0]} printed:\n{output.read_text(encoding='utf-8', errors='replace')}"
            )

    @contextmanager
    def watching(self, *, stdin: int = subprocess.DEVNULL) -> Iterator[Background]:
        """Every save arrives in the containers while the block runs."""
        with self.background("watch", stdin=stdin) as watch:
            watch.says("watching")
            yield watch

    def address(self, service: str) -> str:
        """Where the engine published a service's port, as host:port. Raises ConnectionError."""
        published = self.engine.docker("port", self.container(service), check=False).split()
        if not published:
            raise ConnectionError(f"{service} has no published port just now")
        return published[-1]

    def container(self, service: str) -> str:
        """The id of a service's container. Raises ConnectionError where there is none."""
        found = self.find("container", "--all", "--filter", f"label=com.docker.compose.service={service}")
        if len(found) != 1:
            raise ConnectionError(f"{service} has {len(found)} containers just now")
        return found[0]

    def find(self, kind: str, *arguments: str) -> list[str]:
        """The ids of the project's containers, or the names of its volumes or networks."""
        label = f"label={COMPOSE_PROJECT}={self.name}"
        return self.engine.docker(kind, "ls", "--quiet", "--filter", label, *arguments).split()

    def remove(self) -> None:
        """Take everything of it from the engine, whatever state it is in, without devenv's help."""
        docker = self.engine.docker
        for kind, listing, removal in (
            ("container", ("--all",), ("rm", "--force", "--volumes")),
            ("volume", (), ("rm", "--force")),
            ("network", (), ("rm",)),
        ):
            if found := self.find(kind, *listing):
                docker(kind, *removal, *found, check=False)
        images = docker("image", "ls", "--quiet", f"devenv/{self.name}").split()
        if images:
            docker("image", "rm", "--force", *sorted(set(images)), check=False)

    def artifacts(self) -> str:
        """The state and the last log lines of each container, as far as the engine can be asked."""
        try:
            containers = self.find("container", "--all")
            listing = ("ps", "--all", "--filter", f"label={COMPOSE_PROJECT}={self.name}")
            parts = [self.engine.docker(*listing)]
            for container in containers:
                name = self.engine.docker("inspect", "--format", "{{.Name}}", container).strip()
                parts.append(f"--- {name}\n{self.engine.log(container, lines=40)}")
        except AssertionError as error:
            return f"{self.name}: {error}"
        return "\n".join(parts)

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return [*self.engine.enter, sys.executable, "-m", "devenv", *arguments]

    def _environ(self, more: Mapping[str, str] | None) -> dict[str, str]:
        return {**os.environ, "NO_COLOR": "1", "COLUMNS": "200", **self.engine.environ, **(more or {})}


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(2)
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
