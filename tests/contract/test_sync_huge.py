"""A file larger than anybody's memory should be: sent in bounded memory, and never ahead of a small change.

DEVENV_HUGE_MB=1024 makes it so large, and then checks who arrives first, too.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devenv.agent.reading import digest_file
from tests.contract.soak_host import Carrier, HostProcess, begin
from tests.contract.sync_stand import RunningAgent, Runs, await_true

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs on Linux")

SIZE_MB = int(os.environ.get("DEVENV_HUGE_MB", "96"))
PATIENCE_SECONDS = 30 + SIZE_MB / 4
SPARE_MB = 40
ONE_MB = 1 << 20


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dvt-") as name:
        for side in ("host", "root"):
            (Path(name) / side).mkdir()
        yield Path(name)


@pytest.fixture
def agent(folder: Path) -> Iterator[RunningAgent]:
    agent = RunningAgent("web", folder / "root", folder, Runs())
    yield agent
    agent.end()


@pytest.fixture
def watcher(folder: Path, agent: RunningAgent) -> Iterator[HostProcess]:
    (folder / "host/models.py").write_text("v1")
    watcher = begin(folder, {"web": Carrier(socket_path=str(agent.socket_path))})
    watcher.pull()
    yield watcher
    watcher.end()


def memory_mb(pid: int, field: str) -> float:
    """VmRSS: what it holds now; VmHWM: the most that it ever held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:")) / 1024


def write_huge(file: Path) -> None:
    with file.open("wb") as opened:
        for number in range(SIZE_MB):
            opened.write(b"%08d" % number * (ONE_MB // 8))


def is_under_way(root: Path) -> bool:
    """Whether some of it is staged; what is put in place in this moment is gone from there."""
    for file in (root / ".devenv-sync").glob("*-*/*"):
        with contextlib.suppress(FileNotFoundError):
            if file.stat().st_size >= ONE_MB:
                return True
    return False


def test_a_huge_file_arrives_in_bounded_memory_and_lets_a_small_change_pass(
    folder: Path, agent: RunningAgent, watcher: HostProcess
) -> None:
    host, root = folder / "host", folder / "root"
    pids = {"host": watcher.process.pid, "agent": agent.process.pid}
    before = {name: memory_mb(pid, "VmRSS") for name, pid in pids.items()}
    write_huge(host / "dump.bin")
    await_true(lambda: is_under_way(root) or (root / "dump.bin").exists(), seconds=PATIENCE_SECONDS)
    (host / "models.py").write_text("v2")
    await_true(lambda: (root / "models.py").read_text() == "v2", seconds=PATIENCE_SECONDS)
    is_behind = not (root / "dump.bin").exists()
    await_true(lambda: (root / "dump.bin").exists(), seconds=PATIENCE_SECONDS)
    watcher.pull()
    grown = {name: memory_mb(pid, "VmHWM") - before[name] for name, pid in pids.items()}
    assert digest_file(str(root / "dump.bin")) == digest_file(str(host / "dump.bin"))
    assert {name: mb for name, mb in grown.items() if mb > SPARE_MB} == {}
    assert is_behind or SIZE_MB < 1024, "the small change came first"
