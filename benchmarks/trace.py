"""Where the time of a save goes, stage by stage: the bookstore in its containers, a client that asks.

`python -m benchmarks.trace [--saves 20] [--path catalog/serializers.py] [--clients 1]`

Each row is a stage: milliseconds from the one before it to this one. `heard` is the agent's first sight of
the change (the watcher, the frame and the relay are before it); `answered` is the first answer by new code.
The new process's processor time (a mean) and page faults, from `resumed` to after `answered`, are below.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.setups import Running, devenv
from devenv.agent.protocol import VERSION, Decoder, Hello, Reloaded, State, encode
from tests.e2e.bookstore import save_atomically, save_in_place
from tests.e2e.restless import asking

RELAY = ("python", "-I", "/opt/devenv/agent", "relay")
STYLES = (save_in_place, save_atomically)
BETWEEN_SAVES_SECONDS = 1.2
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


class Listener:
    """A second host of the agent in `container`: it only listens. generation: what it runs at first."""

    def __init__(self, container: str) -> None:
        self.generation = 0
        self._relay = subprocess.Popen(
            ["docker", "exec", "--interactive", container, *RELAY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        self._decoder = Decoder()
        self._messages = self._receive()
        assert self._relay.stdin is not None
        self._relay.stdin.write(encode(Hello(VERSION)))

    def _receive(self) -> Iterator[tuple[float, object]]:
        assert self._relay.stdout is not None
        while block := self._relay.stdout.read(1 << 16):
            at = time.monotonic()
            yield from ((at, message) for message in self._decoder.feed(block))

    def until_ready(self) -> State:
        return next(message for _, message in self._messages if isinstance(message, State) and message.pids)

    def until_reloaded(self, after: int) -> tuple[float, Reloaded]:
        """When it was heard, and what; of a generation later than `after`."""
        return next(
            (at, message)
            for at, message in self._messages
            if isinstance(message, Reloaded) and message.generation > after
        )

    def close(self) -> None:
        self._relay.terminate()
        self._relay.wait()


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process has used since it was forked."""

    cpu_ms: float
    faults: int


@dataclass(frozen=True, slots=True)
class Save:
    """One save: [stage, milliseconds since the save] each, and what the process that serves it used."""

    stages: list[tuple[str, float]]
    before: str
    spent: Spent


def processes_of(container: str) -> dict[int, Spent]:
    """Every process in the container, by its number on this machine."""
    listed = subprocess.run(
        ["docker", "top", container, "-o", "pid"], capture_output=True, text=True, check=True
    ).stdout
    pids = [int(word) for word in listed.split() if word.isdigit()]
    return {pid: spent for pid in pids if (spent := spent_by(pid))}


def spent_by(pid: int) -> Spent | None:
    """All threads, those that ended included; the kernel tells it in steps of ten milliseconds."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return Spent((int(stat[11]) + int(stat[12])) * TICK_MS, int(stat[7]))


def newest(before: dict[int, Spent], after: dict[int, Spent]) -> Spent:
    """What the process that was there least, or not at all, used meanwhile: the one that was resumed."""
    used = [
        Spent(spent.cpu_ms - before[pid].cpu_ms, spent.faults - before[pid].faults)
        if pid in before
        else spent
        for pid, spent in after.items()
    ]
    return max(used, key=lambda each: each.cpu_ms)


@contextmanager
def listening(container: str) -> Iterator[Listener]:
    listener = Listener(container)
    try:
        listener.generation = listener.until_ready().generation
        yield listener
    finally:
        listener.close()


def trace(running: Running, path: str, address: str, saves: int, clients: int) -> list[Save]:
    """Save `path` so many times. A comment is what changes; the answer's generation tells whose it is.

    clients: one asks every two milliseconds, several never pause.
    """
    container = f"dvt-bench-{running.name}-web-1"
    traced = []
    file = running.bookstore.root / path
    original = file.read_text(encoding="utf-8") if file.exists() else ""
    with (
        listening(container) as listener,
        asking(
            running.url + address,
            connections=clients,
            pause_seconds=0.002 if clients == 1 else 0,
            pattern=r"(?i)x-devenv-generation: (\d+)",
        ) as client,
    ):
        generation = listener.generation
        for number in range(saves):
            time.sleep(BETWEEN_SAVES_SECONDS)
            there = processes_of(container)
            saved_at = time.monotonic()
            STYLES[number % 2](file, f"{original}# {number}\n")
            heard_at, reloaded = listener.until_reloaded(generation)
            generation = reloaded.generation
            answered_at = client.first_answer_with(str(generation), timeout_seconds=20)
            arrived_at = heard_at - reloaded.duration_ms / 1000
            stages = [("heard", 1000 * (arrived_at - saved_at))]
            stages += [(name, stages[0][1] + milliseconds) for name, milliseconds in reloaded.stages]
            stages.append(("answered", 1000 * (answered_at - saved_at)))
            spent = newest(there, processes_of(container))
            traced.append(Save(stages, f"{reloaded.rung} {reloaded.before}".strip(), spent))
        tally = client.stop()
        print(f"gaps: {sorted(tally.gaps_ms)[-10:]}, {tally.answered} answered, {tally.failures} failed")
        file.write_text(original, encoding="utf-8")
        listener.until_reloaded(generation)
    return traced[1:]  # the first makes the checkpoint that the others go back to


def table_of(saves: list[Save]) -> str:
    rows = [f"{'stage':10} {'ms':>7} {'p95':>7} {'since the save':>15}"]
    names = [name for name, _ in saves[0].stages]
    last = [0.0] * len(saves)
    for number, name in enumerate(names):
        at = [save.stages[number][1] for save in saves if len(save.stages) == len(names)]
        took = [now - before for now, before in zip(at, last, strict=False)]
        rows.append(
            f"{name:10} {statistics.median(took):7.1f} {p95(took):7.1f} {statistics.median(at):15.1f}"
        )
        last = at
    cpu = [save.spent.cpu_ms for save in saves]
    faults = [save.spent.faults for save in saves]
    rows.append(f"resumed at: {saves[-1].before}; n = {len(saves)}; p95 of the whole {p95(last):.1f} ms")
    rows.append(
        f"its processor time {statistics.mean(cpu):.1f} ms, page faults {statistics.median(faults):.0f}"
    )
    return "\n".join(rows)


def p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--saves", type=int, default=20)
    parser.add_argument(
        "--path",
        action="append",
        help="what to save (default: catalog/serializers.py); .env: a start from cold",
    )
    parser.add_argument("--clients", type=int, default=1, help="connections that ask at once (default: 1)")
    parser.add_argument("--address", default="/api/books/1/", help="what to ask for")
    options = parser.parse_args()
    with devenv() as running:
        for path in options.path or ["catalog/serializers.py"]:
            print(f"\n{path}")
            print(
                table_of(trace(running, path, options.address, options.saves + 1, options.clients)),
                flush=True,
            )


if __name__ == "__main__":
    main()
