"""Long-running processes that outlive the command that starts them, and are ended by their id only."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.lab.ground import GROUND, LabError, failure


@dataclass(frozen=True, kw_only=True)
class Daemon:
    """A process of the lab. `answers` tells whether it does its work, whoever started it."""

    name: str
    command: tuple[str | Path, ...]
    answers: Callable[[], bool]
    ground: Path = GROUND

    @property
    def log(self) -> Path:
        return self.ground / "log" / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        return self.ground / "run" / f"{self.name}.pid"

    def pid(self) -> int | None:
        """The id of the process that the lab started, while that very process lives."""
        try:
            pid, born = self.pid_file.read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        return int(pid) if _born(int(pid)) == born else None

    def start(self, *, timeout_seconds: float = 60) -> None:
        """Start it in a session of its own, and wait until it answers. Raises: LabError."""
        if self.answers():
            raise LabError(
                f"{self.name} answers already, and the lab did not start it; stop it and run this again"
            )
        for path in (self.log, self.pid_file):
            path.parent.mkdir(parents=True, exist_ok=True)
        pid = _spawn(self.command, self.log)
        self.pid_file.write_text(f"{pid} {_born(pid)}\n")
        deadline = time.monotonic() + timeout_seconds
        while not self.answers():
            if self.pid() is None:
                raise LabError(failure(f"{self.name} ended at once", self.log))
            if time.monotonic() > deadline:
                raise LabError(
                    failure(f"{self.name} does not answer after {timeout_seconds:.0f} s", self.log)
                )
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
        self.pid_file.unlink()
        return True


def _spawn(command: tuple[str | Path, ...], log: Path) -> int:
    """Start a process without becoming the one who has to wait for it, as subprocess would."""
    output = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    return os.posix_spawnp(
        command[0],
        command,
        os.environ,
        file_actions=(
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, output, 0o644),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ),
        setsid=True,
    )


def _born(pid: int) -> str | None:
    """The start time in the kernel's clock ticks: an id that is given out again has another one."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else fields[18]
