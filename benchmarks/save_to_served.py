"""Save -> served: devenv beside runserver and the servers that reload by themselves, in one run.

`python -m benchmarks.save_to_served [--saves 20] [--reloads 200] [--only devenv,uvicorn,...] [--no-worker]
[--json FILE]`
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Round, Run, WorkerRound, table_of
from benchmarks.setups import SETUPS, Running, server_versions
from tests.e2e.bookstore import save_atomically, save_in_place
from tests.e2e.restless import asking

# One client that asks every few milliseconds sees the new code as soon as it is there;
# eight that never pause keep the machine busy, so that a request that is refused is surely noticed.
EIGHT = "eight, no pause"
LOADS = {"one, every 2 ms": (1, 0.002), EIGHT: (8, 0.0)}
SERVED_LIMIT_SECONDS = 30
WORKER_LIMIT_SECONDS = 10
WORKER_SAVES = 5
STYLES = (save_in_place, save_atomically)


def main() -> None:
    options = _options()
    rounds: list[Round] = []
    workers: list[WorkerRound] = []
    for name in options.only:
        _say(f"{name}: bringing it up")
        with SETUPS[name]() as running:
            rounds += [_measure_round(running, load, _saves_of(name, load, options)) for load in LOADS]
            if options.worker:
                workers.append(_measure_worker(running))
    run = Run(versions=_versions(), rounds=rounds, workers=workers)
    print(table_of(run))
    if options.json:
        options.json.write_text(json.dumps(run.as_json(), indent=2) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--saves", type=int, default=20, help="saves for each set-up and load (default: 20)")
    parser.add_argument(
        "--reloads", type=int, default=0, help="saves for devenv beside eight clients (default: as --saves)"
    )
    parser.add_argument("--only", type=_names, default=list(SETUPS), help=f"some of {','.join(SETUPS)}")
    parser.add_argument("--no-worker", dest="worker", action="store_false", help="leave the changed task out")
    parser.add_argument("--json", type=Path, help="also write the raw figures to this file")
    return parser.parse_args()


def _saves_of(name: str, load: str, options: argparse.Namespace) -> int:
    """That no request fails is said of devenv alone, so it is held to it for longer."""
    saves: int = options.saves
    return max(saves, options.reloads) if (name, load) == ("devenv", EIGHT) else saves


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(SETUPS):
        raise argparse.ArgumentTypeError(f"no set-up {', '.join(unknown)}; there are {', '.join(SETUPS)}")
    return names


def _measure_round(running: Running, load: str, saves: int) -> Round:
    """Save the serializer so many times while a client of that load asks for a book."""
    connections, pause_seconds = LOADS[load]
    served: list[float] = []
    with asking(
        f"{running.url}/api/books/1/", connections=connections, pause_seconds=pause_seconds
    ) as client:
        for number in range(saves):
            _wait_a_while()
            edition = f"{connections}-{number}"
            saved_at = time.monotonic()
            running.bookstore.save_serializer(edition, STYLES[number % 2])
            try:
                answered_at = client.first_answer_with(edition, timeout_seconds=SERVED_LIMIT_SECONDS)
            except TimeoutError:
                continue
            served.append((answered_at - saved_at) * 1000)
        tally = client.stop()
    result = Round(
        setup=running.name,
        load=load,
        served_ms=tuple(served),
        never_served=saves - len(served),
        tally=tally,
    )
    _say(f"{running.name}, {load}: median {result.median_ms:.0f} ms, {tally.failures} failed")
    return result


def _measure_worker(running: Running) -> WorkerRound:
    """Save the task, and ask for reports until one is computed by the new code."""
    first = _until_reported(running.url, None, time.monotonic())
    if first is None:
        raise SystemExit(f"{running.name}: the worker computes no report, so there is nothing to compare")
    changed: list[float | None] = []
    for number in range(WORKER_SAVES):
        _wait_a_while()
        edition = f"task-{number}"
        saved_at = time.monotonic()
        running.bookstore.save_task(edition, STYLES[number % 2])
        changed.append(_until_reported(running.url, edition, saved_at))
        if changed[-1] is None:
            break
    return WorkerRound(setup=running.name, changed_ms=tuple(changed))


def _until_reported(url: str, edition: str | None, saved_at: float) -> float | None:
    for result in _reports(f"{url}/api/reports/", until=saved_at + WORKER_LIMIT_SECONDS):
        if result.get("edition") == edition:
            return (time.monotonic() - saved_at) * 1000
    return None


def _reports(address: str, *, until: float) -> Iterator[dict[str, object]]:
    """Ask for one report after the other; a server that is just reloading is asked again."""
    while time.monotonic() < until:
        try:
            asked = _json_of(urllib.request.Request(address, data=b'{"days": 30}'))
            while asked["status"] != "done" and time.monotonic() < until:
                asked = _json_of(urllib.request.Request(str(asked["url"])))
        except OSError:
            time.sleep(0.01)
            continue
        if isinstance(asked["result"], dict):
            yield asked["result"]


def _json_of(request: urllib.request.Request) -> dict[str, object]:
    request.add_header("Accept", "application/json")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as response:
        found: dict[str, object] = json.load(response)
    return found


def _wait_a_while() -> None:
    """Meet a polling reloader at a random moment of its period of one second."""
    time.sleep(random.uniform(0.5, 1.5))


def _versions() -> dict[str, str]:
    return {
        "engine": said("docker", "version", "--format", "{{.Server.Version}}"),
        "compose": said("docker", "compose", "version", "--short"),
        "devenv": said(sys.executable, "-m", "devenv", "--version").removeprefix("devenv "),
        "commit": said("git", "rev-parse", "--short", "HEAD"),
        "processors": str(os.cpu_count()),
        **server_versions(),
    }


def said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return done.stdout.strip() or "unknown"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
