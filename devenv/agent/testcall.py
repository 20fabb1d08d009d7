"""`agent test`: run the project's tests in a process that has Django set up already, on this terminal.

Where that cannot be done faithfully, the runner is started in place of this process, and why is said.
"""

from __future__ import annotations

import argparse
import array
import contextlib
import glob
import json
import os
import select
import signal
import socket
import sys
from typing import Any, List, NoReturn, Optional

from .program import python_of
from .protocol import VERSION, Decoder, Hello, ProtocolError, RanTests, RunTests, Welcome, encode
from .suite import PYTEST

MANAGE = "manage"
PASSED_ON = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGWINCH")
WAIT_SECONDS = 60.0


def test(options: argparse.Namespace, arguments: List[str]) -> int:
    """Run the tests; the runner's exit code."""
    python = python_of(options.python)
    runner = options.runner or _runner(python, options.configured)
    reason = options.cold
    if not reason and runner == PYTEST and not _is_installed(python, "pytest_django"):
        reason = "pytest-django is not installed"
    if not reason:
        ended = _ask(options, runner, arguments)
        if isinstance(ended, int):
            return ended
        reason = ended
    if reason != "-":
        sys.stderr.write("devenv: tests start from cold: %s\n" % reason)
        sys.stderr.flush()
    return _become(python, runner, options.settings, arguments)


def _runner(python: str, is_configured: bool) -> str:
    """pytest where the project uses it; that it is there alone may be another package's doing."""
    if is_configured and not _is_installed(python, PYTEST):
        sys.stderr.write("devenv: pytest is configured and not installed: running manage.py test\n")
        return MANAGE
    return PYTEST if is_configured or _is_installed(python, "pytest_django") else MANAGE


def _become(python: str, runner: str, settings: str, arguments: List[str]) -> NoReturn:
    if settings:
        os.environ["DJANGO_SETTINGS_MODULE"] = settings
    words = ["-m", PYTEST] if runner == PYTEST else [*manage_words(), "test"]
    os.execv(python, [python, *words, *arguments])


def manage_words() -> List[str]:
    """How Django's commands are run: a project may have no manage.py."""
    return ["manage.py"] if os.path.exists("manage.py") else ["-m", "django"]


def _is_installed(python: str, name: str) -> bool:
    """By the folders of the interpreter's packages: to ask it would cost as much as a test."""
    base = os.path.dirname(os.path.dirname(python))
    folders = glob.glob(os.path.join(base, "lib", "python*", "site-packages"))
    folders += glob.glob(os.path.join(base, "lib", "python*", "dist-packages"))
    return any(
        os.path.exists(os.path.join(folder, each)) for folder in folders for each in (name, name + ".py")
    )


def _ask(options: argparse.Namespace, runner: str, arguments: List[str]) -> Any:
    """The exit code, or why nobody runs them."""
    address = os.path.join(os.path.dirname(options.socket), "test-%d.sock" % os.getpid())
    listener = socket.socket(socket.AF_UNIX)
    agent = socket.socket(socket.AF_UNIX)
    try:
        listener.bind(address)
        listener.listen(1)
        agent.connect(options.socket)
        question = RunTests(runner, options.settings, os.getcwd(), address, arguments)
        agent.sendall(encode(Hello(VERSION)) + encode(question))
        return Call(agent, listener).run()
    except (OSError, ProtocolError) as error:
        return "the agent does not answer (%s)" % error
    finally:
        agent.close()
        listener.close()
        if os.path.exists(address):
            os.unlink(address)


class Call:
    """A run under way: signals go to it, its end comes from the agent."""

    def __init__(self, agent: socket.socket, listener: socket.socket) -> None:
        self._agent = agent
        self._listener = listener
        self._decoder = Decoder()
        self._pid = 0
        self._interrupted = 0

    def run(self) -> Any:
        """The exit code, or why the process could not be made ready."""
        for name in PASSED_ON:
            signal.signal(getattr(signal, name), self._pass_on)
        while True:
            if self._interrupted and not self._pid:
                return 128 + self._interrupted
            files = [self._agent] + ([] if self._pid else [self._listener])
            ready, _, _ = select.select(files, [], [], 0.2 if not self._pid else None)
            if self._listener in ready:
                with contextlib.suppress(OSError):  # it was interrupted: the agent tells its end
                    self._hand_over()
            if self._agent in ready:
                ended = self._hear()
                if ended is not None:
                    return ended.code if ended.code >= 0 else _short(ended.reason)

    def _hear(self) -> Optional[RanTests]:
        block = self._agent.recv(1 << 16)
        if not block:
            raise ProtocolError("it went away")
        for message in self._decoder.feed(block):
            if isinstance(message, Welcome) and message.version != VERSION:
                raise ProtocolError("it speaks version %d" % message.version)
            if isinstance(message, RanTests):
                return message
        return None

    def _hand_over(self) -> None:
        """Our terminal and environment to the process that runs the tests."""
        connection, _ = self._listener.accept()
        with connection:
            data = json.dumps(dict(os.environ)).encode("ascii") + b"\n"
            rights = array.array("i", [0, 1, 2])
            sent = connection.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
            if data[sent:]:  # the other side may be done and gone: then even sending nothing fails
                connection.sendall(data[sent:])
            self._pid = int(connection.recv(64) or b"0")
        if self._interrupted:
            self._pass_on(self._interrupted)

    def _pass_on(self, number: int, _: Any = None) -> None:
        """A terminal's Ctrl-C reaches this process alone: the one that runs the tests has another session."""
        self._interrupted = number if number in (signal.SIGINT, signal.SIGTERM) else self._interrupted
        if self._pid:
            try:
                os.kill(self._pid, number)
            except ProcessLookupError:
                pass


def _short(reason: str) -> str:
    return "Django cannot be set up (%s)" % reason.strip().splitlines()[0][:200]
