"""What a command costs before it does anything: `--help`, a key that is completed, the file that is loaded.

`python -m benchmarks.command_start [--rounds 20]` calls each by turns, and a bare Python beside them.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from devenv.config import Choice, load, templates_folder
from devenv.workflows.checkout import compile_environment

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = [sys.executable, "-c", "import sys; from devenv.__main__ import main; sys.exit(main())"]
COMPLETED = {
    "completion of a command": "devenv sta",
    "completion of an option": "devenv up --dr",
    "completion of a service": "devenv logs ca",
    "completion of a key": "devenv explain services.d",
}


class Call(NamedTuple):
    """One run. Units: milliseconds."""

    wall_ms: float
    cpu_ms: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    calls: dict[str, list[Call]] = {}
    for _ in range(rounds + 1):
        calls.setdefault("python -c pass", []).append(_call([sys.executable, "-c", "pass"]))
        calls.setdefault("devenv --help", []).append(_call([*PROGRAM, "--help"]))
        for name, line in COMPLETED.items():
            calls.setdefault(name, []).append(_call(PROGRAM, line))
        calls.setdefault("load, validate, compile", []).append(_in_process())
    for name, row in calls.items():
        wall, cpu = (
            statistics.median(values) for values in zip(*row[1:], strict=True)
        )  # the first one warms
        print(f"{name:24} median {wall:5.0f} ms, {cpu:4.0f} ms of CPU")


def _call(command: list[str], completed: str = "") -> Call:
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    if completed:
        asked = {"COMP_WORDS": completed, "COMP_CWORD": str(len(completed.split()) - 1)}
        environ |= {"_DEVENV_COMPLETE": "complete_bash", **asked}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    elapsed, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.stdout or not completed, f"nothing was proposed for {completed}"
    return Call(1000 * elapsed, 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))


def _in_process() -> Call:
    """The bookstore's own devenv.yaml, to the text of all that is generated."""
    wall, cpu = time.perf_counter(), time.process_time()
    loaded = load(ROOT / "devenv.yaml", templates_folder(), choice=Choice())
    compile_environment(loaded.environment, {})
    return Call(1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu))


if __name__ == "__main__":
    main()
