"""A client that never stops asking, in a process of its own; nothing of what it meets escapes it.

`python -m tests.e2e.restless URL` asks over new connections until its stdin closes. It prints one JSON line
for each edition that it meets for the first time, and a last one with the whole tally. `asking` is the way to
use it from Python.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
EDITION = r'"edition": ?"([^"]*)"'
GENERATION = re.compile(rb"\r\nx-devenv-generation: *(\d+)", re.IGNORECASE)
ANSWER_TIMEOUT_SECONDS = 60
# Who was refused waits a moment: without it the client alone would keep a core busy while nobody answers.
AFTER_FAILURE_SECONDS = 0.005
GAP_MS = 25.0


@dataclass
class Tally:
    """What the client met.

    `stale`: answers with an older edition, or an older generation in their header, than one met before they
    were asked for. `gaps_ms`: times without any answer, those of some length.
    """

    answered: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    stale: int = 0
    gaps_ms: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def failures(self) -> int:
        return sum(self.failed.values())

    @property
    def longest_gap_ms(self) -> float:
        return max(self.gaps_ms, default=0.0)


class Client:
    """Asks, and keeps the tally. Units: seconds of the machine's monotonic clock, which processes share."""

    def __init__(self, url: str, *, pattern: str, accept: str, pause_seconds: float) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname or "127.0.0.1", address.port or 80
        target = address.path + (f"?{address.query}" if address.query else "")
        lines = [
            f"GET {target} HTTP/1.1",
            f"Host: {address.netloc}",
            f"Accept: {accept}",
            "Connection: close",
        ]
        self._request = "\r\n".join([*lines, "", ""]).encode()
        self._pattern = re.compile(pattern.encode())
        self._pause_seconds = pause_seconds
        self._editions: dict[str, int] = {}
        self._generation = -1
        self._last_answer = self._began = time.monotonic()
        self.tally = Tally()

    async def ask_for_ever(self) -> None:
        while True:
            newest = len(self._editions) - 1, self._generation
            problem = await self._ask(newest)
            if problem:
                self.tally.failed[problem] = self.tally.failed.get(problem, 0) + 1
                await asyncio.sleep(AFTER_FAILURE_SECONDS)
            elif self._pause_seconds:
                await asyncio.sleep(self._pause_seconds)

    def finish(self) -> Tally:
        self._note_gap(time.monotonic())
        self.tally.seconds = time.monotonic() - self._began
        return self.tally

    async def _ask(self, newest: tuple[int, int]) -> str:
        """One request; returns what was wrong with the answer, or nothing."""
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_SECONDS):
                head, body = await self._exchange()
        except TimeoutError:
            return "timeout"
        except OSError as error:
            return type(error).__name__
        problem = _problem_of(head, body)
        if not problem:
            self._note_answer(head + body, newest)
        return problem

    async def _exchange(self) -> tuple[bytes, bytes]:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(self._request)
            head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
        finally:
            writer.close()
        return head, body

    def _note_answer(self, answer: bytes, newest: tuple[int, int]) -> None:
        now = time.monotonic()
        self.tally.answered += 1
        self._note_gap(now)
        found = self._pattern.search(answer)
        edition = found[1].decode() if found else ""
        if edition not in self._editions:
            self._editions[edition] = len(self._editions)
            print(json.dumps({"edition": edition, "at": now}), flush=True)
        named = GENERATION.search(answer)
        generation = int(named[1]) if named else -1
        self._generation = max(self._generation, generation)
        if self._editions[edition] < newest[0] or (named and generation < newest[1]):
            self.tally.stale += 1

    def _note_gap(self, now: float) -> None:
        gap_ms = (now - self._last_answer) * 1000
        if gap_ms >= GAP_MS:
            self.tally.gaps_ms.append(round(gap_ms, 1))
        self._last_answer = now


def _problem_of(head: bytes, body: bytes) -> str:
    if not head:
        return "empty answer"
    status = int(head.split(b" ", 2)[1])
    if status != 200:
        return f"status {status}"
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    if length and int(length[1]) != len(body):
        return "answer cut off"
    return ""


@dataclass
class Asking:
    """A client at work, seen from the process that started it."""

    process: subprocess.Popen[str]
    lines: queue.SimpleQueue[str]
    met: dict[str, float] = field(default_factory=dict)

    def first_answer_with(self, edition: str, *, timeout_seconds: float) -> float:
        """The monotonic time of the first answer with that edition. Raises TimeoutError."""
        deadline = time.monotonic() + timeout_seconds
        while edition not in self.met:
            try:
                line = json.loads(self.lines.get(timeout=max(0, deadline - time.monotonic())))
            except queue.Empty:
                raise TimeoutError(f"no answer with edition {edition!r} in {timeout_seconds:.0f} s") from None
            self.met[line["edition"]] = line["at"]
        return self.met[edition]

    def stop(self) -> Tally:
        """End it and take its tally."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=ANSWER_TIMEOUT_SECONDS + 5)
        line = self.lines.get(timeout=60)
        while not line.startswith('{"tally"'):
            line = self.lines.get(timeout=60)
        return Tally(**json.loads(line)["tally"])


@contextmanager
def asking(
    url: str,
    *,
    connections: int = 8,
    pause_seconds: float = 0,
    pattern: str = EDITION,
    accept: str = "application/json",
) -> Iterator[Asking]:
    """Keep asking `url` over so many connections at a time while the block runs."""
    command = [
        *(sys.executable, "-m", "tests.e2e.restless", url, "--connections", str(connections)),
        *("--pause", str(pause_seconds), "--pattern", pattern, "--accept", accept),
    ]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        assert process.stdout is not None
        reader = threading.Thread(target=_pass_on, args=(process.stdout, lines), daemon=True)
        reader.start()
        try:
            yield Asking(process=process, lines=lines)
        finally:
            process.terminate()
            process.wait()
            reader.join()


def _pass_on(stream: IO[str], lines: queue.SimpleQueue[str]) -> None:
    for line in stream:
        lines.put(line)


async def _run(client: Client, connections: int) -> None:
    loop = asyncio.get_running_loop()
    closed = loop.create_task(asyncio.to_thread(sys.stdin.read))
    workers = [loop.create_task(client.ask_for_ever()) for _ in range(connections)]
    await asyncio.wait([closed, *workers], return_when=asyncio.FIRST_COMPLETED)
    tally = client.finish()
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    print(json.dumps({"tally": asdict(tally)}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument(
        "--pause", type=float, default=0, help="seconds between an answer and the next request"
    )
    parser.add_argument("--pattern", default=EDITION)
    parser.add_argument("--accept", default="application/json")
    options = parser.parse_args()
    client = Client(options.url, pattern=options.pattern, accept=options.accept, pause_seconds=options.pause)
    asyncio.run(_run(client, options.connections))


if __name__ == "__main__":
    main()
