"""Test runs in the container, each forked from a process that has set Django up already.

It is kept for as long as what it has loaded is what the files say.
"""

from __future__ import annotations

import os
import signal
import socket
from functools import partial
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from . import control
from .control import Failed, Frozen, Imported, Order, Serving, Started, Tested
from .execution import execute_tests
from .history import CODE, MODULES, RESETS, RESTART, USES, earliest_touch
from .hosts import Host
from .ladder import Ladder
from .loop import Loop
from .program import Program
from .protocol import LoadedFiles, RanTests, RunTests

KEPT_CHECKPOINTS = 4
IDLE_SECONDS = 900.0
KILL_SECONDS = 3.0
Kind = Tuple[str, str]


class Run:
    """One run of tests. host: who waits for its end; pid: 0 until it has said so."""

    def __init__(self, host: Host, channel: socket.socket, pid: int) -> None:
        self.host = host
        self.channel = channel
        self.pid = pid
        self.is_loading = True
        self.is_doubtful = False  # something changed that it may have read before


class Testing:
    """What is kept for the next run, and the runs under way."""

    def __init__(self, program: Program, loop: Loop) -> None:
        self._program = program
        self._loop = loop
        self._ladder = Ladder(loop, self.child_exited)
        self._kind: Optional[Kind] = None
        self._runs: List[Run] = []
        self._count = 0
        self._hears: Dict[type, Callable[[Run, Any, List[int]], None]] = {
            Started: self._started,
            Imported: self._imported,
            Frozen: self._frozen,
            Serving: self._serving,
            Failed: self._failed,
            Tested: lambda run, message, _: self._end(run, message.code),
        }

    def begin(self, host: Host, test: RunTests) -> None:
        """Start a run of what `test` says; its end is told to `host`."""
        if self._kind != (test.runner, test.settings):
            self.forget()
            self._kind = (test.runner, test.settings)
        resumed = self._ladder.resume(len(self._ladder.history), 0, checks_first=False)
        if resumed is not None:
            run = Run(host, resumed.channel, resumed.pid)
        else:
            mine, theirs = control.pair()
            with theirs:
                run = Run(host, mine, execute_tests(self._program, theirs, self._kind, test.folder))
        self._runs.append(run)
        self._loop.on_readable(run.channel, lambda: self._hear(run))
        try:
            control.send(run.channel, Order(test.address, test.arguments))
        except OSError:
            pass  # it could not be set up and has ended: its last words, which say why, are still to be heard
        self._count += 1
        count = self._count
        self._loop.after(IDLE_SECONDS, lambda: self.forget() if count == self._count else None)

    def cancel(self, host: Host) -> None:
        """End the runs under way."""
        for run in list(self._runs):
            self._end_soon(run)
        self.tell_loaded(host)

    def tell_loaded(self, host: Host) -> None:
        """The files of the project that the last run read."""
        host.send(LoadedFiles([name for kind, name in self._ladder.history if kind == "file"]))

    def changed(self, reactions: Sequence[Sequence[str]], is_package: Callable[[str], bool]) -> None:
        """What has read these is kept no longer."""
        history = self._ladder.history
        touch = earliest_touch(history, reactions, is_package)
        positions = [touch.position] if touch is not None else []
        for kind, _ in reactions:
            if [USES, RESETS.get(kind, "")] in history:
                positions.append(history.index([USES, RESETS[kind]]))
        if positions:
            self._ladder.drop_after(min(positions))
        if any(kind in (CODE, MODULES, RESTART) or kind in RESETS for kind, _ in reactions):
            for run in self._runs:
                run.is_doubtful = run.is_doubtful or run.is_loading

    def forget(self) -> None:
        """Nothing is kept; runs under way go on."""
        self._ladder.drop_all()
        self._ladder.history = []
        for run in self._runs:
            run.is_doubtful = run.is_doubtful or run.is_loading

    def left(self, host: Host) -> None:
        """Nobody waits for its runs any more."""
        for run in [run for run in self._runs if run.host is host]:
            self._end_soon(run)

    def stop(self) -> None:
        """End everything now."""
        for run in list(self._runs):
            self._signal(run, signal.SIGKILL)
            self._runs.remove(run)
        self._ladder.drop_all()

    def child_exited(self, pid: int, status: int) -> None:
        """A process is gone; one that ended in order has said so before."""
        for run in [run for run in self._runs if run.pid == pid]:
            self._read_last_words(run)
            if run in self._runs:
                self._end(
                    run, 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
                )

    # What a run tells.

    def _hear(self, run: Run) -> bool:
        """Take one message; whether there was one."""
        heard = control.hear(run.channel)
        if heard is None:
            return False
        message, files = heard
        if message is None:
            self._close(run)
            return False
        act = self._hears.get(type(message))
        if act is not None:
            act(run, message, files)
        return True

    def _started(self, run: Run, message: Started, _: List[int]) -> None:
        run.pid = message.pid

    def _imported(self, run: Run, message: Imported, _: List[int]) -> None:
        if run is self._runs[-1]:
            self._ladder.history += message.records

    def _frozen(self, run: Run, message: Frozen, files: List[int]) -> None:
        run.pid = message.successor
        channel = socket.socket(fileno=files[0])
        if run is self._runs[-1] and not run.is_doubtful:
            self._ladder.add(message, channel)
            self._ladder.keep(KEPT_CHECKPOINTS)
        else:
            channel.close()

    def _serving(self, run: Run, *_: Any) -> None:
        run.is_loading = False

    def _failed(self, run: Run, message: Failed, _: List[int]) -> None:
        run.host.send(RanTests(-1, message.summary))
        self._remove(run)

    def _end(self, run: Run, code: int) -> None:
        run.host.send(RanTests(code, ""))
        self._remove(run)

    def _read_last_words(self, run: Run) -> None:
        while run in self._runs and run.channel.fileno() >= 0 and self._hear(run):
            pass

    def _remove(self, run: Run) -> None:
        self._close(run)
        if run in self._runs:
            self._runs.remove(run)

    def _close(self, run: Run) -> None:
        if run.channel.fileno() >= 0:
            self._loop.forget(run.channel)
            run.channel.close()

    def _end_soon(self, run: Run) -> None:
        self._signal(run, signal.SIGINT)
        self._loop.after(KILL_SECONDS, partial(self._signal, run, signal.SIGKILL))

    def _signal(self, run: Run, number: int) -> None:
        """To the run and all that it started."""
        if run in self._runs and run.pid:
            try:
                os.killpg(run.pid, number)
            except (ProcessLookupError, PermissionError):
                pass
