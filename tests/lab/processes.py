"""Long-running processes that outlive the command that starts them, and are ended by their id only."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab.ground import GROUND, LabError, failure, log_path


@dataclass(frozen=True, kw_only=True)
class Daemon:
    """A process of the lab. `answers` tells whether it does its work, whoever started it."""

    name: str
    command: tuple[str | Path, ...]
    answers: Callable[[], bool]

    def pid(self) -> int | None:
        """The id of the process that the lab started, while that very process lives."""
        try:
            pid, born = self._pid_file().read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        return int(pid) if _born(int(pid)) == born else None

    def start(self, *, timeout_seconds: float = 60) -> None:
        """Start it in a session of its own, and wait until it answers. Raises: LabError."""
        log = log_path(self.name)
        with log.open("wb") as output:
            process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                start_new_session=True,
            )
        self._pid_file().parent.mkdir(parents=True, exist_ok=True)
        self._pid_file().write_text(f"{process.pid} {_born(process.pid)}\n")
        deadline = time.monotonic() + timeout_seconds
        while not self.answers():
            if process.poll() is not None:
                raise LabError(failure(f"{self.name} ended with {process.returncode}", log))
            if time.monotonic() > deadline:
                raise LabError(failure(f"{self.name} does not answer after {timeout_seconds:.0f} s", log))
            time.sleep(0.1)

    def stop(self, *, timeout_seconds: float = 60) -> bool:
        """End the process that the lab started; False where there is none. Raises: LabError."""
        pid = self.pid()
        if pid is None:
            return False
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + timeout_seconds
        while self.pid() is not None:
            if time.monotonic() > deadline:
                raise LabError(f"{self.name} ({pid}) still runs {timeout_seconds:.0f} s after SIGTERM")
            time.sleep(0.05)
        self._pid_file().unlink()
        return True

    def _pid_file(self) -> Path:
        return GROUND / "run" / f"{self.name}.pid"


def _born(pid: int) -> str | None:
    """The start time in the kernel's clock ticks: an id that is given out again has another one."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else fields[18]
