"""The images that a Dockerfile takes from elsewhere: found in its text, and pinned there; pure.

It is the finished text that is read, so a template or fragment of the user's is pinned like ours.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

_GAP = r"(?:[ \t]|\\[ \t]*\n)+"
_FLAGS = rf"(?P<flags>(?:{_GAP}--[^\s\\]+)*)"
_FROM = re.compile(
    rf"\s*FROM{_FLAGS}{_GAP}(?P<image>[^\s\\]+)(?:{_GAP}AS{_GAP}(?P<stage>[^\s\\]+))?", re.IGNORECASE
)
_WITH_SOURCES = re.compile(rf"\s*(?:COPY|RUN){_FLAGS}", re.IGNORECASE)
_SOURCE = re.compile(r"--from=(?P<copied>[^\s\\]+)|--mount=(?:[^\s\\]*,)?from=(?P<mounted>[^\s\\,]+)")
_HEREDOC = re.compile(r"<<-?(?P<quote>[\"']?)(?P<end>\w+)(?P=quote)")
_MAY_HOLD_DOCUMENTS = re.compile(r"\s*(?:RUN|COPY|ADD)\s", re.IGNORECASE)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")  # no other character ends a line to a builder
_CONTINUES = re.compile(r"\\[ \t]*\n?$")


def images_of(dockerfile: str, contexts: Collection[str] = ()) -> tuple[str, ...]:
    """Every image that is fetched, as it is written, once. `contexts`: names that the build is given.

    What a variable names is not known before the build, and is no image here.
    """
    return tuple(dict.fromkeys(dockerfile[start:end] for start, end in _places(dockerfile, contexts)))


def pin_images(dockerfile: str, pins: Mapping[str, str], contexts: Collection[str] = ()) -> str:
    """The same text, each image that has one followed by its digest."""
    text, done = "", 0
    for start, end in _places(dockerfile, contexts):
        text += dockerfile[done:start] + pinned(dockerfile[start:end], pins)
        done = end
    return text + dockerfile[done:]


def pinned(image: str, pins: Mapping[str, str]) -> str:
    """`postgres:17` -> `postgres:17@sha256:…`, where it has a pin."""
    return f"{image}@{pins[image]}" if image in pins else image


def _places(dockerfile: str, contexts: Collection[str]) -> Iterator[tuple[int, int]]:
    """Where the images stand, in the text's order."""
    known = {"scratch", *contexts}
    for start, instruction in _instructions(dockerfile):
        begun = _FROM.match(instruction)
        for first, last in [begun.span("image")] if begun else _source_spans(instruction):
            if _is_image(instruction[first:last], known):
                yield start + first, start + last
        if begun and begun["stage"]:
            known.add(begun["stage"].lower())


def _is_image(name: str, known: Collection[str]) -> bool:
    """Not a stage by its name or number, nor what a variable says."""
    return name.lower() not in known and not name.isdecimal() and "$" not in name


def _source_spans(instruction: str) -> list[tuple[int, int]]:
    """What `COPY --from=` and `RUN --mount=from=` name."""
    flags = _WITH_SOURCES.match(instruction)
    found = _SOURCE.finditer(instruction, *flags.span("flags")) if flags else ()
    return [each.span("copied" if each["copied"] else "mounted") for each in found]


def _instructions(dockerfile: str) -> Iterator[tuple[int, str]]:
    """Each instruction with its place. Comments are none, nor are lines of a here-document."""
    lines = _placed_lines(dockerfile)
    for start, line in lines:
        if _is_nothing(line):
            continue
        instruction, goes_on = line, _CONTINUES.search(line)
        while goes_on and (following := next(lines, None)):
            instruction += following[1]
            goes_on = goes_on if _is_nothing(following[1]) else _CONTINUES.search(following[1])
        yield start, instruction
        for end in _heredoc_ends(instruction):
            while (inner := next(lines, None)) and inner[1].strip() != end:
                pass


def _placed_lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in _LINE.findall(text):
        yield start, line
        start += len(line)


def _is_nothing(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _heredoc_ends(instruction: str) -> list[str]:
    is_able = _MAY_HOLD_DOCUMENTS.match(instruction)
    return [found["end"] for found in _HEREDOC.finditer(instruction)] if is_able else []
