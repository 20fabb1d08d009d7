"""The ways to start the app's process: the deepest checkpoint that is still true, else from cold."""

from __future__ import annotations

import os
import signal
import socket
from typing import Callable, List, NamedTuple, Optional

from . import control
from .control import Exited, Frozen, Resume
from .history import COLD, Record
from .loop import Loop
from .memory import overhead_bytes

MAX_RECENT = 8
MAX_CHECKPOINTS = 10
MEMORY_BYTES = int(os.environ.get("DEVENV_CHECKPOINTS_MB") or 150) << 20


class Checkpoint(NamedTuple):
    """A process to fork from; position, before, cost_ms: see control.Frozen."""

    pid: int
    channel: socket.socket
    position: int
    before: str
    cost_ms: float

    def resume(self, generation: int, recent: List[str], channel: socket.socket) -> bool:
        """Fork a process for `generation` that talks on `channel`; false when the checkpoint is gone."""
        try:
            control.send(self.channel, Resume(generation, recent), [channel.fileno()])
        except OSError:
            return False
        return True

    def end(self) -> None:
        """Nobody will go back to it."""
        self.channel.close()
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


class Ladder:
    """The checkpoints of the newest start, and the history that they are positions of."""

    def __init__(self, loop: Loop, child_exited: Callable[[int, int], None]) -> None:
        self.history: List[Record] = []
        self.recent: List[str] = []
        self._checkpoints: List[Checkpoint] = []
        self._loop = loop
        self._child_exited = child_exited

    def resume(self, position: int, generation: int, channel: socket.socket) -> str:
        """Start a process that has not seen what is at `position`; the rung's name, "" if there is none."""
        self.drop_after(position)
        while self._checkpoints:
            checkpoint = self._checkpoints[-1]
            if checkpoint.resume(generation, self.recent, channel):
                del self.history[checkpoint.position :]
                return "chain"
            self._drop(checkpoint)
        self.history = []
        return ""

    def learn_edits(self, paths: List[str]) -> None:
        """What was edited is likely to be edited again: it gets a checkpoint just before it."""
        modules = [path for path in paths if path.endswith(".py")]
        kept = [path for path in self.recent if path not in modules]
        self.recent = (modules + kept)[:MAX_RECENT]

    def add(self, message: Frozen, channel: socket.socket) -> None:
        """Keep a checkpoint of the newest start."""
        if message.position != len(self.history):  # something else wrote into the history: trust nothing
            channel.close()
            return
        checkpoint = Checkpoint(message.pid, channel, message.position, message.before, message.cost_ms)
        self._checkpoints.append(checkpoint)
        self._loop.on_readable(channel, lambda: self._hear(checkpoint))

    def drop_after(self, position: int) -> None:
        """Forget the checkpoints that have seen what is at `position` of the history."""
        for checkpoint in [item for item in self._checkpoints if item.position > position]:
            self._drop(checkpoint)

    def drop_all(self) -> None:
        """Forget every checkpoint."""
        self.drop_after(COLD)

    def prune(self) -> None:
        """Keep the checkpoints that save most: the cheapest gap goes first, edited files keep theirs."""
        while len(self._checkpoints) > MAX_CHECKPOINTS and self._drop_cheapest():
            pass

    def shed(self, app: int) -> bool:
        """Drop one checkpoint if they cost too much memory beside the process `app`; whether it did.

        Memory comes back when the dropped one has ended: call again a little later.
        """
        return overhead_bytes(app, self.pids) > MEMORY_BYTES and self._drop_cheapest()

    @property
    def pids(self) -> List[int]:
        """The checkpoints' processes, the first one first."""
        return [checkpoint.pid for checkpoint in self._checkpoints]

    def _drop_cheapest(self) -> bool:
        index = self._cheapest()
        if index is None:
            return False
        gone = self._checkpoints[index]
        self._drop(gone)
        following = self._checkpoints[index]
        self._checkpoints[index] = following._replace(cost_ms=following.cost_ms + gone.cost_ms)
        return True

    def _cheapest(self) -> Optional[int]:
        """The checkpoint whose loss adds least work to a reload: what follows it starts one gap earlier."""
        candidates = [
            (checkpoint.cost_ms, index)
            for index, checkpoint in enumerate(self._checkpoints[:-1])
            if not self._is_edited(checkpoint)
        ]
        return min(candidates)[1] if candidates else None

    def _is_edited(self, checkpoint: Checkpoint) -> bool:
        following = self.history[checkpoint.position : checkpoint.position + 1]
        return bool(following) and following[0][1] in self.recent

    def _hear(self, checkpoint: Checkpoint) -> None:
        try:
            message, _ = control.receive(checkpoint.channel)
        except OSError:
            message = None
        if isinstance(message, Exited):
            self._child_exited(message.pid, message.status)
        else:
            self._drop(self._current(checkpoint))

    def _current(self, checkpoint: Checkpoint) -> Checkpoint:
        return next(item for item in self._checkpoints if item.pid == checkpoint.pid)

    def _drop(self, checkpoint: Checkpoint) -> None:
        self._checkpoints.remove(checkpoint)
        self._loop.forget(checkpoint.channel)
        checkpoint.end()
