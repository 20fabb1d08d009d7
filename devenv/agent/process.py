"""The app's process as it should be: started, reloaded, shown broken, started again when it died."""

from __future__ import annotations

import os
import socket
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from . import control
from .control import (
    DRAINS,
    UVICORN,
    WSGI,
    Debugging,
    Done,
    Failed,
    Frozen,
    Idle,
    Imported,
    Paused,
    Refused,
    Reset,
    Serving,
    Started,
    Visit,
    Warm,
)
from .decision import FOREIGN, PYTHON, WEB, Decision, decide
from .door import Door
from .execution import describe_exit
from .history import COLD
from .idle import REQUEST_SECONDS, TASK_SECONDS, AwaitedIdle
from .ladder import Ladder
from .limit import START_SECONDS
from .loop import Loop
from .port import is_listened_at
from .program import Program
from .protocol import FIRST_START, Reloaded
from .retries import EARLY_SECONDS, Retries
from .roster import Roster
from .showing import Showing
from .stages import READY, Stages
from .starts import COLD_RUNG, Starts
from .workers import FAILED, LEAVING, SERVING, STARTING, Worker

STEADY_SECONDS = 1.0  # a command that lives so long is taken to work
PATIENCE_SECONDS = START_SECONDS + 5.0  # for what says itself when it is ready; see limit.py
QUIET_SECONDS = 5.0  # after a start; to measure memory takes some milliseconds for each checkpoint
SHED_SECONDS = 1.0  # until what was dropped is gone
SPARE_SECONDS = 0.3  # after a start, when the requests that waited for it have been answered
PORT_SECONDS = 0.2  # until a command has its port


class Watcher(NamedTuple):
    """Who is told what happens."""

    reloaded: Callable[[Reloaded], None]
    warm: Callable[[int], None]
    state_changed: Callable[[], None]
    log: Callable[[str], None]
    show: Callable[[str], None]
    visited: Callable[[socket.socket, bytes], None]


class Process:
    """One process of devenv.yaml inside its container."""

    def __init__(
        self,
        *,
        program: Program,
        grace_seconds: float,
        listener: Optional[socket.socket],
        loop: Loop,
        watcher: Watcher,
    ) -> None:
        self.program = program
        self.kind = program.kind
        self.state = "starting"
        self.detail = ""
        self.generation = 0
        self._listener = listener
        self._loop = loop
        self._watcher = watcher
        self._ladder = Ladder(loop, self.child_exited)
        self._starts = Starts(program, listener, self._ladder)
        self._door = Door(loop, self._log)
        self._roster = Roster(
            program=program,
            serves=listener is not None,
            grace_seconds=grace_seconds,
            door=self._door,
            loop=loop,
            log=self._log,
        )
        self._showing = Showing(
            program=program,
            listener=listener,
            loop=loop,
            door=self._door,
            add=self._add,
            generation=lambda: self.generation,
        )
        self._idle = AwaitedIdle(loop)
        self._retries = Retries(loop)
        self._refusal = ""
        self._is_seen = True
        self._stages = Stages()
        self._reset_cause = ""
        self._after_exit: Optional[Tuple[int, str]] = None
        self._is_put_down = False
        self._checks_first = False
        self._on_message: Dict[type, Callable[[Worker, Any, List[int]], None]] = {
            Started: self._started,
            Imported: self._imported,
            Frozen: self._frozen,
            Refused: self._refused,
            Serving: self._serving,
            Failed: self._failed,
            Paused: lambda worker, *_: worker.has_paused(),
            Done: self._done,
            Visit: self._visit,
            Debugging: self._debugging,
            Warm: self._warm,
            Idle: lambda worker, *_: self._idle.ends_for(worker),
        }

    # What the agent asks for.

    def start(self, generation: int) -> None:
        """The first start."""
        self.generation = generation
        if self.program.cold:
            self._log("reloads are cold: %s" % self.program.cold)
        self._begin(COLD, FIRST_START)

    def decide(self, reactions: List[List[str]]) -> Decision:
        """What a change means for the process as it is now, all that it has told included."""
        for worker in self._roster.all:
            self._hear_all(worker)
        return decide(
            kind=self.kind if self._is_seen else FOREIGN,
            broken=self.state == "broken",
            starting=self.state == "starting",
            history=self._ladder.history,
            reactions=reactions,
            is_package=self.is_package,
        )

    def is_package(self, folder: str) -> bool:
        """Whether a folder of the source has an __init__.py."""
        return os.path.isfile(os.path.join(self.program.root, folder, "__init__.py"))

    def explain(self, reactions: List[List[str]]) -> List[Any]:
        """What a change would do: a decision as protocol.Explained has it, without its path."""
        decision = self.decide(reactions)
        if decision.action != "reload":
            return [decision.action, "", decision.cause, "", "", -1]
        rung, before, obstacle = self._starts.rung(decision.position)
        return [decision.action, rung, decision.cause, before, obstacle, decision.position]

    @property
    def records(self) -> int:
        """How much was looked up and loaded, as far as it was told."""
        return len(self._ladder.history)

    def stand_aside(self, reactions: List[List[str]]) -> Callable[[], None]:
        """A start that the change ends anyway does nothing until the returned function is called."""
        is_vain = self.program.says_when_ready and self.decide(reactions).action == "reload"
        worker = self._halt_start() if is_vain else None

        def go_on() -> None:
            if worker is not None and worker in self._roster:
                worker.go_on()

        return go_on

    def pause(self, then: Callable[[], None]) -> None:
        """Call `then` once no connection is accepted; those that arrive wait in the socket's queue."""
        halted = self._halt_start() if self._listener is not None else None

        def go_on() -> None:
            then()
            if halted is not None and halted.phase == STARTING:
                halted.go_on()

        self._door.close(go_on)

    def hold(self, then: Callable[[], None]) -> None:
        """Call `then` once no request and no task is begun, and none is under way; see AwaitedIdle."""
        if self._listener is not None:
            of = self._roster.of
            self.pause(lambda: self._idle.of(of(SERVING, LEAVING), then, seconds=REQUEST_SECONDS))
            return
        if self.kind == PYTHON:
            self._put_down()
        self._idle.of(self._roster.of(LEAVING), then, seconds=TASK_SECONDS)

    def _put_down(self) -> None:
        """End what begins tasks by itself; the next start is asked for."""
        worker, self._is_put_down = self._roster.newest, True
        self._after_exit = None
        self._retries.cancel()
        if worker is not None and worker.phase == STARTING:
            self._end_start(worker)
        elif worker is not None:
            self._roster.retire(worker)

    @property
    def is_paused(self) -> bool:
        """Whether work waits, and no start is under way that will do it."""
        is_newest = self._roster.newest is not None and self._door.accepting is self._roster.newest
        return self._door.is_closed if is_newest else self._is_put_down

    def act(self, decision: Decision, generation: int, stages: Stages, paths: List[str]) -> None:
        """Carry out a decision for `generation`, whose `stages` so far are given."""
        self.generation = generation
        if decision.action == "reload":
            self._ladder.learn_edits(paths)
            self._stages = stages
            self._retries.forget()
            self._begin(decision.position, decision.cause)
            return
        if self._roster.newest is not None:
            self._roster.newest.generation = generation
            if self.kind == WEB or self._listener is not None:
                self._roster.newest.tell(Reset(decision.kinds, generation))
        # What a process that was paused is still at, is answered by the code that it has.
        accepting = self._door.accepting
        if accepting not in (None, self._roster.newest) and not accepting.paused:
            accepting.tell(Reset([], generation))
        if decision.action == "none" or self.state != "ready":
            self._loop.after(0, lambda: self._report("none", decision.cause, stages))
        else:
            self._stages = stages
            self._reset_cause = decision.cause

    def stop(self) -> None:
        """End everything within the engine's patience."""
        self._roster.is_closing = True
        self.state = "stopped"
        self._retries.cancel()
        self._ladder.drop_all()
        for worker in self._roster.all:
            self._roster.retire(worker)

    @property
    def is_gone(self) -> bool:
        """Whether no process is left after `stop`."""
        return self._roster.is_closing and not self._roster

    @property
    def pids(self) -> List[int]:
        """The processes that exist because of this one: workers, then checkpoints."""
        return [worker.pid for worker in self._roster.all] + self._ladder.pids

    def kill(self) -> None:
        """End everything now."""
        for worker in self._roster.all:
            worker.kill()

    def child_exited(self, pid: int, status: int) -> None:
        """A process that was a child of the agent, or of a checkpoint, is gone."""
        for worker in [worker for worker in self._roster.all if worker.pid == pid]:
            self._exited(worker, describe_exit(status))

    # Starting.

    def _begin(self, position: int, cause: str) -> None:
        """Go down the ladder: the deepest checkpoint that has not seen the change, else a cold start."""
        if self._roster.is_closing:
            return  # a change that gave way comes to itself
        self._halt_start()
        self._retries.cancel()
        if self._roster.newest is not None and self._roster.newest.phase == STARTING:
            self._end_start(self._roster.newest)
        if self._kind_overlaps_not() and self._roster:
            self._ladder.drop_after(position)  # another change may come before that start
            self._after_exit = (position, cause)
            for worker in self._roster.all:
                self._roster.retire(worker)
            return
        if self.kind != WEB and self._roster.newest is not None:
            self._roster.retire(self._roster.newest)
        self._start_worker(position, cause)

    def _kind_overlaps_not(self) -> bool:
        return self.program.exclusive and self.kind != WEB

    def _start_worker(self, position: int, cause: str) -> None:
        self._set_state("starting", cause)
        self._is_put_down = False
        worker = self._starts.start(position, cause, self.generation, checks_first=self._checks_first)
        self._roster.newest = worker
        self._add(worker)
        if self.kind != WEB:
            self._loop.after(self._patience_seconds(), lambda: self._steady(worker))

    def _patience_seconds(self) -> float:
        """How long a command has to live until it is taken to work; after an early death, longer."""
        if self.program.says_when_ready:
            return PATIENCE_SECONDS
        return EARLY_SECONDS if self._retries.ended_early else STEADY_SECONDS

    def _steady(self, worker: Worker) -> None:
        if worker.phase != STARTING or worker is not self._roster.newest:
            return
        is_awaited = self.program.binds_port and time.monotonic() - worker.since < PATIENCE_SECONDS
        if is_awaited and not is_listened_at(self.program.port):
            self._loop.after(PORT_SECONDS, lambda: self._steady(worker))
        else:
            self._serving(worker)

    # What the processes tell.

    def _add(self, worker: Worker) -> None:
        self._roster.add(worker, lambda: self._hear(worker))

    def _hear_all(self, worker: Worker) -> None:
        while self._hear(worker):
            pass

    def _hear(self, worker: Worker) -> bool:
        """Take one message of the process; whether there was one."""
        heard = control.hear(worker.channel) if worker.channel is not None else None
        if heard is None:
            return False
        message, files = heard
        if message is None:
            self._silent(worker)
            return False
        self._on_message[type(message)](worker, message, files)
        return True

    def _started(self, worker: Worker, message: Started, _: List[int]) -> None:
        worker.pid = message.pid

    def _imported(self, worker: Worker, message: Imported, _: List[int]) -> None:
        if worker is self._roster.newest:
            self._ladder.history += message.records

    def _frozen(self, worker: Worker, message: Frozen, files: List[int]) -> None:
        worker.go_on()  # the checkpoint, which may have been halted before its successor said this
        worker.pid = message.successor
        channel = socket.socket(fileno=files[0])
        if worker is self._roster.newest:
            self._ladder.add(message, channel)
        else:
            channel.close()

    def _refused(self, worker: Worker, message: Refused, _: List[int]) -> None:
        if worker is self._roster.newest:
            self._ladder.refuse(message.cause)
        if message.cause != self._refusal:
            self._refusal = message.cause
            self._log("no checkpoint after this: %s" % message.cause)

    def _done(self, _worker: Worker, message: Done, _: List[int]) -> None:
        if message.generation == self.generation:
            self._report("reset", self._reset_cause, self._stages)

    def _debugging(self, worker: Worker, message: Debugging, _: List[int]) -> None:
        worker.debugged = message.in_use

    def _visit(self, _worker: Worker, message: Visit, files: List[int]) -> None:
        self._watcher.visited(socket.socket(fileno=files[0]), message.read.encode("latin-1"))

    def _serving(self, worker: Worker, message: Optional[Serving] = None, *_: Any) -> None:
        if worker is not self._roster.newest or worker.phase != STARTING:
            return
        worker.phase = SERVING
        self._checks_first = False
        worker.since = time.monotonic()
        if self._door.accepting is not None and self._door.accepting is not worker:
            self._roster.retire(self._door.accepting)
        if self._listener is not None:
            self._door.accepting = worker
        self._set_state("ready", "")
        if message is not None:
            worker.drains = message.detail == DRAINS
            self._stages.add(message.stages)
        self._stages.note(READY)
        self._report("reload", worker.cause, self._stages, worker)
        if message is None or message.detail not in (WSGI, UVICORN):
            self._warm(worker)
        self._ladder.prune()
        if self.kind == WEB:
            self._loop.after(SPARE_SECONDS, lambda: self._prepare(worker))
        self._loop.after(QUIET_SECONDS, lambda: self._shed(worker))

    def _warm(self, worker: Worker, *_: Any) -> None:
        if worker is self._roster.newest:
            self._watcher.warm(self.generation)

    def _prepare(self, worker: Worker) -> None:
        if worker is self._roster.newest and worker.phase == SERVING:
            self._ladder.prepare(worker.pid)

    def _shed(self, worker: Worker) -> None:
        if worker is self._roster.newest and worker.phase == SERVING and self._ladder.shed(worker.pid):
            self._loop.after(SHED_SECONDS, lambda: self._shed(worker))

    def _failed(self, worker: Worker, failed: Failed, *_: Any) -> None:
        if worker.phase == LEAVING or worker is not self._roster.newest:
            return
        if worker.phase != SERVING:
            self._show_failure(worker, failed)
            self._retries.after_failure(lambda: self._begin_again("it did not start"))
            return
        if self.kind != WEB:
            self._watcher.show(failed.traceback)  # a command that was at work; that it ended, is told next
            worker.failure = failed.summary
            return
        # Django's checks failed, a moment after it began to serve. A change that is under way comes first.
        self._checks_first = True
        if worker.on_paused is None and not worker.paused:
            self.pause(lambda: self._show_failure(worker, failed))

    def _show_failure(self, worker: Worker, failed: Failed) -> None:
        if worker is not self._roster.newest:
            return
        worker.phase = FAILED
        if self._door.accepting is not None:
            self._roster.retire(self._door.accepting)
        self._showing.begin(failed, lambda: (self.state, self.detail) == ("broken", failed.summary))
        if not self.program.cold and self._retries.is_news(failed.traceback):
            self._log("why it does not start, %d lines:" % len(failed.traceback.splitlines()))
            self._watcher.show(failed.traceback)
        self._set_state("broken", failed.summary)
        self._report("failed", worker.cause, self._stages, worker, failed.traceback)

    # Ends.

    def _halt_start(self) -> Optional[Worker]:
        """Let a start stand still, unless it serves by now: it may have said so, and not been heard yet."""
        worker, halted = self._roster.newest, -1
        while worker is not None and worker.phase == STARTING and worker.pid != halted:
            halted = worker.pid
            worker.stand_still()
            while worker.pid == halted and worker.phase == STARTING and self._hear(worker):
                pass
        if worker is not None and worker.phase != STARTING:
            worker.go_on()
            return None
        return worker

    def _end_start(self, worker: Worker) -> None:
        """What does not say when it is ready may be at work already, so it ends as it would later."""
        if self.kind == WEB or self.program.says_when_ready or not worker.pid:
            self._roster.abandon(worker)
        else:
            worker.go_on()
            self._roster.retire(worker)

    def _silent(self, worker: Worker) -> None:
        """The channel's other end is closed; its exit status is on its way, if anyone gets to see it."""
        self._roster.hang_up(worker)
        if self.kind == FOREIGN:
            return
        self._loop.after(1.0, lambda: self._lost(worker))

    def _lost(self, worker: Worker) -> None:
        """It talks no more and did not end, as far as anyone tells: did it go on as another program?"""
        if worker not in self._roster:
            return
        if not worker.is_alive():
            self._exited(worker, "gone without a word")
        elif worker.phase in (STARTING, SERVING):
            self._is_seen = False
            self._log(
                "it goes on as another program; what that loads cannot be seen, so any change of code "
                "restarts it"
            )
            if not self._retries.ended_early:
                self._steady(worker)

    def _exited(self, worker: Worker, meaning: str) -> None:
        if worker not in self._roster:
            return
        self._hear_all(worker)
        self._roster.strike(worker)
        self._idle.ends_for(worker)
        if worker is self._roster.newest:
            self._roster.newest = None
            self._died(worker, meaning)
        if self._after_exit is not None and not self._roster and not self._roster.is_closing:
            position, cause = self._after_exit
            self._after_exit = None
            self._start_worker(position, cause)

    def _died(self, worker: Worker, meaning: str) -> None:
        """The newest process ended and nobody asked it to."""
        if self._roster.is_closing or worker.phase == FAILED:
            return
        if worker.phase == STARTING and worker.rung != COLD_RUNG:
            self._ladder.drop_all()  # the checkpoint may be what is wrong
            self._begin(COLD, "%s from a checkpoint" % meaning)
            return
        if worker.phase == STARTING:
            self._roster.newest = worker
            self._failed(worker, Failed("%s %s while it started" % (self.program.name, meaning), "", []))
            self._roster.newest = None
            return
        why = " (%s)" % worker.failure if worker.failure else ""
        self._log("%d %s%s; starting it again" % (worker.pid, meaning, why))
        self._set_state("starting", meaning)
        self._retries.after_end(time.monotonic() - worker.since, lambda: self._begin_again(meaning))

    def _begin_again(self, cause: str) -> None:
        self._stages = Stages()
        self._begin(len(self._ladder.history), cause)

    def _log(self, text: str) -> None:
        self._watcher.log("%s: %s" % (self.program.name, text))

    def _set_state(self, state: str, detail: str) -> None:
        if not self._roster.is_closing and (state, detail) != (self.state, self.detail):
            self.state, self.detail = state, detail
            self._watcher.state_changed()

    def _report(
        self,
        action: str,
        cause: str,
        stages: Stages,
        worker: Optional[Worker] = None,
        traceback: str = "",
    ) -> None:
        message = Reloaded(
            process=self.program.name,
            generation=self.generation,
            action=action,
            rung=worker.rung if worker else "",
            cause=cause,
            duration_ms=stages.duration_ms(),
            traceback=traceback,
            stages=stages.rows(),
            before=worker.before if worker else "",
            obstacle=worker.obstacle if worker else "",
        )
        self._watcher.reloaded(message)
