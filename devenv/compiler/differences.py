"""Which lines of generated files would be others, had they been compiled from something else. Pure.

A line of the compose file is known by its place among the keys, since many lines are equal; a line of another
file by its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from devenv.compiler.compiled import Label

_DIGESTS = (Label.CONFIG_HASH, Label.BUILD_HASH, Label.INPUTS)
_KEY = re.compile(r'"(?:[^"\\]|\\.)*"|[^:]*')


@dataclass(frozen=True, order=True, slots=True)
class GeneratedLine:
    """A line of a file in .devenv/, counted from 1."""

    file: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of block YAML, and the lines that lie below it."""

    number: int
    text: str
    below: list[_Entry] = field(default_factory=list)

    @property
    def key(self) -> str:
        found = _KEY.match(self.text)
        return found[0] if found else self.text

    def numbers(self) -> Iterator[int]:
        yield self.number
        for entry in self.below:
            yield from entry.numbers()


def lines_that_differ(
    files: Mapping[str, str], others: Iterable[Mapping[str, str]]
) -> tuple[GeneratedLine, ...]:
    """The lines of `files` that at least one of `others` has not; lines of digests are left out."""
    found = {
        (file, number)
        for other in others
        for file, text in files.items()
        if (there := other.get(file, "")) != text
        for number in _differing(file, text.splitlines(), there.splitlines())
    }
    lines = (
        GeneratedLine(file, number, files[file].splitlines()[number - 1]) for file, number in sorted(found)
    )
    return tuple(line for line in lines if not line.text.strip().startswith(_DIGESTS))


def _differing(file: str, lines: Sequence[str], other: Sequence[str]) -> Iterator[int]:
    """The numbers of the lines that `other` has not."""
    if file.endswith(".yaml"):
        yield from _differing_entries(_entries(lines), _entries(other))
        return
    blocks = SequenceMatcher(None, lines, other, autojunk=False).get_matching_blocks()
    same = {block.a + offset + 1 for block in blocks for offset in range(block.size)}
    yield from (number for number in range(1, len(lines) + 1) if number not in same)


def _entries(lines: Sequence[str]) -> list[_Entry]:
    """The outermost lines: each holds those that are indented more."""
    root = _Entry(0, "")
    above = [(-1, root)]
    for number, line in enumerate(lines, 1):
        text = line.lstrip(" ")
        indent = len(line) - len(text)
        while above[-1][0] >= indent:
            above.pop()
        entry = _Entry(number, text)
        above[-1][1].below.append(entry)
        above.append((indent, entry))
    return root.below


def _differing_entries(entries: Sequence[_Entry], others: Sequence[_Entry]) -> Iterator[int]:
    for entry, other in _pairs(entries, others):
        if other is None:
            yield from entry.numbers()
            continue
        if entry.text != other.text:
            yield entry.number
        yield from _differing_entries(entry.below, other.below)


def _pairs(entries: Sequence[_Entry], others: Sequence[_Entry]) -> Iterator[tuple[_Entry, _Entry | None]]:
    """Each entry with its like: of the same key; in a list the equal item, or the next without an equal."""
    if not entries or not entries[0].text.startswith("- "):
        by_key = {other.key: other for other in others}
        yield from ((entry, by_key.get(entry.key)) for entry in entries)
        return
    equal = {_whole(other): other for other in others}
    known = {_whole(entry) for entry in entries}
    rest = iter([other for other in others if _whole(other) not in known])
    yield from ((entry, equal.get(_whole(entry)) or next(rest, None)) for entry in entries)


def _whole(entry: _Entry) -> tuple[object, ...]:
    return (entry.text, *map(_whole, entry.below))
