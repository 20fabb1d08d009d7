"""The checkpoints to start from: the deepest one that is still true."""

from __future__ import annotations

import os
import signal
import socket
from typing import Callable, List, NamedTuple, Optional, Tuple

from . import control
from .control import Exited, Frozen, Resume, Spare, Started
from .history import COLD, FILE, Record
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

    def fork(self, message: Tuple[object, ...]) -> Optional[socket.socket]:
        """Fork a process that does as `message` says; the channel to it, None when the checkpoint is gone."""
        mine, theirs = control.pair()
        with theirs:
            try:
                control.send(self.channel, message, [theirs.fileno()])
            except OSError:
                mine.close()
                return None
        return mine

    def end(self) -> None:
        """Nobody will go back to it."""
        self.channel.close()
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


class Resumed(NamedTuple):
    """A process that goes on from a checkpoint; before: see control.Frozen. pid: 0 until it says so."""

    channel: socket.socket
    pid: int
    before: str


class Waiting:
    """A spare: forked from `checkpoint` ahead of time."""

    def __init__(self, checkpoint: Checkpoint, channel: socket.socket) -> None:
        self.checkpoint = checkpoint
        self.channel = channel
        self.pid = 0


class Ladder:
    """The checkpoints of the newest start, and the history that they are positions of."""

    def __init__(self, loop: Loop, child_exited: Callable[[int, int], None]) -> None:
        self.history: List[Record] = []
        self.recent: List[str] = []
        self._checkpoints: List[Checkpoint] = []
        self._spare: Optional[Waiting] = None
        self._spares_fit = True
        self._obstacle = (COLD, "")
        self._loop = loop
        self._child_exited = child_exited

    def resume(self, position: int, generation: int, *, checks_first: bool) -> Optional[Resumed]:
        """Start a process that has not seen what is at `position`; None where only a cold start can do it."""
        self.drop_after(position)
        while self._checkpoints:
            checkpoint = self._checkpoints[-1]
            resumed = self._resume(checkpoint, Resume(generation, self.recent, checks_first))
            if resumed:
                del self.history[checkpoint.position :]
                self._obstacle = (COLD, "")
                return resumed
            self._drop(checkpoint)
        self.history = []
        self._obstacle = (COLD, "")
        return None

    def _resume(self, checkpoint: Checkpoint, message: Resume) -> Optional[Resumed]:
        spare = self._spare
        if spare is not None and spare.checkpoint.pid == checkpoint.pid:
            self._spare = None
            self._loop.forget(spare.channel)
            try:
                control.send(spare.channel, message)
            except OSError:
                spare.channel.close()
            else:
                return Resumed(spare.channel, spare.pid, checkpoint.before)
        channel = checkpoint.fork(message)
        return Resumed(channel, 0, checkpoint.before) if channel else None

    def prepare(self, brother: int) -> None:
        """Have a spare ready for the next edit of what was edited last. brother: the newest process."""
        checkpoint = self._checkpoint_before(self.recent[0]) if self.recent else None
        if self._spare is not None or checkpoint is None or not self._spares_fit:
            return
        channel = checkpoint.fork(Spare(brother))
        if channel:
            spare = self._spare = Waiting(checkpoint, channel)
            self._loop.on_readable(channel, lambda: self._hear_spare(spare))

    def _checkpoint_before(self, path: str) -> Optional[Checkpoint]:
        if [FILE, path] not in self.history:
            return None
        return self.deepest(self.history.index([FILE, path]))

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

    def refuse(self, obstacle: str) -> None:
        """From here on in the history the newest start can leave no checkpoint."""
        self._obstacle = (len(self.history), obstacle)

    def obstacle_before(self, position: int) -> str:
        """What kept a checkpoint from standing right before `position` of the history, or ""."""
        since, obstacle = self._obstacle
        return obstacle if position >= since else ""

    def deepest(self, position: int) -> Optional[Checkpoint]:
        """The checkpoint that a change at `position` of the history goes back to, None for a cold start."""
        fitting = [checkpoint for checkpoint in self._checkpoints if checkpoint.position <= position]
        return fitting[-1] if fitting else None

    def drop_after(self, position: int) -> None:
        """Forget the checkpoints that have seen what is at `position` of the history."""
        for checkpoint in [item for item in self._checkpoints if item.position > position]:
            self._drop(checkpoint)

    def drop_all(self) -> None:
        """Forget every checkpoint."""
        self.drop_after(COLD)

    def prune(self) -> None:
        """Keep the checkpoints that save most: the cheapest gap goes first, edited files keep theirs."""
        self.keep(MAX_CHECKPOINTS)

    def keep(self, number: int) -> None:
        """Prune down to so many."""
        while len(self._checkpoints) > number and self._drop_cheapest():
            pass

    def shed(self, app: int) -> bool:
        """Drop one checkpoint if they cost too much memory beside the process `app`; whether it did.

        Memory comes back when the dropped one has ended: call again a little later. A spare goes first.
        """
        if overhead_bytes(app, self.pids) <= MEMORY_BYTES:
            return False
        if self._spare is not None:
            self._spares_fit = False
            self._drop_spare()
            return True
        return self._drop_cheapest()

    @property
    def pids(self) -> List[int]:
        """The checkpoints' processes, the first one first, and the spare's."""
        spare = [self._spare.pid] if self._spare is not None and self._spare.pid else []
        return [checkpoint.pid for checkpoint in self._checkpoints] + spare

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
        heard = control.hear(checkpoint.channel)
        if heard is None:
            return
        message, _ = heard
        if isinstance(message, Exited):
            self._child_exited(message.pid, message.status)
        else:
            self._drop(self._current(checkpoint))

    def _current(self, checkpoint: Checkpoint) -> Checkpoint:
        return next(item for item in self._checkpoints if item.pid == checkpoint.pid)

    def _hear_spare(self, spare: Waiting) -> None:
        heard = control.hear(spare.channel)
        if heard is None:
            return
        message, _ = heard
        if isinstance(message, Started):
            spare.pid = message.pid
        elif spare is self._spare:
            self._drop_spare()

    def _drop_spare(self) -> None:
        """It ends when its channel does."""
        if self._spare is not None:
            self._loop.forget(self._spare.channel)
            self._spare.channel.close()
            self._spare = None

    def _drop(self, checkpoint: Checkpoint) -> None:
        if self._spare is not None and self._spare.checkpoint.pid == checkpoint.pid:
            self._drop_spare()
        self._checkpoints.remove(checkpoint)
        self._loop.forget(checkpoint.channel)
        checkpoint.end()
