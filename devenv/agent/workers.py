"""The processes of the app as the agent sees them, and how they come to life."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from typing import Callable, List, NamedTuple, Optional, Tuple

from . import control
from .command import Invocation, end_signal, serves_by_itself, takes_port, understand, without_own_reload
from .decision import FOREIGN, PYTHON, WEB

STARTING = "starting"
SERVING = "serving"
FAILED = "failed"
LEAVING = "leaving"

GONE = ("", "Z", "X")
STILL = ("T", "t", *GONE)  # of the kernel's letters for a process: stopped, or gone
STANDSTILL_SECONDS = 0.05

VENV_PYTHON = "/opt/venv/bin/python"
RESET_SIGNALS = ("SIGTERM", "SIGINT", "SIGCHLD", "SIGHUP", "SIGPIPE", "SIGQUIT")


class Program(NamedTuple):
    """What to run: wsgi or asgi ("module:attribute"), an invocation, or else the command as it is.

    root: the source folder; python: the interpreter that has the app's packages; exclusive: no second
    process may start before the first one is gone; cold: why the command runs without checkpoints, or "";
    port: what the agent holds, 0 for none; boot: see checkpoints.Link; folder: of sockets; first_alone: the
    seconds for which the first request has a new process to itself.
    """

    name: str
    root: str
    wsgi: str
    asgi: str
    command: List[str]
    invocation: Optional[Invocation]
    python: str
    exclusive: bool
    cold: str = ""
    port: int = 0
    boot: str = ""
    folder: str = ""
    first_alone: float = 0.0

    @property
    def kind(self) -> str:
        """WEB, PYTHON or FOREIGN."""
        if not self.command:
            return WEB
        return PYTHON if self.invocation and not self.cold else FOREIGN

    @property
    def takes_port(self) -> bool:
        """Whether the command serves the held socket."""
        if self.invocation is None or not self.port:
            return False
        return serves_by_itself(self.invocation) if self.cold else takes_port(self.invocation)

    @property
    def binds_port(self) -> bool:
        """Whether the command listens at the port by itself, where no second one can."""
        return bool(self.command and self.port and not self.takes_port)

    @property
    def end_signal(self) -> int:
        """What asks the command to finish what is under way and end."""
        return end_signal(self.invocation) if self.invocation is not None else signal.SIGTERM

    @property
    def says_when_ready(self) -> bool:
        """Whether the command tells that it does its work; of others it is assumed after a while."""
        is_celery = self.kind == PYTHON and self.invocation is not None and self.invocation.name == "celery"
        return is_celery or self.takes_port


def program_of(
    *,
    name: str,
    root: str,
    wsgi: str,
    asgi: str,
    command: List[str],
    python: str,
    exclusive: bool,
    cold: str = "",
    port: int = 0,
    boot: str = "",
    folder: str = "",
    first_alone: float = 0.0,
) -> Program:
    """The program behind the agent's own command line."""
    chosen = python_of(python)
    invocation = understand(command, chosen) if command else None
    if invocation is not None:
        exclusive = exclusive or (serves_by_itself(invocation) and not port)
        invocation = without_own_reload(invocation)
    program = Program(
        name,
        root,
        wsgi,
        asgi,
        command,
        invocation,
        chosen,
        exclusive,
        cold=cold,
        port=port,
        boot=boot,
        folder=folder,
        first_alone=first_alone,
    )
    return program._replace(exclusive=True) if program.binds_port else program


class Worker:
    """One process of the app, from its start to its end."""

    def __init__(self, *, channel: Optional[socket.socket], generation: int, rung: str, cause: str) -> None:
        self.channel = channel
        self.generation = generation
        self.rung = rung
        self.cause = cause
        self.before = ""  # the module that a checkpoint stands before
        self.obstacle = ""  # why no later checkpoint stands, see protocol.Reloaded
        self.pid = 0  # unknown until it says so
        self.phase = STARTING
        self.paused = False
        self.debugged = False
        self.failure = ""  # what it raised when it was at work
        self.drains = False  # it puts its work away when it hears of its end
        self.on_paused: Optional[Callable[[], None]] = None
        self.since = time.monotonic()

    def tell(self, message: object) -> bool:
        """Send to the process; false when it is past listening."""
        if self.channel is None:
            return False
        try:
            control.send(self.channel, message)
        except OSError:
            return False
        return True

    def has_paused(self) -> None:
        """It accepts no connection any more."""
        self.paused = True
        self.is_past_pausing()

    def is_past_pausing(self) -> None:
        """Whoever waits for its pause goes on: it accepts no more, or is gone."""
        if self.on_paused is not None:
            self.on_paused()

    def signal(self, number: int) -> None:
        """Signal the process alone."""
        if self.pid:
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                pass

    def is_alive(self) -> bool:
        """Whether it runs, whoever's child it is."""
        return self._state() not in GONE

    def _state(self) -> str:
        """The kernel's letter for it, "" when it is gone."""
        try:
            with open("/proc/%d/stat" % self.pid) as file:
                return file.read().rpartition(")")[2].split()[0]
        except OSError:
            return ""

    def stand_still(self) -> None:
        """Let the process do nothing more until `go_on`, and return when it does nothing."""
        self.signal(signal.SIGSTOP)
        deadline = time.monotonic() + STANDSTILL_SECONDS
        while self._state() not in STILL and time.monotonic() < deadline:
            time.sleep(0.0002)

    def go_on(self) -> None:
        """The opposite of `stand_still`."""
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the process and whatever it started."""
        self.signal(signal.SIGKILL)
        self.clear_group()

    def clear_group(self) -> None:
        """End what the process left behind."""
        if self.pid:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass


def python_of(chosen: str) -> str:
    """The interpreter that has the app's packages."""
    return chosen or (VENV_PYTHON if os.access(VENV_PYTHON, os.X_OK) else sys.executable)


def execute_app(
    program: Program,
    channel: socket.socket,
    listener: Optional[socket.socket],
    generation: int,
    recent: List[str],
    *,
    checks_first: bool,
) -> int:
    """A fresh process of the app on `channel`; its pid."""
    options = program._asdict()
    options.update(
        channel=channel.fileno(),
        listener=listener.fileno() if listener else -1,
        generation=generation,
        recent=recent,
        checks_first=checks_first,
    )
    folder = os.path.dirname(os.path.abspath(__file__))
    kept = [channel] + ([listener] if listener else [])
    return execute([program.python, folder, "app", json.dumps(options)], kept)


def execute_tests(program: Program, channel: socket.socket, tests: Tuple[str, str], folder: str) -> int:
    """A fresh process that gets ready to run tests; its pid. tests: the runner and the settings module."""
    options = program._asdict()
    options.update(channel=channel.fileno(), listener=-1, generation=0, recent=[], checks_first=False)
    options.update(tests=tests, folder=folder)
    package = os.path.dirname(os.path.abspath(__file__))
    return execute([program.python, package, "app", json.dumps(options)], [channel])


def execute_old(program: Program, channel: socket.socket, listener: Optional[socket.socket]) -> int:
    """A fresh process of a command on a Python that is too old for the rest of the agent; its pid."""
    assert program.invocation is not None
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "old.py")
    is_module, target, arguments = program.invocation
    files = [channel] + ([listener] if listener else [])
    numbers = [str(channel.fileno()), str(listener.fileno()) if listener else "-1"]
    words = ["module" if is_module else "script", target, *arguments]
    return execute([program.python, script, *numbers, *words], files)


def execute(argv: List[str], kept: List[socket.socket]) -> int:
    """A fresh process in a session of its own; its pid. An argv that cannot run exits with 127."""
    pid = fork()
    if pid:
        return pid
    try:
        for file in kept:
            os.set_inheritable(file.fileno(), True)
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(2, ("devenv: %s: %s\n" % (argv[0], error.strerror)).encode())
    finally:
        os._exit(127)


def fork() -> int:
    """As os.fork, and the child has left the agent's session and signals behind before any signal reaches it.

    Until then it has the agent's handlers, and the file that wakes the agent: who is ended as soon as it is
    there would end the agent.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    pid = os.fork()
    if pid == 0:
        try:
            _leave_agent()
        except BaseException:
            os._exit(127)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return pid


def _leave_agent() -> None:
    os.setsid()
    signal.set_wakeup_fd(-1)
    for name in RESET_SIGNALS:
        signal.signal(getattr(signal, name), signal.SIG_DFL)


def describe_exit(status: int) -> str:
    """What a wait status means, in words."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return "ended by signal %d (%s)" % (number, signal.Signals(number).name)
    return "exited with code %d" % os.WEXITSTATUS(status)
