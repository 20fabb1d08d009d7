"""Comparing equal trees: what it costs a new session, and a live one. A real relay and agent; no container.

python -m benchmarks.sync_reconnect [--files 10000] [--times 50]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.contract.sync_stand import Stand


def measure(work: Callable[[], object], times: int) -> list[float]:
    milliseconds = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        milliseconds.append((time.perf_counter() - began) * 1000)
    return milliseconds


def report(name: str, milliseconds: list[float]) -> None:
    p95 = statistics.quantiles(milliseconds, n=20)[18] if len(milliseconds) > 1 else milliseconds[0]
    middle, least = statistics.median(milliseconds), min(milliseconds)
    print(f"{name:44} median {middle:6.0f} ms   p95 {p95:6.0f} ms   least {least:6.0f} ms", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dvt-") as folder:
        stand = Stand(Path(folder))
        for number in range(options.files):
            file = stand.host / f"app{number % 100}/{number}.py"
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"{number:04}" * 1000)
        first = stand.session_of("web")
        report(f"the first time: {options.files} files go", measure(first.synchronize_once, 1))
        again = [stand.session_of("web") for _ in range(options.times)]
        report(
            "a new session, an agent that knows its tree",
            measure(lambda: again.pop().synchronize_once(), options.times),
        )
        stand.agents["web"].kill()
        stand.agents["web"].restart()
        time.sleep(1)
        report("a new session, an agent just started", measure(stand.session_of("web").synchronize_once, 1))
        live = stand.begin("web")
        live.pull()
        report("a live session compares everything", measure(live.pull, options.times))
        stand.end()


if __name__ == "__main__":
    main()
