"""A celery worker under load while its tasks are edited: save -> new code, and whether each task ran once.

`python -m benchmarks.worker_reload [--reloads 100]`

The bookstore in its containers, redis as broker. Tasks of two kinds, acknowledged before and after they ran,
are sent some forty times a second each; a task counts itself in redis, and notes when its code first ran.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.save_to_served import STYLES
from benchmarks.setups import devenv
from benchmarks.trace import listening

CONTAINER = "dvt-bench-devenv-{}-1"
PYTHON = "/opt/venv/bin/python"
LIMIT_SECONDS = 60.0
BETWEEN_SAVES_SECONDS = (0.5, 1.5)
KINDS = ("early", "late")
TASKS = """

def _note(kind, number):
    import time
    from django.conf import settings
    from redis import Redis

    began = time.monotonic()
    time.sleep(0.01)
    with Redis.from_url(settings.REDIS_URL) as redis:
        redis.hincrby("bench:" + kind, number, 1)
        if redis.hsetnx("bench:editions", "EDITION", began):
            redis.rpush("bench:EDITION", began)


@shared_task(name="bench.early", ignore_result=True)
def note_early(number):
    _note("early", number)


@shared_task(name="bench.late", ignore_result=True, acks_late=True)
def note_late(number):
    _note("late", number)
"""
SENDER = """
import select, sys, time
from bookstore.celery import app
number = 0
while not select.select([sys.stdin], [], [], 0.025)[0]:
    for kind in ("early", "late"):
        app.send_task("bench." + kind, [number])
    number += 1
print(number)
"""
READER = """
import json
from django.conf import settings
from redis import Redis
redis = Redis.from_url(settings.REDIS_URL, decode_responses=True)
print(json.dumps({name: redis.hgetall("bench:" + name) for name in ("early", "late", "editions")}))
"""


WATCHER = """
import sys
from django.conf import settings
from redis import Redis
redis = Redis.from_url(settings.REDIS_URL, decode_responses=True)
for line in sys.stdin:
    _, began = redis.blpop("bench:" + line.strip(), timeout=LIMIT) or ("", "never")
    print(began, flush=True)
""".replace("LIMIT", str(int(LIMIT_SECONDS)))


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each task of a kind ran, against how many were sent."""

    sent: int
    lost: int
    more_than_once: int


def python_in(process: str, code: str) -> list[str]:
    variables = ("--env", "DJANGO_SETTINGS_MODULE=bookstore.settings")
    return ["docker", "exec", "--interactive", *variables, CONTAINER.format(process), PYTHON, "-c", code]


def noted() -> Mapping[str, Mapping[str, str]]:
    done = subprocess.run(python_in("web", READER), capture_output=True, text=True, check=True)
    found: dict[str, dict[str, str]] = json.loads(done.stdout)
    return found


@contextmanager
def talking_to(code: str) -> Iterator[subprocess.Popen[str]]:
    """A process beside the app, for as long as it is needed: one for each question would cost a core."""
    process = subprocess.Popen(
        python_in("web", code), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def run_of(edition: str, watcher: subprocess.Popen[str]) -> float:
    """When a task of that edition first ran, by the clock that containers and host share."""
    assert watcher.stdin
    assert watcher.stdout
    watcher.stdin.write(f"{edition}\n")
    watcher.stdin.flush()
    if (began := watcher.stdout.readline().strip()) == "never":
        raise SystemExit(f"no task ran as edition {edition}")
    return float(began)


def counts_of(kind: str, sent: int) -> Counts:
    """Wait until as many have run as were sent, or nothing more happens: a busy machine is behind."""
    runs: Mapping[str, str] = {}
    deadline = time.monotonic() + LIMIT_SECONDS
    while len(runs) < sent and time.monotonic() < deadline:
        time.sleep(0.5)
        if len(now := noted()[kind]) > len(runs):
            runs, deadline = now, time.monotonic() + LIMIT_SECONDS
    return Counts(sent, sent - len(runs), sum(int(count) > 1 for count in runs.values()))


def measure(file: Path, reloads: int) -> tuple[list[float], dict[str, Counts]]:
    original = file.read_text(encoding="utf-8")
    with listening(CONTAINER.format("worker")) as worker:
        file.write_text(original + TASKS.replace("EDITION", "first"), encoding="utf-8")
        worker.until_reloaded(0)  # a worker throws away tasks that it does not know yet
    served = []
    with talking_to(SENDER) as sender, talking_to(WATCHER) as watcher:
        run_of("first", watcher)
        for number in range(reloads):
            time.sleep(random.uniform(*BETWEEN_SAVES_SECONDS))
            saved_at = time.monotonic()
            STYLES[number % 2](file, original + TASKS.replace("EDITION", f"e{number}"))
            served.append(1000 * (run_of(f"e{number}", watcher) - saved_at))
        answer, _ = sender.communicate("\n", timeout=LIMIT_SECONDS)
    return served, {kind: counts_of(kind, int(answer)) for kind in KINDS}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reloads", type=int, default=100)
    options = parser.parse_args()
    with devenv() as running:
        served, counts = measure(running.bookstore.root / "reports/tasks.py", options.reloads)
    p95 = statistics.quantiles(served, n=20, method="inclusive")[-1]
    print(f"save -> new code of a task: median {statistics.median(served):.0f} ms, p95 {p95:.0f} ms")
    for kind, each in counts.items():
        print(
            f"acknowledged {kind}: {each.sent} sent, {each.lost} lost, {each.more_than_once} more than once"
        )


if __name__ == "__main__":
    main()
