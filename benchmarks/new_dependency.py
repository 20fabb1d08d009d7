"""A new pure-Python package: the save of requirements.txt → it can be imported in web and worker.

Beside it the same edit while nobody watches: `devenv up -d` builds the image and makes the containers anew.
`python -m benchmarks.new_dependency [--rounds 3]` brings up a bookstore, and removes it again.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.setups import devenv, watching

PACKAGES = ("iniconfig", "toolz", "humanize", "tabulate", "inflection", "colorama", "pluggy", "tomli", "idna")
SERVICES = ("web", "worker")
PATIENCE_SECONDS = 280


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    names = iter(PACKAGES)
    with devenv(watched=False) as running:
        root = running.bookstore.root
        rebuilt = [_seconds(root, next(names), lambda: _up(root)) for _ in range(rounds)]
        with watching(root):
            installed = [_seconds(root, next(names), lambda: None) for _ in range(rounds)]
    for what, seconds in (("installed while watching", installed), ("rebuilt by `up -d`", rebuilt)):
        print(f"{what:26} median {statistics.median(seconds):5.1f} s, of {_listed(seconds)}")
    ratio = statistics.median(installed) / statistics.median(rebuilt)
    print(f"installing needs {ratio:.2f} of a rebuild's time")


def _seconds(root: Path, package: str, act: Callable[[], None]) -> float:
    """From the save until a fresh Python in each container imports the package."""
    with (root / "requirements.txt").open("a", encoding="utf-8") as file:
        file.write(f"{package}\n")
    began = time.perf_counter()
    act()
    waiting = list(SERVICES)
    while waiting:
        waiting = [service for service in waiting if not _imports(root, service, package)]
        if time.perf_counter() - began > PATIENCE_SECONDS:
            raise SystemExit(f"{package} is not in {', '.join(waiting)}")
    return time.perf_counter() - began


def _up(root: Path) -> None:
    subprocess.run([sys.executable, "-m", "devenv", "up", "-d"], cwd=root, capture_output=True, check=True)


def _imports(root: Path, service: str, package: str) -> bool:
    compose = ["docker", "compose", "--file", ".devenv/compose.yaml", "exec", "-T", service]
    call = [*compose, "python", "-c", f"import {package}"]
    return subprocess.run(call, cwd=root, capture_output=True, check=False).returncode == 0


def _listed(seconds: list[float]) -> str:
    return ", ".join(f"{each:.1f}" for each in seconds)


if __name__ == "__main__":
    main()
