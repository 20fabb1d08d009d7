"""What a container costs while nothing happens: how often each of its processes wakes, and the memory of all.

`python -m benchmarks.idle [--seconds 60] [--process web]`
"""

from __future__ import annotations

import argparse
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.setups import devenv
from benchmarks.trace import Listener

SETTLED_SECONDS = 15  # checkpoints are pruned and measured a while after a start
CONTAINER = "dvt-bench-devenv-{}-1"


@dataclass(frozen=True, slots=True)
class Sample:
    """One process. switches: the times that it was given a processor; cpu_ms: in steps of ten."""

    switches: int
    cpu_ms: float
    pss_bytes: int


def sample_of(pid: int) -> tuple[int, Sample]:
    """The process's number in its container, and what it has used; `pid`: its number on this machine."""
    status = dict(re.findall(r"(\w+):\s+(.*)", Path(f"/proc/{pid}/status").read_text()))
    switches = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        switches += sum(map(int, re.findall(r"ctxt_switches:\s+(\d+)", (task / "status").read_text())))
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    pss = int(re.findall(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)[0]) * 1024
    return int(status["NSpid"].split()[-1]), Sample(switches, 10.0 * (int(stat[11]) + int(stat[12])), pss)


def samples_of(container: str) -> dict[int, Sample]:
    listed = subprocess.run(
        ["docker", "top", container, "-o", "pid"], capture_output=True, text=True, check=True
    ).stdout
    return dict(sample_of(int(word)) for word in listed.split() if word.isdigit())


def roles_of(container: str, process: str) -> dict[int, str]:
    """Process 1 is the agent; it tells the app's processes first, then its checkpoints and the spare."""
    listener = Listener(container)
    pids = listener.until_ready().pids
    listener.close()
    names = [f"the {process}'s own" if number == 0 else "checkpoint" for number in range(len(pids))]
    return {1: "agent", **dict(zip(pids, names, strict=True))}


def table_of(before: dict[int, Sample], after: dict[int, Sample], roles: dict[int, str]) -> str:
    rows = ["| process | woken | processor | PSS |", "|---|---|---|---|"]
    for pid, sample in sorted(after.items()):
        earlier = before.get(pid, Sample(0, 0, 0))
        woken, cpu_ms = sample.switches - earlier.switches, sample.cpu_ms - earlier.cpu_ms
        name = roles.get(pid, "another: the host's relay, a child")
        rows.append(f"| {pid} {name} | {woken} times | {cpu_ms:.0f} ms | {sample.pss_bytes / 2**20:.1f} MB |")
    total = sum(sample.pss_bytes for sample in after.values()) / 2**20
    ours = [sample for pid, sample in after.items() if roles.get(pid) in ("agent", "checkpoint")]
    rows.append(
        f"\nagent and checkpoints {sum(each.pss_bytes for each in ours) / 2**20:.1f} MB of {total:.1f} MB"
    )
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--process", default="web")
    options = parser.parse_args()
    container = CONTAINER.format(options.process)
    with devenv() as running:
        running.bookstore.save_serializer("one")  # a spare stands before what was edited last
        time.sleep(SETTLED_SECONDS)
        roles = roles_of(container, options.process)
        time.sleep(2)  # the look at who is who is over
        before = samples_of(container)
        time.sleep(options.seconds)
        print(table_of(before, samples_of(container), roles))


if __name__ == "__main__":
    main()
