"""Where the lab keeps things, how it runs commands, and how it tells what it does."""

import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

GROUND = Path("/var/lib/devenv-lab")
LOGS = GROUND / "log"
SOURCES = Path(__file__).parent

_started = time.monotonic()


class LabError(Exception):
    """A step failed; the message is one line, with the end of the log below it."""


def say(text: str) -> None:
    print(f"lab: {time.monotonic() - _started:6.1f} s  {text}", flush=True)


def run(
    command: Sequence[str | Path],
    *,
    log: str,
    stdin: IO[bytes] | bytes = b"",
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a step with its output in the log file called `log`. Raises: LabError."""
    path = log_path(log)
    given: dict[str, Any] = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    with path.open("ab") as output:
        done = subprocess.run(
            command, stdout=output, stderr=subprocess.STDOUT, env=environment, check=False, **given
        )
    if done.returncode != 0:
        raise LabError(failure(f"`{Path(command[0]).name}` ended with {done.returncode}", path))


def answer(command: Sequence[str | Path], *, timeout_seconds: float = 60) -> str | None:
    """What the command prints, or None where it fails or does not exist."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_seconds, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def log_path(log: str) -> Path:
    LOGS.mkdir(parents=True, exist_ok=True)
    return LOGS / f"{log}.log"


def failure(what: str, log: Path, *, lines: int = 15) -> str:
    tail = log.read_text(errors="replace").splitlines()[-lines:] if log.exists() else []
    return "\n".join([f"{what}; the end of {log}:", *(f"    {line}" for line in tail)])
