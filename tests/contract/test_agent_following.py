"""While a host follows, the agent tells what processes write, and nothing of what it wrote itself."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devenv.agent.following import GATHER_SECONDS
from devenv.agent.protocol import Changed, Ignore, ReadTree, Tree
from tests.contract.agents import Agent, Host, running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs on Linux")


@pytest.fixture
def agent() -> Iterator[Agent]:
    # Not tmp_path: a unix socket's path has at most 107 bytes.
    with (
        tempfile.TemporaryDirectory(prefix="dvt-") as folder,
        running(Path(folder), "--", "sleep", "300") as found,
    ):
        for path in ("shop", "media/deep", "node_modules"):
            (found.root / path).mkdir(parents=True)
        yield found


@pytest.fixture
def host(agent: Agent) -> Host:
    """A host that follows."""
    host = agent.ready()
    host.send(ReadTree(["node_modules"], ["media"], [], follow=True))
    host.wait(Tree)
    return host


def told(host: Host, canary: Path) -> list[list[str]]:
    """What was told until a canary, written now, was: nothing else is on its way then."""
    time.sleep(2 * GATHER_SECONDS)
    canary.write_text("sings")
    rows: list[list[str]] = []
    while [canary.name, "file"] not in rows:
        rows += host.wait(Changed).rows
    return [row for row in rows if row[0] != canary.name]


def test_a_file_is_told_when_it_is_written(host: Host, agent: Agent) -> None:
    (agent.root / "shop/report.csv").write_text("x")
    (agent.root / "link").symlink_to("shop")
    assert sorted(told(host, agent.root / "z")) == [["link", "link"], ["shop/report.csv", "file"]]


def test_a_folder_is_told_with_all_that_is_in_it_and_followed(host: Host, agent: Agent) -> None:
    (agent.root / "new/migrations").mkdir(parents=True)
    (agent.root / "new/migrations/0001.py").write_text("x")
    assert told(host, agent.root / "y") == [
        ["new", "folder"], ["new/migrations", "folder"], ["new/migrations/0001.py", "file"],
    ]  # fmt: skip
    (agent.root / "new/migrations/0002.py").write_text("x")
    assert told(host, agent.root / "z") == [["new/migrations/0002.py", "file"]]


def test_a_folder_that_moved_is_followed_where_it_is(host: Host, agent: Agent) -> None:
    host.commit({"shop/models.py": "x"})
    assert told(host, agent.root / "x") == []
    (agent.root / "shop").rename(agent.root / "store")
    assert told(host, agent.root / "y") == [
        ["shop", ""], ["store", "folder"], ["store/models.py", "file"],
    ]  # fmt: skip
    (agent.root / "store/views.py").write_text("x")
    assert told(host, agent.root / "z") == [["store/views.py", "file"]]


def test_what_a_host_gave_is_not_told(host: Host, agent: Agent) -> None:
    host.commit({f"{number}.py": "x" for number in range(200)})
    host.commit({"0.py": "y"}, removals=("1.py",))
    assert told(host, agent.root / "y") == []
    (agent.root / "0.py").write_text("a process's")
    (agent.root / "2.py").unlink()
    assert told(host, agent.root / "z") == [["0.py", "file"], ["2.py", ""]]


def test_what_is_of_no_interest_is_not_told(host: Host, agent: Agent) -> None:
    (agent.root / "node_modules/a.js").write_text("x")
    (agent.root / "media/deep/a.png").write_text("x")
    (agent.root / "__pycache__").mkdir()
    assert told(host, agent.root / "y") == [["__pycache__", "folder"]]
    host.send(Ignore(["shop", "__pycache__"]))
    host.send(ReadTree([], [], ["shop"], follow=False))
    host.wait(Tree)
    (agent.root / "shop/a.py").write_text("x")
    (agent.root / "__pycache__/a.pyc").write_text("x")
    assert told(host, agent.root / "z") == []


def test_a_file_that_is_being_written_says_nothing(host: Host, agent: Agent) -> None:
    with (agent.root / "app.log").open("w") as log:
        log.write("a line")
        log.flush()
        assert told(host, agent.root / "y") == []
    assert told(host, agent.root / "z") == [["app.log", "file"]]


def test_events_that_the_kernel_dropped_may_be_anywhere(host: Host, agent: Agent) -> None:
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    agent.process.send_signal(signal.SIGSTOP)
    for _ in range(limit // 4 + 1):
        (agent.root / "shop").rename(agent.root / "store")
        (agent.root / "store").rename(agent.root / "shop")
    agent.process.send_signal(signal.SIGCONT)
    rows = []
    while ["", "folder"] not in rows:
        rows += host.wait(Changed).rows


def test_nobody_who_follows_nothing_that_wakes(host: Host, agent: Agent) -> None:
    host.close()
    other = agent.ready()
    other.send(ReadTree([], [], [], follow=False))
    other.wait(Tree)
    descriptors = Path(f"/proc/{agent.process.pid}/fd")
    assert not any("inotify" in os.readlink(link) for link in descriptors.iterdir())  # noqa: PTH115
