"""What watching costs while nothing happens, and after much has: memory and wake-ups; no container.

    python -m benchmarks.sync_idle [--files 50000] [--seconds 60] [--saves 10000]

The watcher is this process (with the benchmark's own few MB), the agent another.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.contract.sync_stand import Stand


def memory_mb(process: int | str) -> float:
    return _field(process, "VmRSS") / 1024


def wake_ups(process: int | str) -> int:
    """Voluntary context switches of all threads: each is a wait that ended."""
    tasks = Path(f"/proc/{process}/task").iterdir()
    return sum(_field(f"{process}/task/{task.name}", "voluntary_ctxt_switches") for task in tasks)


def _field(process: int | str, name: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def make_files(root: Path, files: int) -> None:
    for number in range(files):
        file = root / f"app{number % 500}/{number}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"{number:04}" * 10)


def save(stand: Stand, saves: int) -> None:
    for number in range(saves):
        file = stand.host / f"app{number % 500}/{number % 500}.py"
        file.write_text(f"{number:08}" * 10)
        if number % 10 == 9:
            while (stand.root / file.relative_to(stand.host)).read_text() != f"{number:08}" * 10:
                time.sleep(0.0005)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--saves", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dvt-") as folder:
        stand = Stand(Path(folder))
        make_files(stand.host, options.files)
        stand.session_of("web").synchronize_once(600)
        began = time.perf_counter()
        stand.begin("web").pull(600)
        print(f"watching {options.files} files after     {time.perf_counter() - began:8.2f} s", flush=True)
        agent = stand.agents["web"].process.pid
        time.sleep(3)
        before = wake_ups("self"), wake_ups(agent)
        time.sleep(options.seconds)
        after = wake_ups("self") - 1, wake_ups(agent)
        print(
            f"wake-ups in {options.seconds} s: watcher {after[0] - before[0]}, agent {after[1] - before[1]}"
        )
        save(stand, options.saves // 10)
        memory = memory_mb("self"), memory_mb(agent)
        print(f"memory: watcher {memory[0]:.0f} MB, agent {memory[1]:.0f} MB", flush=True)
        stand.events.clear()
        save(stand, options.saves)
        stand.events.clear()
        grown = memory_mb("self") - memory[0], memory_mb(agent) - memory[1]
        print(f"after {options.saves} saves: watcher {grown[0]:+.1f} MB, agent {grown[1]:+.1f} MB")
        stand.end()


if __name__ == "__main__":
    main()
