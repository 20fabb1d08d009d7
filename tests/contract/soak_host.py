"""The host's side of a history as a process of its own, so that kill -9 ends it wherever it is.

`python -m tests.contract.soak_host FOLDER CARRIERS`: a session between FOLDER/host and the agents that
CARRIERS (JSON) names. It reads orders, a line each, and prints what it has to tell, a JSON line each.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from devenv.engine.docker_door import DockerEngine
from devenv.engine.endpoint import locate_endpoint
from devenv.events import Event, ProcessState, Pulled
from devenv.sync.channel import ByteStream
from devenv.sync.session import SyncSession
from devenv.sync.sights import Overflow
from tests.contract.sync_stand import RelayStream

ROOT = Path(__file__).parents[2]
ANSWER_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Carrier:
    """How an agent is reached: by its socket, or, in a container, by an exec of `relay`."""

    socket_path: str = ""
    container: str = ""
    relay: tuple[str, ...] = ()


@dataclass
class HostProcess:
    """The process, seen from the history. `pulled`: every path that it said came back."""

    process: subprocess.Popen[str]
    pulled: set[str] = field(default_factory=set)
    last: list[dict[str, Any]] = field(default_factory=list)
    answers: queue.SimpleQueue[dict[str, Any]] = field(default_factory=queue.SimpleQueue)
    greeted: threading.Event = field(default_factory=threading.Event)
    listener: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def order(self, word: str) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{word}\n")
            self.process.stdin.flush()

    def pull(self) -> list[str]:
        """Both sides agree as far as they can now; what the container keeps for itself."""
        self.order("pull")
        try:
            answer = self.answers.get(timeout=ANSWER_SECONDS)
        except queue.Empty:
            raise AssertionError(f"no answer; it said last: {self.last[-12:]}") from None
        assert "kept" in answer, f"{answer}; before: {self.last[-12:]}"
        kept: list[str] = answer["kept"]
        return kept

    def kill(self) -> None:
        self.process.kill()
        self._close()

    def end(self) -> None:
        if self.process.poll() is None:
            self.order("end")
        self._close()

    def _close(self) -> None:
        self.process.wait(30)
        self.listener.join(30)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            told = json.loads(line)
            self.last = [*self.last[-50:], told]
            self.pulled.update(told.get("pulled", ()))
            if "state" in told or "failed" in told:
                self.greeted.set()
            if "kept" in told or "failed" in told:
                self.answers.put(told)


def begin(
    folder: Path, carriers: dict[str, Carrier], python: Sequence[str] = (sys.executable,)
) -> HostProcess:
    """Start the host's side, not waiting for anything. python: the command."""
    stated = json.dumps({name: asdict(carrier) for name, carrier in carriers.items()})
    process = subprocess.Popen(
        [*python, "-m", "tests.contract.soak_host", str(folder), stated],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return HostProcess(process)


class CutStream:
    """A stream that can be told to lose the second half of the next frame, and then itself."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self.cut_next = False

    def send(self, data: bytes) -> None:
        if self.cut_next:
            self._stream.send(data[: len(data) // 2])
            self._stream.close()
            raise OSError("cut")
        self._stream.send(data)

    def recv(self) -> bytes:
        return self._stream.recv()

    def close(self) -> None:
        self._stream.close()


class Told:
    """What the process prints, whole lines whatever thread tells."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()

    def tell(self, **words: Any) -> None:
        with self._one_at_a_time:
            print(json.dumps(words), flush=True)

    def emit(self, event: Event) -> None:
        if isinstance(event, Pulled):
            self.tell(pulled=event.paths, conflicts=event.conflicts)
        elif isinstance(event, ProcessState):
            self.tell(state=event.state)
        else:
            self.tell(event=str(event)[:300])

    def attempt(self, act: Callable[[], object]) -> None:
        """What an act of a history fails with is told: the history asks for it."""
        try:
            act()
        except BaseException as error:
            self.tell(failed=repr(error))


def main(folder: Path, carriers: dict[str, Carrier]) -> None:
    told = Told()
    streams: list[CutStream] = []

    def connect(name: str) -> ByteStream:
        streams[:] = [*streams[-3:], CutStream(_open(carriers[name]))]
        return streams[-1]

    def cut() -> None:
        for stream in streams[-1:]:
            stream.cut_next = True

    def drop() -> None:
        for stream in streams[-1:]:
            stream.close()

    session = SyncSession(
        folder / "host",
        processes=list(carriers),
        connect=connect,
        emit=told.emit,
        react=lambda _: "static",
        cache=folder / "digests.json",
    )
    thread = threading.Thread(target=told.attempt, args=(session.run,))
    thread.start()
    orders: dict[str, Callable[[], object]] = {
        "pull": lambda: told.tell(kept=session.pull(ANSWER_SECONDS).kept),
        "lose_events": lambda: session._lookout._sink(Overflow()),
        "cut": cut,
        "drop": drop,
    }
    for line in sys.stdin:
        if line.strip() == "end":
            break
        told.attempt(orders[line.strip()])
    session.stop()
    thread.join()


def _open(carrier: Carrier) -> ByteStream:
    if carrier.container:
        engine = DockerEngine(locate_endpoint(os.environ, Path.home(), sys.platform), os.environ)
        return engine.open_exec_stream(carrier.container, carrier.relay)
    if not Path(carrier.socket_path).exists():
        raise OSError("no agent yet")
    return RelayStream(Path(carrier.socket_path))


if __name__ == "__main__":
    chosen = {name: Carrier(**fields) for name, fields in json.loads(sys.argv[2]).items()}
    main(Path(sys.argv[1]), chosen)
