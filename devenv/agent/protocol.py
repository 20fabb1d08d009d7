"""The messages between host and agent, as values; no I/O.

A frame is two big-endian 32-bit lengths, a header (JSON, ASCII) and a payload (bytes). `encode` makes one
frame of one message; a `Decoder` is fed whatever arrived and yields whole messages. Both sides import this
module, so it keeps to Python 3.8.

    host                                    agent
    Hello ------------------------------->
          <------------------------------- Welcome      versions agree, or the host stops with what to do
    Forget ------------------------------>              for a look that believes nothing
    ReadTree ---------------------------->
          <------------------------------- Tree*        what the container holds, how it got there
          <------------------------------- Changed      where a process wrote since, while the host follows
    Ignore ------------------------------>
    Stage* Commit ----------------------->              one batch, in place at once
          <------------------------------- Committed    a new generation; what was left as it was, and why
          <------------------------------- Reloaded     what the process did about it
          <------------------------------- Warm         and after a start, that somebody was answered by now
    React ------------------------------->              the same batch, for agents that share the volume
    Served ------------------------------>              the process that they give way to has done with it
    Fetch ------------------------------->
          <------------------------------- Contents     a file that the container made
    Explain ----------------------------->
          <------------------------------- Explained    what a change would do to the process, and why
    RunTests ---------------------------->              from within the container (see testcall.py)
          <------------------------------- RanTests
    LoadedByTests | CancelTests --------->
          <------------------------------- LoadedFiles
    Restart ----------------------------->
    Hold Release ------------------------>              from who installs packages, inside the container
          <------------------------------- Held         where requests were to be held
          <------------------------------- State        whenever the process's state changes, and on Hello
          <------------------------------- Alive        now and then, while something takes its time
"""

from __future__ import annotations

import json
import struct
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple, Type, get_type_hints

VERSION = 7
LENGTHS = struct.Struct(">II")
FIRST_START = "the container started"  # the cause of a start that no change asked for
MAX_HEADER_BYTES = 64 << 20
MAX_PAYLOAD_BYTES = 4 << 20


class ProtocolError(Exception):
    """The bytes are not a frame of this protocol; the channel is of no further use."""


class Hello(NamedTuple):
    """The host's first message."""

    version: int


class Welcome(NamedTuple):
    """The agent's first message. python: "3.13.5"; user: the uid that files are written as."""

    version: int
    process: str
    python: str
    user: int
    generation: int


class ReadTree(NamedTuple):
    """Ask for the manifest.

    skip: names of folders and files that never travel, at any depth; ignored: folders that do not; paths: ask
    for these alone, unless there are none; follow: from this look on, tell what processes change.
    """

    skip: List[str]
    ignored: List[str]
    paths: List[str]
    follow: bool


class Tree(NamedTuple):
    """The manifest, and how it differs from the one that the host last gave.

    entries: [path, kind, executable, digest, size_bytes] each; given: rows of what was given and is there
    no more, or otherwise; made: paths of entries that were never given; problems: [path, why] of what could
    not be written when it was last tried; last: no more comes. A large tree comes in pieces of entries, all
    else with the last.
    """

    entries: List[List[Any]]
    given: List[List[Any]]
    made: List[str]
    problems: List[List[str]]
    last: bool


class Alive(NamedTuple):
    """It works: who is silent for long is given up."""


class Forget(NamedTuple):
    """What was given is as good as unknown: the next look begins anew."""


class Changed(NamedTuple):
    """Processes wrote here. rows: [path, kind now or "" for gone] each; the path "" may be any."""

    rows: List[List[str]]


class Ignore(NamedTuple):
    """Besides those that ReadTree named, these folders are of no interest to who follows."""

    folders: List[str]


class Stage(NamedTuple):
    """Content for the open batch. pieces: [path, offset, length] in the order of the payload's bytes."""

    batch: int
    pieces: List[List[Any]]
    payload: bytes


class Commit(NamedTuple):
    """Make the staged batch the truth, as one generation.

    entries: [path, kind, executable, digest, size_bytes] for every path written (files staged before,
    folders, links); removals: paths that go, children first; expected: rows as entries, what the host
    believes is there of the paths written and removed (nothing, where it has no row); reactions:
    [kind, path] (see reload/).
    """

    batch: int
    entries: List[List[Any]]
    removals: List[str]
    expected: List[List[Any]]
    reactions: List[List[str]]


class Committed(NamedTuple):
    """The batch is in place, but for some paths, which are as they were.

    problems: [path, what the system said]; overtaken: paths that hold something else than the host expected,
    since a process wrote there.
    """

    batch: int
    generation: int
    problems: List[List[str]]
    overtaken: List[str]


class React(NamedTuple):
    """Another agent committed `generation` to the shared tree."""

    generation: int
    reactions: List[List[str]]


class Reloaded(NamedTuple):
    """What the process did about a generation.

    action: "none", "reset" (templates, translations), "reload", "failed"; rung: "chain", "cold", "" where
    nothing was started; cause: one line; duration_ms: from the message's arrival to the process serving;
    traceback: of a failure, else ""; stages: [name, milliseconds since the arrival] each (see stages.py);
    before: the module whose import the checkpoint stands before, "" at the end of the start; obstacle: why no
    later checkpoint could be made that has not seen the change, "" where nothing stood in the way.
    """

    process: str
    generation: int
    action: str
    rung: str
    cause: str
    duration_ms: float
    traceback: str
    stages: List[List[Any]]
    before: str
    obstacle: str


class Warm(NamedTuple):
    """After a start: the new process has answered its first request, or nobody waits for it."""

    generation: int


class Fetch(NamedTuple):
    """Ask for files that the container made or changed."""

    paths: List[str]


class Contents(NamedTuple):
    """A piece of one file; last: no more comes. problem: why there is none, else ""."""

    path: str
    offset: int
    last: bool
    problem: str
    payload: bytes


class Explain(NamedTuple):
    """What would these do? Nothing changes by it. reactions: [kind, path] each, as a Commit has them."""

    reactions: List[List[str]]


class Explained(NamedTuple):
    """What a change of each path alone would do.

    state: as State has it; records: how much the process looked up and loaded so far; decisions: [path,
    action, rung, cause, before, obstacle, position] each: as Reloaded has them, and position: the record that
    the change reaches first, -1 for none.
    """

    process: str
    state: str
    records: int
    decisions: List[List[Any]]


class RunTests(NamedTuple):
    """Run the project's tests in a process that is set up already.

    runner: "pytest" or "manage"; settings: the settings module, "" for the environment's; folder: that of
    manage.py; address: a socket where the process finds its terminal and environment.
    """

    runner: str
    settings: str
    folder: str
    address: str
    arguments: List[str]


class RanTests(NamedTuple):
    """code: the runner's; -1 where the process could not be set up, for `reason`."""

    code: int
    reason: str


class LoadedByTests(NamedTuple):
    """What did the last run of tests read of the project?"""


class CancelTests(NamedTuple):
    """End the runs under way; answered as LoadedByTests is."""


class LoadedFiles(NamedTuple):
    """paths: the modules that it imported, but for those that pytest loads itself; none after a cold run."""

    paths: List[str]


class Restart(NamedTuple):
    """Start the process anew from cold, for `cause`."""

    cause: str


class Hold(NamedTuple):
    """Changes are put in place, but the process does not react until Release, or until the sender is gone.

    requests: nor is a request or a task begun: those that come wait, and commands in Python stand still.
    """

    requests: bool


class Held(NamedTuple):
    """None is begun any more, and those that were are done, but for what lasts (see idle.py)."""


class Release(NamedTuple):
    """React now: by a start from cold, for `cause`, or ("") to what changed meanwhile.

    Where requests were held, the process starts anew in any case: it may hold what is old now.
    """

    cause: str


class Served(NamedTuple):
    """Who somebody looks at is done with the newest change, and warm: nobody has to give way any more."""


class State(NamedTuple):
    """The process as it stands.

    state: "starting", "ready", "broken" (its code does not start), "stopped"; detail: the traceback's
    last line or the exit code's meaning; pids: of the agent's children.
    """

    process: str
    state: str
    generation: int
    detail: str
    pids: List[int]


MESSAGES: Tuple[Type[Any], ...] = (
    Hello, Welcome, Forget, ReadTree, Tree, Changed, Ignore, Stage, Commit, Committed, React, Reloaded, Fetch,
    Contents, Explain, Explained, RunTests, RanTests, LoadedByTests, CancelTests, LoadedFiles, Restart,
    Hold, Held, Release, Served, State, Alive, Warm,
)  # fmt: skip
_BY_NAME: Dict[str, Type[Any]] = {message.__name__: message for message in MESSAGES}
_HINTS = {message: get_type_hints(message) for message in MESSAGES}
_ENTRY = (str, str, bool, str, int)
_ROWS: Dict[str, Tuple[type, ...]] = {
    "entries": _ENTRY, "given": _ENTRY, "expected": _ENTRY, "pieces": (str, int, int),
    "problems": (str, str), "reactions": (str, str), "rows": (str, str), "stages": (str, float),
    "decisions": (str, str, str, str, str, str, int),
}  # fmt: skip
"""What the rows of a field hold, by the field's name."""


def encode(message: Any) -> bytes:
    """One frame of one message."""
    fields = message._asdict()
    payload: bytes = fields.pop("payload", b"")
    header = json.dumps([type(message).__name__, fields], separators=(",", ":")).encode("ascii")
    return LENGTHS.pack(len(header), len(payload)) + header + payload


class Decoder:
    """Bytes in, messages out."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Any]:
        """The messages that are whole now. Raises ProtocolError."""
        self._buffer += data
        while True:
            message = self._next()
            if message is None:
                return
            yield message

    def _next(self) -> Optional[Any]:
        if len(self._buffer) < LENGTHS.size:
            return None
        header_size, payload_size = LENGTHS.unpack_from(self._buffer)
        if header_size > MAX_HEADER_BYTES or payload_size > MAX_PAYLOAD_BYTES:
            raise ProtocolError("a frame of %d + %d bytes" % (header_size, payload_size))
        end = LENGTHS.size + header_size + payload_size
        if len(self._buffer) < end:
            return None
        header = bytes(self._buffer[LENGTHS.size : LENGTHS.size + header_size])
        payload = bytes(self._buffer[LENGTHS.size + header_size : end])
        del self._buffer[:end]
        return _decode(header, payload)


def _decode(header: bytes, payload: bytes) -> Any:
    try:
        name, fields = json.loads(header)
        message = _BY_NAME[name]
        if "payload" in message._fields:
            fields["payload"] = payload
        if not all(_fits(name, hint, fields[name]) for name, hint in _HINTS[message].items()):
            raise ValueError("a field is not what it should be")
        return message(**fields)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ProtocolError("not a message: %r (%s)" % (header[:80], error)) from error


def _fits(name: str, hint: Any, value: Any) -> bool:
    """Whether a field is what its annotation, and `_ROWS`, say: whoever gets a message may rely on it."""
    if name in _ROWS:
        return type(value) is list and all(tuple(map(type, row)) == _ROWS[name] for row in value)
    if hint is float:
        return type(value) in (int, float)
    if hint in (str, int, bool, bytes):
        return type(value) is hint
    item: type = hint.__args__[0]
    return type(value) is list and all(type(each) is item for each in value)
