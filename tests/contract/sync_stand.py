"""A host folder, real agents that share a source folder, and a session between them; no container."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from devenv.agent.reading import read_manifest
from devenv.agent.tree import Entry
from devenv.changes import PathChange
from devenv.events import Event
from devenv.sync.gate import Gate
from devenv.sync.session import SyncSession

AGENT = Path(__file__).parents[2] / "devenv" / "agent"
PATIENCE_SECONDS = 60
COMMAND = ("sleep", "300")


class RelayStream:
    """The relay's pipes as a ByteStream."""

    def __init__(self, socket_path: Path) -> None:
        command = [sys.executable, "-I", str(AGENT), "relay", "--socket", str(socket_path)]
        self.relay = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
        )
        self._closing = threading.Lock()
        self.cut_next = False

    def send(self, data: bytes) -> None:
        assert self.relay.stdin is not None
        rest = memoryview(data)[: len(data) // 2 if self.cut_next else None]
        while rest:
            rest = rest[os.write(self.relay.stdin.fileno(), rest) :]
        if self.cut_next:
            self.relay.kill()
            raise OSError("cut")

    def recv(self) -> bytes:
        assert self.relay.stdout is not None
        return os.read(self.relay.stdout.fileno(), 1 << 18)

    def close(self) -> None:
        with self._closing:
            self.relay.kill()
            self.relay.wait()


@dataclass(frozen=True, kw_only=True)
class Runs:
    """How an agent is run. user: by number, None as this process; python: the command; options: its own."""

    user: int | None = None
    python: tuple[str, ...] = (sys.executable,)
    agent: Path = AGENT
    options: tuple[str, ...] = ()


class RunningAgent:
    """One agent, on the host."""

    def __init__(self, name: str, root: Path, folder: Path, runs: Runs) -> None:
        self.name = name
        self._runs = runs
        self.socket_path = folder / f"{name}.sock"
        self._root = root
        self._log = folder / f"{name}.log"
        self.streams: list[RelayStream] = []
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        options = ["--name", self.name, "--root", str(self._root), "--socket", str(self.socket_path)]
        with self._log.open("ab") as log:
            options += self._runs.options
            command = [*self._runs.python, "-I", str(self._runs.agent), "run", *options, "--", *COMMAND]
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=self._runs.user
            )

    def connect(self) -> RelayStream:
        if not self.socket_path.exists():
            raise OSError("no agent yet")
        self.streams.append(RelayStream(self.socket_path))
        return self.streams[-1]

    def kill(self) -> None:
        """As `kill -9` of the container's main process: its children go with it."""
        family = _children(self.process.pid)
        self.process.kill()
        self.process.wait()
        for pid in family:
            with suppress(ProcessLookupError):  # one that was ending
                os.kill(pid, signal.SIGKILL)

    def restart(self) -> None:
        self.socket_path.unlink(missing_ok=True)
        self.process = self._start()

    def end(self) -> None:
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGCONT)
            self.process.terminate()
            self.process.wait(PATIENCE_SECONDS)
        for stream in self.streams:
            stream.close()
            for pipe in (stream.relay.stdin, stream.relay.stdout):
                if pipe is not None:
                    pipe.close()


class Stand:
    """Both trees, and what was told."""

    def __init__(self, folder: Path) -> None:
        self.host = folder / "host"
        self.root = folder / "root"
        self._folder = folder
        self.events: list[Event] = []
        self.agents: dict[str, RunningAgent] = {}
        self._runs = Runs()
        self.failure: BaseException | None = None
        self.session: SyncSession | None = None
        self._thread: threading.Thread | None = None
        for tree in (self.host, self.root):
            tree.mkdir(exist_ok=True)

    def run_agents_as(self, user: int, python: str, agent: Path) -> None:
        """Agents that begin from now on are another user's."""
        self._runs = Runs(user=user, python=(python,), agent=agent)

    def run_agents_with(self, *options: str) -> None:
        """Agents that begin from now on have these options."""
        self._runs = replace(self._runs, options=options)

    def begin(
        self,
        *processes: str,
        react: Callable[[PathChange], Sequence[str]] = lambda _: ("static",),
        mode: Literal["volume", "bind"] = "volume",
        ignore: tuple[str, ...] = (),
        served: tuple[str, ...] | None = None,
        gate: Gate | None = None,
    ) -> SyncSession:
        """A session that runs until the stand ends, with an agent for each process."""
        session = self.session_of(
            *(processes or ("web",)), react=react, mode=mode, ignore=ignore, served=served, gate=gate
        )
        self.session = session
        self._thread = threading.Thread(target=self._run, args=(session,), daemon=True)
        self._thread.start()
        return session

    def session_of(
        self,
        *processes: str,
        react: Callable[[PathChange], Sequence[str]] = lambda _: ("static",),
        mode: Literal["volume", "bind"] = "volume",
        ignore: tuple[str, ...] = (),
        served: tuple[str, ...] | None = None,
        gate: Gate | None = None,
    ) -> SyncSession:
        for name in processes:
            if name not in self.agents:
                self.agents[name] = RunningAgent(name, self.root, self._folder, self._runs)
        return SyncSession(
            self.host,
            processes=processes,
            connect=lambda process: self.agents[process].connect(),
            emit=self.events.append,
            react=react,
            mode=mode,
            ignore=ignore,
            cache=self._folder / "digests.json",
            served=served,
            gate=gate,
        )

    def _run(self, session: SyncSession) -> None:
        try:
            session.run()
        except BaseException as error:  # the test asks for it
            self.failure = error

    def stop_session(self) -> None:
        if self.session is not None and self._thread is not None:
            self.session.stop()
            self._thread.join(PATIENCE_SECONDS)
            assert not self._thread.is_alive()
            self.session = None

    def await_end(self) -> BaseException | None:
        assert self._thread is not None
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive()
        return self.failure

    def end(self) -> None:
        self.stop_session()
        for agent in self.agents.values():
            agent.end()

    def told(self, kind: type) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    def await_equal(self) -> None:
        """Wait until the source folder holds what the host does."""
        await_true(lambda: tree_of(self.host) == tree_of(self.root), self._explain)

    def await_equal_but(self, path: str) -> None:
        """The same, with a path that must stay on the host."""
        host = {p: entry for p, entry in tree_of(self.host).items() if p != path}
        await_true(lambda: host == tree_of(self.root), self._explain)

    def _explain(self) -> str:
        host, root = tree_of(self.host), tree_of(self.root)
        differing = sorted(path for path in host.keys() | root.keys() if host.get(path) != root.get(path))
        return f"{len(differing)} paths differ: {differing[:10]}; {self.failure!r}; {self.events[-5:]}"


def await_true(
    condition: Callable[[], object],
    explain: Callable[[], str] = lambda: "",
    *,
    seconds: float = PATIENCE_SECONDS,
) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"it never came about: {explain()}")
        time.sleep(0.01)


def tree_of(root: Path) -> dict[str, Entry]:
    """What travels of a tree, by the plainest rule that the tests need."""
    never = {".devenv", ".devenv-sync", ".git", "__pycache__"}
    return read_manifest(str(root), lambda path, _: path.rpartition("/")[2] not in never)


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *_children(int(child))]
    return found
