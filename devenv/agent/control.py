"""The messages between the agent and the app's processes; open files travel with them.

Each process has a SOCK_SEQPACKET pair with the agent: a message arrives whole, and threads may send at
the same time. Everything here runs with the app's interpreter too, so it keeps to Python 3.8.

    agent                                  a process of the app
          <------------------------------- Started      my pid
          <------------------------------- Imported     what I looked up and loaded, in order
          <------------------------------- Frozen       a checkpoint behind me, with its own channel
          <------------------------------- Serving | Failed
          <------------------------------- Warm         see protocol.Warm; of those that take connections
    Reset ------------------------------->              templates, translations; a generation
          <------------------------------- Done
          <------------------------------- Visit        a connection that asks for a path of yours
    Pause ------------------------------->              accept no more
          <------------------------------- Paused
    AwaitIdle --------------------------->              say when nothing is under way
          <------------------------------- Idle
    Stop -------------------------------->              finish what is under way and leave

    agent                                  a checkpoint
    Resume ------------------------------>              with the channel of the process to be
    Spare ------------------------------->              the same, ahead of time: it waits for its Resume
          <------------------------------- Exited       a process resumed from it is gone
"""

from __future__ import annotations

import array
import json
import socket
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, Type

MAX_BYTES = 1 << 17
DRAINS = "celery that drains"  # a `Serving.detail`: it hears of its end by the channel
WSGI, UVICORN = "WSGI", "uvicorn"  # the same of those that tell when they are warm
MAX_RECORDS = 400


class Started(NamedTuple):
    """The first message of every process."""

    pid: int


class Imported(NamedTuple):
    """records: see history.py."""

    records: List[List[str]]


class Frozen(NamedTuple):
    """The sender went on from a checkpoint; the checkpoint's channel travels along.

    position: records of the history before it; before: the module about to be imported, "" at the end;
    cost_ms: the work since the previous checkpoint; pid: the checkpoint's; successor: the sender's.
    """

    position: int
    before: str
    cost_ms: float
    pid: int
    successor: int


class Refused(NamedTuple):
    """From here on no checkpoint can be made, because of `cause`."""

    cause: str


class Serving(NamedTuple):
    """The process does its work now. stages: [name, when by the monotonic clock] each, since it was woken."""

    detail: str
    stages: List[List[Any]]


class Warm(NamedTuple):
    """The first request was answered, or nobody waits."""


class Failed(NamedTuple):
    """The process cannot start.

    summary: the traceback's last line; frames: [path, line, function, first line shown, lines, in project].
    """

    summary: str
    traceback: str
    frames: List[List[Any]]


class Reset(NamedTuple):
    """Forget what was read of `kinds` ("template", "translation"); answer as `generation` from now on."""

    kinds: List[str]
    generation: int


class Done(NamedTuple):
    """The reset of `generation` is done."""

    generation: int


class Visit(NamedTuple):
    """Somebody asks for one of the agent's own paths; the connection travels along. read: of its request."""

    read: str


class Debugging(NamedTuple):
    """Somebody looks into the process, or does not any more: it must not be hurried."""

    in_use: bool


class Attached(NamedTuple):
    """To `agent attach`: the other end of a terminal travels along, where the process `pid` talks."""

    pid: int


class Pause(NamedTuple):
    """Accept no connection any more."""


class Paused(NamedTuple):
    """None will be accepted."""


class AwaitIdle(NamedTuple):
    """To who is paused: say when what is under way is answered."""


class Idle(NamedTuple):
    """Nothing is under way."""


class Stop(NamedTuple):
    """End within `grace_seconds`."""

    grace_seconds: float


class Resume(NamedTuple):
    """Go on from the checkpoint as `generation`.

    recent: paths worth a checkpoint of their own; checks_first: make Django's checks before serving.
    """

    generation: int
    recent: List[str]
    checks_first: bool


class Spare(NamedTuple):
    """Fork a process that will be resumed later. brother: a process that went on from the same checkpoint."""

    brother: int


class Order(NamedTuple):
    """Run the tests, on the terminal of the one at `address`. arguments: the runner's."""

    address: str
    arguments: List[str]


class Tested(NamedTuple):
    """They ran; the runner's exit code."""

    code: int


class Exited(NamedTuple):
    """A child of the sender ended. status: as waitpid gives it."""

    pid: int
    status: int


MESSAGES: Tuple[Type[Any], ...] = (
    Started, Imported, Frozen, Refused, Serving, Failed, Reset, Done, Visit, Pause, Paused, Stop, Resume,
    Spare, Order, Tested, Exited, Debugging, Attached, Warm, AwaitIdle, Idle,
)  # fmt: skip
_BY_NAME: Dict[str, Type[Any]] = {message.__name__: message for message in MESSAGES}


def pair() -> Tuple[socket.socket, socket.socket]:
    """The two ends of a new channel."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send(channel: socket.socket, message: Any, files: Sequence[int] = ()) -> None:
    """Send one message. Raises OSError when nobody listens."""
    text = json.dumps([type(message).__name__, list(message)], separators=(",", ":"))
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))] if files else []
    channel.sendmsg([text.encode("ascii")], rights)


def hear(channel: socket.socket) -> Optional[Tuple[Optional[Any], List[int]]]:
    """What is there now: None for nothing, (None, []) at the end. Process 1 hears nothing in another way.

    That a channel can be read was said at the beginning of a round of its loop; what came before in the
    same round may have taken the message.
    """
    try:
        return receive(channel, socket.MSG_DONTWAIT)
    except BlockingIOError:
        return None
    except OSError:
        return None, []


def receive(channel: socket.socket, flags: int = 0) -> Tuple[Optional[Any], List[int]]:
    """Wait for the next message and the files that come with it; (None, []) at the end. Raises OSError."""
    files = array.array("i")
    space = socket.CMSG_SPACE(4 * files.itemsize)
    try:
        data, ancillary, _, _ = channel.recvmsg(MAX_BYTES, space, flags)
    except ConnectionResetError:  # said once, before what is still to be read: it ended with ours unread
        data, ancillary, _, _ = channel.recvmsg(MAX_BYTES, space, flags)
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            files.frombytes(content[: len(content) - len(content) % files.itemsize])
    if not data:
        return None, list(files)
    name, fields = json.loads(data)
    return _BY_NAME[name](*fields), list(files)
