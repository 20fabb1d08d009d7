"""Save -> bytes in the container: devenv beside `docker compose watch` and `docker cp`, in one run.

`python -m benchmarks.save_to_bytes [--saves 50] [--files 10000] [--rounds 3] [--only devenv,watch,cp]`

Many files at once are beside what a bare loop of writes and renames gets from the same disk in the same
minute: ext4 without a journal looks at each inode that was freed in the last minutes before it takes one, and
is slow for so long.
"""

from __future__ import annotations

import argparse
import random
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.inside import Inside, files_a_second
from benchmarks.setups import Running, compose_and_nothing, container_of, devenv, watch_and_runserver
from tests.e2e.bookstore import SERIALIZERS, save_atomically, save_in_place, serializers_with

LIMIT_SECONDS = 20.0
BULK_LIMIT_SECONDS = 180.0
SLOW_SECONDS = 20.0  # what takes longer is not done again
FLOOR_FOLDER = "/app/__pycache__/floor"  # on the disk that the files come to, and nobody's to send
SETUPS = {"devenv": devenv, "watch": watch_and_runserver, "cp": compose_and_nothing}

Save = Callable[[Path, str], None]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--saves", type=int, default=50)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3, help="of many files at once")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(SETUPS))
    options = parser.parse_args()
    medians: dict[str, dict[str, float]] = {}
    for name in options.only:
        with SETUPS[name]() as running:
            container = container_of(f"dvt-bench-{name}", "web")
            with Inside(container) as inside:
                medians[name] = _saves(running, inside, options.saves)
                _many(running, inside, container, options)
    _compare(medians)


def _saves(running: Running, inside: Inside, saves: int) -> dict[str, float]:
    """The medians by how it is saved."""
    medians = {}
    for what, save in (("in place", save_in_place), ("atomic", save_atomically)):
        medians[what] = _report(running, what, [_save(running, inside, save, n) for n in range(saves)])
    if running.name == "devenv":
        with _busy_log(running.bookstore.root / "app.log"):
            beside = [_save(running, inside, save_atomically, n) for n in range(saves)]
        _report(running, "atomic, beside a busy log file", beside)
    return medians


def _compare(medians: dict[str, dict[str, float]]) -> None:
    ours = medians.pop("devenv", {})
    for name, theirs in medians.items():
        for what in ours:
            print(f"| {name} | save {what} | {theirs[what] / ours[what]:.0f} times devenv's median |")


def _save(running: Running, inside: Inside, save: Save, number: int) -> float | None:
    """Milliseconds until a process in the container reads the new bytes; None for never."""
    time.sleep(random.uniform(1.0, 1.3))  # what changes more often for long gets a turn a second
    text = serializers_with(f"{save.__name__} {number} {random.random()}")
    inside.ask_content(f"/app/{SERIALIZERS}", text, limit_seconds=LIMIT_SECONDS)
    time.sleep(0.05)
    began = time.monotonic()
    save(running.bookstore.root / SERIALIZERS, text)
    _copy(running, SERIALIZERS)
    arrived, _ = inside.answer()
    return None if arrived is None else (arrived - began) * 1000


def _copy(running: Running, path: str) -> None:
    """What `docker cp` is for; the others have noticed by themselves."""
    if running.name == "cp":
        container = container_of("dvt-bench-cp", "web")
        target = f"{container}:/app/{Path(path).parent}"
        subprocess.run(["docker", "cp", "--quiet", str(running.bookstore.root / path), target], check=True)


def _report(running: Running, what: str, found: list[float | None]) -> float:
    times = [each for each in found if each is not None]
    p95 = statistics.quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else float("nan")
    median = statistics.median(times) if times else float("nan")
    never = f", {len(found) - len(times)} never" if len(times) < len(found) else ""
    print(
        f"| {running.name} | save {what} | {median:.1f} ms | {p95:.1f} ms | n = {len(found)}{never} |",
        flush=True,
    )
    return median


@contextmanager
def _busy_log(file: Path) -> Iterator[None]:
    stop = threading.Event()

    def write() -> None:
        with file.open("a") as log:
            while not stop.wait(0.1):
                log.write("a line\n" * 10)
                log.flush()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _many(running: Running, inside: Inside, container: str, options: argparse.Namespace) -> None:
    files: int = options.files
    floors = [files_a_second(container, FLOOR_FOLDER, files=files, threads=n) for n in (1, 2)]
    words = f"{floors[0]:.0f} files/s in one thread, {floors[1]:.0f} in two"
    print(f"| {running.name} | {files} files of 4 kB by a bare loop | {words} |", flush=True)
    for number in range(options.rounds):
        took = _bulk(running, inside, files, number)
        if took is None or took > SLOW_SECONDS:
            return


def _bulk(running: Running, inside: Inside, files: int, number: int) -> float | None:
    """So many files of 4 kB appear at once, by a rename of their folder; seconds until all are there."""
    root, name = running.bookstore.root, f"many{number}"
    prepared = root.parent / name
    for each in range(files):
        file = prepared / f"{each % 100}/{each}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{each:04}" * 1024)
    inside.ask_files(f"/app/{name}", files, limit_seconds=BULK_LIMIT_SECONDS)
    began = time.monotonic()
    prepared.rename(root / name)
    _copy(running, name)
    arrived, found = inside.answer()
    words = f"{found} of them after {BULK_LIMIT_SECONDS:.0f} s"
    if arrived is not None:
        words = f"{arrived - began:.2f} s | {files / (arrived - began):.0f} files/s"
    print(f"| {running.name} | {files} files of 4 kB at once | {words} |", flush=True)
    return None if arrived is None else arrived - began


if __name__ == "__main__":
    main()
