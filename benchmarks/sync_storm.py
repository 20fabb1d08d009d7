"""Storms: `git checkout` between two branches of so many files, while `devenv watch` runs on a real engine.

    python -m benchmarks.sync_storm [--storms 50] [--files 30000]

After each the container's tree must be what the host's is: compared by digests made on both sides.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.light import Light, light_project, make_files
from tests.e2e.checks import DIGESTS, NEVER_TRAVELS

LIMIT_SECONDS = 180.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--storms", type=int, default=50)
    parser.add_argument("--files", type=int, default=30_000)
    options = parser.parse_args()
    with light_project("storm", 10) as light:
        _git(light.root, "init", "-q", "-b", "one")
        _git(light.root, "add", "-A")
        _git(light.root, "commit", "-q", "-m", "one")
        _git(light.root, "checkout", "-q", "-b", "two")
        make_files(light.root, options.files)
        _git(light.root, "add", "-A")
        _git(light.root, "commit", "-q", "-m", "two")
        with light.watched():
            times = [_storm(light, ["one", "two"][number % 2]) for number in range(options.storms)]
    print(
        f"{options.storms} checkouts of {options.files} files: each ended equal; "
        f"median {statistics.median(times):.1f} s, longest {max(times):.1f} s, git's own time included"
    )


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
        time.sleep(0.1)
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
