"""No request meets the code of one branch and the data of another: real git, a real agent that serves."""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from devenv.changes import PathChange
from devenv.clock import SystemClock
from devenv.sync.session import SyncSession
from devenv.workflows.branch_gate import Branched, BranchGate
from devenv.workspace.at_rest import current_branch, stray_services
from devenv.workspace.branch_record import FILE_NAME, read_record, write_record
from tests.contract import agents
from tests.contract.sync_stand import RelayStream, await_true

APP = """\
import json

BRANCH = {branch!r}

def application(environ, start_response):
    with open({record!r}) as file:
        live = json.load(file)["db"]["live"]
    with open({migrated!r}) as file:
        migrated = file.read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [" ".join([BRANCH, live, migrated]).encode()]
"""
BRANCHES = ("main", "feature")
SWITCHES = 6
FILES = 40


@dataclass
class Checkout:
    """A checkout whose database is a record, and the agent of its app. `switched`: the branches, in turn."""

    host: Path
    agent: agents.Agent
    switched: list[str] = field(default_factory=list)
    streams: list[RelayStream] = field(default_factory=list)

    def session(self) -> SyncSession:
        folder = self.host / ".devenv"

        def switch() -> None:
            if stray_services(folder, self.host, ("db",)):  # as for a database: not what is there already
                branch = current_branch(self.host)
                write_record(folder, "db", read_record(folder, "db").now(branch))
                self.switched.append(branch)

        def catch_up() -> None:  # as a job does, which takes its time
            time.sleep(0.2)
            migrated(self.host).write_text(current_branch(self.host))

        branched = Branched(root=self.host, folder=folder, services=("db",), switch=switch, catch_up=catch_up)
        return SyncSession(
            self.host,
            processes=("web",),
            connect=self._connect,
            emit=lambda _: None,
            react=_react,
            gate=BranchGate(self.host / ".git", branched, SystemClock(), lambda _: None),
        )

    def _connect(self, _process: str) -> RelayStream:
        self.streams.append(RelayStream(self.agent.socket))
        return self.streams[-1]

    def close(self) -> None:
        for stream in self.streams:
            stream.close()
            for pipe in (stream.relay.stdin, stream.relay.stdout):
                if pipe is not None:
                    pipe.close()

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        subprocess.run(["git", "-C", str(self.host), *identity, *arguments], check=True)


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    with tempfile.TemporaryDirectory(prefix="dvt-") as name:
        folder = Path(name)
        host = folder / "host"
        (host / ".devenv").mkdir(parents=True)
        (folder / "app").mkdir()
        write_record(host / ".devenv", "db", read_record(host / ".devenv", "db").now("feature"))
        migrated(host).write_text("feature")
        for place in (host, folder / "app"):
            (place / "app.py").write_text(_app(host, "feature"))
        with agents.running(folder, "--wsgi", "app:application") as agent:
            made = Checkout(host, agent)
            yield made
            made.close()


@pytest.mark.parametrize("is_watched", [True, False])
def test_no_request_meets_the_code_of_one_branch_and_the_data_of_another(
    checkout: Checkout, is_watched: bool
) -> None:
    _commit_branches(checkout)
    checkout.agent.ready()
    watcher = checkout.session()
    watching = threading.Thread(target=watcher.run)
    if is_watched:
        watching.start()
    client = agents.Client(checkout.agent.port)
    try:
        with client.asking(threads=3):
            for number in range(SWITCHES):
                checkout.git("switch", "--quiet", BRANCHES[number % 2])
                watcher.wake()
                checkout.session().synchronize_once()  # as `devenv up` does
                _await_an_answer(client)
    finally:
        watcher.stop()
        if is_watched:
            watching.join()

    assert client.failures == []
    assert {answer.text for _, answer in client.answers} == {" ".join([branch] * 3) for branch in BRANCHES}
    assert checkout.switched == [BRANCHES[number % 2] for number in range(SWITCHES)]


def _await_an_answer(client: agents.Client) -> None:
    before = len(client.answers)
    await_true(lambda: len(client.answers) > before)


def _commit_branches(checkout: Checkout) -> None:
    checkout.git("init", "--quiet", "--initial-branch", "start")
    for branch in BRANCHES:
        checkout.git("checkout", "--quiet", "-b", branch)
        (checkout.host / "app.py").write_text(_app(checkout.host, branch))
        for number in range(FILES):
            (checkout.host / f"module{number}.py").write_text(branch)
        checkout.git("add", "--", "*.py")
        checkout.git("commit", "--quiet", "-m", branch)


def _app(host: Path, branch: str) -> str:
    record = host / ".devenv" / FILE_NAME
    return APP.format(branch=branch, record=str(record), migrated=str(migrated(host)))


def migrated(host: Path) -> Path:
    """Has the branch for whose code the database is ready."""
    return host / ".devenv" / "migrated"


def _react(change: PathChange) -> tuple[str, ...]:
    return ("code",) if change.path.endswith(".py") else ("static",)
