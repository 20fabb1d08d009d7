"""The images that a Dockerfile takes from elsewhere: found in its text, and pinned there; pure.

It is the finished text that is read, so a template or fragment of the user's is pinned like ours.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import accumulate

from devenv.config.instructions import instructions_of

_GAP = r"(?:[ \t]|\\[ \t]*\n)+"
_FLAGS = rf"(?P<flags>(?:{_GAP}--[^\s\\]+)*)"
_FROM = re.compile(
    rf"\s*FROM{_FLAGS}{_GAP}(?P<image>[^\s\\]+)(?:{_GAP}AS{_GAP}(?P<stage>[^\s\\]+))?", re.IGNORECASE
)
_WITH_SOURCES = re.compile(rf"\s*(?:COPY|RUN){_FLAGS}", re.IGNORECASE)
_SOURCE = re.compile(r"--from=(?P<copied>[^\s\\]+)|--mount=(?:[^\s\\]*,)?from=(?P<mounted>[^\s\\,]+)")


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
    """Each instruction as it is written, with its place; no comment before it, no here-document after it."""
    starts = [0, *accumulate(len(line) + 1 for line in dockerfile.split("\n"))]
    for each in instructions_of(dockerfile):
        yield starts[each.begins], dockerfile[starts[each.begins] : starts[each.ends]]
