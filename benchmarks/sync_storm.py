"""Storms: `git checkout` between two branches of so many files, while `devenv watch` runs on a real engine.

    python -m benchmarks.sync_storm [--storms 50] [--files 30000]

Every file differs between the two, and a third of them lie in other folders. After each checkout the
container's tree must be what the host's is: compared by digests made on both sides.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.light import Light, light_project
from tests.e2e.checks import DIGESTS, NEVER_TRAVELS

LIMIT_SECONDS = 300.0
PAUSE_SECONDS = 1.0  # to look at everything takes what sync needs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--storms", type=int, default=50)
    parser.add_argument("--files", type=int, default=30_000)
    options = parser.parse_args()
    with light_project("storm", 10) as light:
        _git(light.root, "init", "-q", "-b", "one")
        for branch in ("one", "two"):
            _git(light.root, "checkout", "-q", "-B", branch)
            _make_files(light.root, branch, options.files)
            _git(light.root, "add", "-A")
            _git(light.root, "commit", "-q", "-m", branch)
        with light.watched():
            times = [_storm(light, ["one", "two"][number % 2]) for number in range(options.storms)]
    print(
        f"{options.storms} checkouts of {options.files} files: each ended equal; "
        f"median {statistics.median(times):.1f} s, longest {max(times):.1f} s, git's own time included"
    )


def _make_files(root: Path, branch: str, files: int) -> None:
    for folder in root.glob("in_*"):
        shutil.rmtree(folder)
    for number in range(files):
        top = f"in_{branch}" if number % 3 == 0 else "in_both"
        file = root / f"{top}/app{number % 500}/{number}.py"
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(f"{branch} {number}\n" * 10)


def _storm(light: Light, branch: str) -> float:
    """Seconds until both sides are equal. Ends the program where they are not in time."""
    began = time.monotonic()
    _git(light.root, "checkout", "-q", branch)
    host = _digests([sys.executable, "-c", DIGESTS, str(light.root), *NEVER_TRAVELS])
    inside = ["docker", "exec", light.container, "python", "-c", DIGESTS, "/app", *NEVER_TRAVELS]
    while (there := _digests(inside)) != host:
        if time.monotonic() - began > LIMIT_SECONDS:
            differing = sorted(path for path in host | there if host.get(path) != there.get(path))
            raise SystemExit(f"{branch}: {len(differing)} paths still differ: {differing[:10]}")
        time.sleep(PAUSE_SECONDS)
    took = time.monotonic() - began
    print(f"{branch}: {len(host)} files equal after {took:.1f} s", flush=True)
    return took


def _digests(command: list[str]) -> dict[str, str]:
    found: dict[str, str] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return found


def _git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "gc.auto=0"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


if __name__ == "__main__":
    main()
