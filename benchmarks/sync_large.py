"""Large trees on a real engine: reconnecting, the start of the watching, what it costs idle and after much.

    python -m benchmarks.sync_large [--equal 10000] [--files 50000] [--seconds 60] [--saves 10000]

The saves of an hour are made as quickly as they arrive: what an hour adds to them is waiting.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.inside import Inside
from benchmarks.light import DEVENV, Light, light_project, main_process, make_files, memory_mb, wake_ups
from devenv.clock import SystemClock
from devenv.engine.docker_door import DockerEngine
from devenv.engine.endpoint import locate_endpoint
from devenv.sync.session import SyncSession

AGENT = ("/usr/local/bin/python", "-I", "/opt/devenv/agent", "relay")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--equal", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--saves", type=int, default=10_000)
    options = parser.parse_args()
    with light_project("large", options.equal) as light:
        _reconnect(light, options.equal, options.times)
        make_files(light.root, options.files)
        subprocess.run([*DEVENV, "up", "-d"], cwd=light.root, check=True, capture_output=True)
        _watch(light, options)


def _reconnect(light: Light, files: int, times: int) -> None:
    """A session of its own each time: exec, hello, both trees looked at, compared, left."""
    engine = DockerEngine(locate_endpoint(os.environ, Path.home(), sys.platform), os.environ)
    cache = light.root / ".devenv/digests.json"
    found = []
    for _ in range(times):
        began = time.monotonic()
        session = SyncSession(
            light.root,
            processes=["idle"],
            connect=lambda _: engine.open_exec_stream(light.container, AGENT),
            emit=lambda _: None,
            react=lambda _: "none",
            clock=SystemClock(),
            cache=cache,
        )
        converged = session.synchronize_once()
        found.append((time.monotonic() - began) * 1000)
        assert (converged.pushed, converged.removed) == ((), ()), converged
    p95 = statistics.quantiles(found, n=20, method="inclusive")[-1]
    print(f"reconnect to {files} equal files: median {statistics.median(found):.0f} ms, p95 {p95:.0f} ms")


def _watch(light: Light, options: argparse.Namespace) -> None:
    with Inside(light.container) as inside:
        file, text = light.root / "app0/0.py", "the first save"
        inside.ask_content("/app/app0/0.py", text, limit_seconds=60)
        began = time.monotonic()
        with light.watched() as watcher:
            print(f"`devenv watch` of {options.files} files says so after {time.monotonic() - began:.2f} s")
            file.write_text(text)
            arrived, _ = inside.answer()
            assert arrived is not None, "a save while watching never arrived"
            print(f"  a save made then was there {arrived - began:.2f} s after its start", flush=True)
            agent = main_process(light.container)
            time.sleep(3)
            before = wake_ups(watcher), wake_ups(agent)
            time.sleep(options.seconds)
            after = wake_ups(watcher), wake_ups(agent)
            woken = after[0] - before[0], after[1] - before[1]
            print(f"wake-ups in {options.seconds} s: watcher {woken[0]}, agent {woken[1]}")
            _many_saves(light, inside, options.saves // 20)
            start = _memories(watcher, agent)
            _many_saves(light, inside, options.saves)
            end = _memories(watcher, agent)
            grown = [f"{b[0] - a[0]:+.1f} MB" for a, b in zip(start, end, strict=True)]
            print(f"after {options.saves} saves: watcher {grown[0]}, agent {grown[1]}")


def _memories(watcher: int, agent: int) -> list[tuple[float, float]]:
    found = [memory_mb(watcher), memory_mb(agent)]
    words = [
        f"{name} {rss:.0f} MB ({pss:.0f} PSS)"
        for name, (rss, pss) in zip(("watcher", "agent"), found, strict=True)
    ]
    print(f"memory: {', '.join(words)}", flush=True)
    return found


def _many_saves(light: Light, inside: Inside, saves: int) -> None:
    for number in range(saves):
        path, text = f"app{number % 500}/{number % 500}.py", f"{number:08}" * 10
        (light.root / path).write_text(text)
        if number % 10 == 9:
            inside.ask_content(f"/app/{path}", text, limit_seconds=60)
            assert inside.answer()[0] is not None, f"save {number} never arrived"


if __name__ == "__main__":
    main()
