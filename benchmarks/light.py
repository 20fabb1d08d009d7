"""A project of many files and one process that does nothing: what sync alone costs on a real engine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.setups import background, container_of, run

DEVENV = [sys.executable, "-m", "devenv"]


@dataclass(frozen=True, slots=True)
class Light:
    """A project that is up; `container`: its one process's."""

    root: Path
    container: str

    @contextmanager
    def watched(self) -> Iterator[int]:
        """`devenv watch` while the block runs: its process id, once it watches."""
        with background([*DEVENV, "watch"], self.root, said="watching") as process:
            yield process


@contextmanager
def light_project(label: str, files: int) -> Iterator[Light]:
    """Up, with so many files of 40 bytes in 500 folders, and away when the block ends."""
    name = f"dvt-bench-{label}-{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix="dvt-bench-", ignore_cleanup_errors=True) as folder:
        root = Path(folder) / "project"
        make_files(root, files)
        (root / "manage.py").write_text("print('nothing')\n")
        (root / "devenv.yaml").write_text(
            f'name: {name}\npython: "3.13"\nprocesses: {{idle: sleep infinity}}\n'
        )
        try:
            run([*DEVENV, "up", "-d"], root)
            yield Light(root, container_of(name, "idle"))
        finally:
            run([*DEVENV, "down", "-v", "-y"], root)
            run(["docker", "image", "rm", "--force", f"devenv/{name}:dev"], root)


def make_files(root: Path, files: int) -> None:
    for number in range(files):
        file = root / f"app{number % 500}/{number}.py"
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(f"{number:04}" * 10)


def memory_mb(process: int) -> tuple[float, float]:
    """What is resident of a process, and its proportional share."""
    pss = next(line for line in _lines(process, "smaps_rollup") if line.startswith("Pss:"))
    return field(process, "VmRSS") / 1024, int(pss.split()[1]) / 1024


def wake_ups(process: int) -> int:
    """Voluntary context switches of all threads: each is a wait that ended."""
    tasks = Path(f"/proc/{process}/task").iterdir()
    return sum(field(f"{process}/task/{task.name}", "voluntary_ctxt_switches") for task in tasks)


def field(process: int | str, name: str) -> int:
    return next(int(line.split()[1]) for line in _lines(process, "status") if line.startswith(f"{name}:"))


def main_process(container: str) -> int:
    """The agent, as this machine numbers it."""
    asked = ["docker", "inspect", "--format", "{{.State.Pid}}", container]
    return int(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)


def seconds_since(began: float) -> float:
    return time.monotonic() - began


def _lines(process: int | str, file: str) -> list[str]:
    return Path(f"/proc/{process}/{file}").read_text().splitlines()
