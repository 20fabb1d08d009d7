"""Python tracebacks in the lines of a log."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HEAD = re.compile(r"^(?P<indent>[\s|+]*)Traceback \(most recent call last\):\s*$")
_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<function>.+))?$')
_MARKS = re.compile(r"^\s*[~^\s]+$")
_RAISED = re.compile(r"^(?P<name>[A-Za-z_][\w.]*)(?:: ?(?P<message>.*))?$")
_LINKS = (
    "The above exception was the direct cause of the following exception:",
    "During handling of the above exception, another exception occurred:",
)
_EXITS = ("SystemExit", "click.exceptions.Exit")  # that it ended, and not why
_MAX_MESSAGE_LINES = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """One call: where, and the line of source if the log has it."""

    file: str
    line: int
    function: str = ""
    code: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Raised:
    """One exception with its frames, the innermost last. `name`: as Python prints it, with its module."""

    name: str
    message: str = ""
    frames: tuple[Frame, ...] = ()

    @property
    def kind(self) -> str:
        """The class's own name."""
        return self.name.rpartition(".")[2]

    @property
    def text(self) -> str:
        """As the log has it, its first line."""
        first = self.message.partition("\n")[0]
        return f"{self.name}: {first}" if first else self.name


def last_chain(lines: Sequence[str]) -> tuple[Raised, ...]:
    """The exceptions of the last traceback, the first cause first; none where there is no traceback.

    Celery logs what was raised, and then exits: the exit is passed over.
    """
    chain: list[Raised] = []
    end = 0
    for start, raised, after in _tracebacks(lines):
        if chain and raised.name in _EXITS:
            continue
        linked = any(line.strip() in _LINKS for line in lines[end:start])
        chain = [*(chain if linked else []), raised]
        end = after
    return tuple(chain)


def _tracebacks(lines: Sequence[str]) -> Iterator[tuple[int, Raised, int]]:
    """Each traceback: the index of its head, what it tells, the index after it."""
    index = 0
    while index < len(lines):
        head = _HEAD.match(lines[index])
        index += 1
        if head is None:
            continue
        start = index - 1
        indent = len(head["indent"])
        frames, index = _frames(lines, index, indent)
        if index < len(lines) and (found := _RAISED.match(lines[index][indent:].rstrip())):
            message, index = _message(lines, index, indent, found["message"] or "")
            yield start, Raised(name=found["name"], message=message, frames=frames), index


def _frames(lines: Sequence[str], index: int, indent: int) -> tuple[tuple[Frame, ...], int]:
    """The frames that follow a head: they are indented deeper than it is."""
    frames: list[Frame] = []
    while index < len(lines) and lines[index][indent : indent + 1].isspace():
        text = lines[index]
        if found := _FRAME.match(text[indent:]):
            file, line, function = found["file"], int(found["line"]), found["function"] or ""
            frames.append(Frame(file=file, line=line, function=function))
        elif frames and not frames[-1].code and not _MARKS.match(text):
            last = frames[-1]
            frames[-1] = Frame(file=last.file, line=last.line, function=last.function, code=text.strip())
        index += 1
    return tuple(frames), index


def _message(lines: Sequence[str], index: int, indent: int, first: str) -> tuple[str, int]:
    """A message, and the lines of it that follow."""
    message = [first]
    index += 1
    while index < len(lines) and len(message) < _MAX_MESSAGE_LINES:
        text = lines[index][indent:].rstrip()
        if not text or _HEAD.match(lines[index]) or text in _LINKS:
            break
        message.append(text)
        index += 1
    return "\n".join(message), index
