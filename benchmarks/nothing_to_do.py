"""`devenv up -d` where everything is as it should be, beside `docker compose up -d` of the same file.

The two are called by turns, of a file without a job: compose would run it again each time.
`python -m benchmarks.nothing_to_do [--rounds 20] [--with-job]` brings up a bookstore, and removes it again.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.setups import devenv, without_jobs

SAID = "nothing to do"
PATIENCE_SECONDS = 120


class Call(NamedTuple):
    """One run of a command. Units: milliseconds; `cpu_ms` without what the engine does for it."""

    wall_ms: float
    cpu_ms: float
    said: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--with-job", action="store_true")
    arguments = parser.parse_args()
    rounds = arguments.rounds
    with devenv(watched=False) as running:
        root = running.bookstore.root
        if not arguments.with_job:
            without_jobs(root)
        ours = [str(Path(sys.executable).with_name("devenv")), "up", "-d"]
        theirs = ["docker", "compose", "--file", ".devenv/compose.yaml", "up", "--detach"]
        _call(theirs, root)  # compose looks for itself once, too, before it finds nothing to do
        _until_settled(ours, root)
        calls = [(_call(ours, root), _call(theirs, root)) for _ in range(rounds)]
    assert all(SAID in ours.said for ours, _ in calls), "something was to be done"
    for name, row in zip(("devenv up -d", "docker compose up -d"), zip(*calls, strict=True), strict=True):
        wall, cpu = (statistics.median(values) for values in zip(*(call[:2] for call in row), strict=True))
        print(f"{name:22} median {wall:5.0f} ms, {cpu:4.0f} ms of CPU")
    ratio = statistics.median(ours.wall_ms / theirs.wall_ms for ours, theirs in calls)
    print(f"devenv needs {ratio:.2f} of compose's time")


def _until_settled(command: Sequence[str], root: Path) -> None:
    """The engine asks for the health of new containers only after some seconds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while SAID not in _call(command, root).said:
        if time.monotonic() > deadline:
            raise SystemExit("there is always something to do")
        time.sleep(2)


def _call(command: Sequence[str], root: Path) -> Call:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    elapsed, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Call(1000 * elapsed, 1000 * cpu, done.stderr)


if __name__ == "__main__":
    main()
