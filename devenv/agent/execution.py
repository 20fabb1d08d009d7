"""How processes come to life: each in a session of its own, with none of the agent's files and signals."""

from __future__ import annotations

import json
import os
import signal
import socket
from typing import List, Optional, Tuple

from .program import Program

RESET_SIGNALS = ("SIGTERM", "SIGINT", "SIGCHLD", "SIGHUP", "SIGPIPE", "SIGQUIT")


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
