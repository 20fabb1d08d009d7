"""`devenv test` of one test file, beside `docker compose exec web` with the same runner, by turns.

`python -m benchmarks.one_test_file [--rounds 20]` brings up a bookstore, and removes it again.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.setups import devenv

MODULE = "catalog.tests.test_isbn"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    with devenv(watched=False) as running:
        root = running.bookstore.root
        ours = [str(Path(sys.executable).with_name("devenv")), "test", "-T", MODULE]
        compose = ["docker", "compose", "--file", ".devenv/compose.yaml", "exec", "-T", "web"]
        theirs = [*compose, "python", "manage.py", "test", MODULE]
        _wall_ms(ours, root)  # the first run sets Django up, for those after it
        calls = [(_wall_ms(ours, root), _wall_ms(theirs, root)) for _ in range(rounds)]
    for name, row in zip(("devenv test", "docker compose exec"), zip(*calls, strict=True), strict=True):
        print(f"{name:20} median {statistics.median(row):5.0f} ms")
    print(f"devenv needs {statistics.median(ours / theirs for ours, theirs in calls):.2f} of its time")


def _wall_ms(command: Sequence[str], root: Path) -> float:
    began = time.monotonic()
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    return 1000 * (time.monotonic() - began)


if __name__ == "__main__":
    main()
