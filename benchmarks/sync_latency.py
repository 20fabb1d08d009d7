"""Save -> bytes at the agent's root, through a real relay and agent on the host; no container.

    python -m benchmarks.sync_latency [--saves 60] [--files 10000]

One line a figure: median and 95th percentile for saves in place, for editors' atomic saves, for the way back
of what a process makes and for saves beside a log file that is written every 100 ms; files a second for many
at once; and what connecting costs.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.contract.sync_stand import Stand, tree_of

Save = Callable[[Path, str], None]


def save_in_place(file: Path, content: str) -> None:
    file.write_text(content)


def save_atomically(file: Path, content: str) -> None:
    temporary = file.with_name(f"{file.name}.tmp")
    temporary.write_text(content)
    temporary.replace(file)


def measure(stand: Stand, save: Save, saves: int) -> list[float]:
    milliseconds = []
    for number in range(saves):
        content = f"{number:04}" * 1000
        path = f"shop/models{number % 10}.py"
        began = time.perf_counter()
        save(stand.host / path, content)
        while not (stand.root / path).exists() or (stand.root / path).read_text() != content:
            time.sleep(0.0002)
        milliseconds.append((time.perf_counter() - began) * 1000)
        time.sleep(0.15)
    return milliseconds


def pull_back(stand: Stand, times: int) -> list[float]:
    """Milliseconds until a migration that a process made is on the host."""
    assert stand.session is not None
    stand.session.pull()  # from here on the agent tells
    milliseconds = []
    for number in range(times):
        path = f"shop/migrations/{number:04}_made.py"
        (stand.root / path).parent.mkdir(exist_ok=True)
        began = time.perf_counter()
        (stand.root / path).write_text("made")
        while not (stand.host / path).exists():
            time.sleep(0.0002)
        milliseconds.append((time.perf_counter() - began) * 1000)
        time.sleep(0.15)
    return milliseconds


def report(name: str, milliseconds: list[float]) -> None:
    p95 = statistics.quantiles(milliseconds, n=20)[18]
    print(f"{name:32} median {statistics.median(milliseconds):7.2f} ms   p95 {p95:7.2f} ms", flush=True)


def write_log(file: Path, stop: threading.Event) -> None:
    with file.open("a") as log:
        while not stop.wait(0.1):
            log.write("a line\n" * 10)
            log.flush()


def change_everything(stand: Stand, files: int) -> None:
    began = time.perf_counter()
    for number in range(files):
        file = stand.host / f"many/{number % 100}/{number}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{number:04}" * 1000)
    written = time.perf_counter()
    while sum(1 for _ in (stand.root / "many").rglob("*.txt")) < files:
        time.sleep(0.02)
    arrived = time.perf_counter()
    stand.await_equal()
    rate = files / (arrived - began)
    print(f"{files} files of 4 kB written in      {written - began:7.2f} s")
    print(f"  the last one arrived after      {arrived - written:7.2f} s: {rate:.0f} files/s")


def reconnect(stand: Stand) -> None:
    paths = len(tree_of(stand.host))
    assert stand.session is not None
    began = time.perf_counter()
    stand.session.pull()
    print(f"compare {paths} equal paths, live       {(time.perf_counter() - began) * 1000:7.0f} ms")
    stand.stop_session()
    began = time.perf_counter()
    stand.session_of("web").synchronize_once()
    print(f"connect to them from a new process  {(time.perf_counter() - began) * 1000:7.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--saves", type=int, default=60)
    parser.add_argument("--files", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dvt-") as folder:
        stand = Stand(Path(folder))
        (stand.host / "shop").mkdir()
        stand.begin("web")
        stand.await_equal()
        time.sleep(1.5)
        report("in place", measure(stand, save_in_place, options.saves))
        report("atomic", measure(stand, save_atomically, options.saves))
        report("made in a container → on the host", pull_back(stand, options.saves))
        stop = threading.Event()
        logger = threading.Thread(target=write_log, args=(stand.host / "app.log", stop))
        logger.start()
        report("atomic, beside a busy log file", measure(stand, save_atomically, options.saves))
        stop.set()
        logger.join()
        change_everything(stand, options.files)
        reconnect(stand)
        stand.end()


if __name__ == "__main__":
    main()
