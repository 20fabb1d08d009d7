"""Lines of a Dockerfile, read as the builder reads them; pure.

Source: moby/buildkit, frontend/dockerfile/parser/parser.go. Held by tests/contract/test_own_lines.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"  # what Go calls one
_LEADING = re.compile(f"[{_SPACES}]*")
_GOES_ON = re.compile(r"(?:(?<=[^\\])|^)\\[ \t]*\Z")
_WITH_HEREDOC = ("RUN", "COPY", "ADD")
_HEREDOC = re.compile(r"\d*<<(-?)([^<]+)", re.ASCII)
_FLAGS = re.compile(r"\S+((?:\s+--\S+)*)\s*")
# A word as a shell has it: quoted parts, escaped characters, anything else but spaces.
_PART = rf"""'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^'"\\{_SPACES}]"""
_WORD = re.compile(f"(?:{_PART})+", re.DOTALL)
_WORDS = re.compile(f"(?:{_PART}|[{_SPACES}])*", re.DOTALL)
_QUOTED = re.compile(r"""'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One of them. `begins`, `ends`: its lines by number, from 0, here-documents apart.

    `text`: its lines as one. `unclosed`: the here-document without an end. `goes_on`: its last wants more.
    """

    begins: int
    ends: int
    text: str
    unclosed: str = ""
    goes_on: bool = False

    @property
    def keyword(self) -> str:
        """In capitals."""
        return self.text.split(maxsplit=1)[0].upper() if self.text.split() else ""

    @property
    def flags(self) -> str:
        """What stands between keyword and arguments."""
        found = _FLAGS.match(self.text)
        return found[1] if found else ""

    @property
    def is_in_json(self) -> bool:
        """Whether it has its arguments as a list, which no shell sees."""
        found = _FLAGS.match(self.text)
        try:
            words = json.JSONDecoder().raw_decode(self.text[found.end() :])[0] if found else None
        except ValueError:
            return False
        return isinstance(words, list) and bool(words) and all(isinstance(word, str) for word in words)


def instructions_of(text: str) -> Iterator[Instruction]:
    """Each instruction, up to the first that has no end."""
    lines = [line.rstrip("\r") for line in text.split("\n")]
    at = 0
    while (begins := _after_comments(lines, at)) < len(lines):
        found = _joined(lines, begins)
        at = found.ends
        for chomps, word in _heredocs(found):
            end = _end_of_heredoc(lines, at, word, chomps=chomps)
            if end is None:
                yield Instruction(begins, found.ends, found.text, unclosed=word)
                return
            at = end
        yield found
        if found.goes_on:
            return


def _joined(lines: list[str], begins: int) -> Instruction:
    """An instruction with the lines that go on with it."""
    text, at = _LEADING.sub("", lines[begins], count=1), begins + 1
    while goes_on := _GOES_ON.search(text):
        following = _after_comments(lines, at)
        if following == len(lines):
            return Instruction(begins, following, text, goes_on=True)
        text, at = text[: goes_on.start()] + lines[following], following + 1
    return Instruction(begins, at, text)


def _after_comments(lines: list[str], at: int) -> int:
    """The builder passes over comments and empty lines, between the lines of one instruction, too."""
    while at < len(lines) and (not (bare := _LEADING.sub("", lines[at], count=1)) or bare[0] == "#"):
        at += 1
    return at


def _heredocs(instruction: Instruction) -> Iterator[tuple[bool, str]]:
    """Of each here-document, whether tabs before its end count for nothing, and the word that ends it."""
    if instruction.keyword not in _WITH_HEREDOC or instruction.is_in_json or "<<" not in instruction.text:
        return
    for word in _words(instruction.text):
        if (found := _HEREDOC.fullmatch(word)) and len(ending := [*_words(found[2])]) == 1:
            yield bool(found[1]), _QUOTED.sub(lambda each: each[1] or each[2] or each[3] or "", ending[0])


def _words(text: str) -> list[str]:
    """None at all where a quote is left open."""
    return _WORD.findall(text) if _WORDS.fullmatch(text) else []


def _end_of_heredoc(lines: list[str], at: int, word: str, *, chomps: bool) -> int | None:
    """The number of the line after a here-document, None where it has no end."""
    for number in range(at, len(lines)):
        if (lines[number].lstrip("\t") if chomps else lines[number]) == word:
            return number + 1
    return None
