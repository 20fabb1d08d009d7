"""Inside the app: run a command on a Python that is too old for checkpoints, from 2.7 on.

`python old.py CHANNEL LISTENER module|script TARGET ARGUMENTS`, with the numbers of open files (-1: none). It
speaks of control's messages only those that a cold start needs, and imports nothing of the package but
`binding`: the rest needs Python 3.8.
"""

from __future__ import print_function

import atexit
import fcntl
import json
import os
import runpy
import socket
import sys
import threading
import traceback
import types

MYPY = False  # 2.7 has no typing
if MYPY:
    from typing import Any, List

    from .binding import Binding
else:
    from binding import Binding

MAX_TEXT = 20000
REQUEST_SECONDS = 2.0  # as in idle.py


class Channel(object):
    """The way to the agent."""

    def __init__(self, number):
        # type: (int) -> None
        self._socket = socket.fromfd(number, socket.AF_UNIX, socket.SOCK_SEQPACKET)
        os.close(number)
        keep_to_ourselves(self._socket)

    def tell(self, name, *fields):
        # type: (str, *Any) -> None
        """Send one message; an agent that does not listen any more is about to end us."""
        try:
            self._socket.send(json.dumps([name, fields]).encode("ascii"))
        except (OSError, socket.error):
            pass

    def hear(self):
        # type: () -> Any
        """The next message's name and fields; no name once the agent is gone."""
        try:
            data = self._socket.recv(MAX_TEXT)
        except (OSError, socket.error):
            data = b""
        return json.loads(data.decode("ascii")) if data else ("", [])


class Errors(object):
    """stderr, which remembers the last it was told: a tool that exits has said why there."""

    def __init__(self, stream):
        # type: (Any) -> None
        self._stream = stream
        self.tail = ""

    def write(self, text):
        # type: (Any) -> Any
        """As the stream does."""
        said = text if isinstance(text, str) else repr(text)
        self.tail = (self.tail + said)[-MAX_TEXT:]
        return self._stream.write(text)

    def __getattr__(self, name):
        # type: (str) -> Any
        return getattr(self._stream, name)


def main(arguments):
    # type: (List[str]) -> int
    """Run the command; its exit code."""
    channel = Channel(int(arguments[0]))
    hold(int(arguments[1]), channel)
    errors = Errors(sys.stderr)  # type: Any
    sys.stderr = errors
    code = 0
    try:
        run(arguments[2] == "module", arguments[3], arguments[4:])
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        if code:
            channel.tell("Failed", *describe(errors.tail or "exited with code %s" % error.code))
    except BaseException:
        told = own_frames_left_out(traceback.format_exc())
        errors.write(told)
        channel.tell("Failed", *describe(told))
        code = 1
    return code


def hold(number, channel):
    # type: (int, Channel) -> None
    """Give the held port to the command; from when it listens, it pauses and ends as the agent says."""
    if number < 0:
        return
    listener = socket.fromfd(number, socket.AF_INET, socket.SOCK_STREAM)
    os.close(number)
    keep_to_ourselves(listener)

    def serve():
        # type: () -> None
        thread = threading.Thread(target=obey, args=(channel, binding))
        thread.daemon = True
        thread.start()
        channel.tell("Serving", "listening", [])

    binding = Binding(listener, serve)
    binding.install()


def keep_to_ourselves(file):
    # type: (Any) -> None
    """No program that the command starts gets it."""
    fcntl.fcntl(file.fileno(), fcntl.F_SETFD, fcntl.FD_CLOEXEC)


def run(is_module, target, arguments):
    # type: (bool, str, List[str]) -> None
    """Become the command, as `python` would run it."""
    sys.argv = [target] + arguments
    if is_module:
        sys.path[0] = os.getcwd()
        runpy.run_module(target, run_name="__main__", alter_sys=True)
        return
    sys.path[0] = os.path.dirname(os.path.abspath(target))
    # Not by runpy, which on 2.7 empties the module when the script's end is reached and threads go on.
    module = types.ModuleType("__main__")
    module.__file__ = target
    sys.modules["__main__"] = module
    with open(target, "rb") as file:
        code = compile(file.read(), target, "exec", 0, True)
    exec(code, module.__dict__)


def describe(text):
    # type: (str) -> List[Any]
    """The fields of control.Failed."""
    lines = [line for line in text.splitlines() if line.strip()]
    return [lines[-1].strip()[:500] if lines else "no word of what went wrong", text, []]


def own_frames_left_out(text):
    # type: (str) -> str
    """A traceback as it would be without us: frames are two lines each."""
    lines = text.splitlines(True)
    own = 'File "%s"' % os.path.abspath(__file__)
    while len(lines) > 3 and own in lines[1]:
        del lines[1:3]
    return "".join(lines)


def obey(channel, binding):
    # type: (Channel, Binding) -> None
    """Do what the agent says, in a thread: the one that accepts must finish what it is at."""

    def tell_idle():
        # type: () -> None
        binding.wait_until_idle(REQUEST_SECONDS)
        channel.tell("Idle")

    name, fields = channel.hear()
    while name in ("Pause", "AwaitIdle"):
        if name == "Pause":
            binding.pause()
            channel.tell("Paused")
        else:
            threading.Thread(target=tell_idle).start()
        name, fields = channel.hear()
    binding.pause()
    binding.hang_up()
    binding.wait_until_idle(fields[0] if name == "Stop" else 0.0)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
