"""The two pattern languages, git's and Docker's, as regular expressions; pure.

Git matches bytes, so `?` is one byte of a name; here a pattern's text holds one letter a byte. Docker's `?`
is a letter of UTF-8.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

BOM = b"\xef\xbb\xbf"
BYTES = "latin-1"
NEVER = "(?!)"
ONE_LETTER = "(?:[^/\\x80-\\xff]|[\\xc0-\\xff][\\x80-\\xbf]*)"
SPECIAL = frozenset("*?[\\")

_POSIX_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "\\x21-\\x7e",
    "lower": "a-z",
    "print": "\\x20-\\x7e",
    "punct": "!-/:-@\\[-`{-~",
    "space": " \\t-\\r",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Pattern:
    """One line of an ignore file.

    `expression`: of the whole path below the file's folder, or of its last part where `by_name`.
    `literal`: the path's beginning that any match must have, for those who ask what may lie below.
    `line`: its number in the file, from 1; `text`: as it is written.
    """

    expression: str
    negated: bool = False
    folders_only: bool = False
    by_name: bool = False
    literal: str = ""
    line: int = 0
    text: str = ""


class Patterns:
    """The lines of one ignore file; the last that matches decides."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self.patterns = tuple(patterns)
        self._compiled = tuple(_compile(pattern.expression) for pattern in self.patterns)
        # Most paths match nothing: one alternation says so in one call.
        self._any_name = _compile_any(p.expression for p in self.patterns if p.by_name)
        self._any_path = _compile_any(p.expression for p in self.patterns if not p.by_name)

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def last_match(self, path: bytes, is_folder: bool) -> int:
        """The index of the line that decides over `path` itself (not its parents), or -1."""
        if not self.patterns:
            return -1
        name = path[path.rfind(b"/") + 1 :]
        if not (self._any_name(name) or self._any_path(path)):
            return -1
        for index in range(len(self.patterns) - 1, -1, -1):
            pattern = self.patterns[index]
            if pattern.folders_only and not is_folder:
                continue
            if self._compiled[index](name if pattern.by_name else path):
                return index
        return -1

    def select(self, path: str) -> bool:
        """Whether a file is meant: the last line that matches it, or a folder above it, decides."""
        encoded = os.fsencode(path)
        ends = [index for index in range(len(encoded)) if encoded[index : index + 1] == b"/"]
        above = (self.last_match(encoded[:end], True) for end in ends)
        deciding = max((self.last_match(encoded, False), *above))
        return deciding >= 0 and not self.patterns[deciding].negated

    def excludes(self, path: bytes, above: tuple[bool, ...]) -> tuple[bool, tuple[bool, ...]]:
        """Whether a build leaves `path` out, and which lines took part; `above`: those of its folder.

        As the engine does it: a line that matched the folder counts for all in it, but a line that could not
        change what was decided so far is not even asked, and then never counts for what is below.
        """
        matched = list(above or (False,) * len(self.patterns))
        if self.patterns and self._any_path(path):
            is_out = False
            for index, pattern in enumerate(self.patterns):
                if not matched[index] and pattern.negated == is_out:
                    matched[index] = bool(self._compiled[index](path))
                if matched[index]:
                    is_out = not pattern.negated
        decided = [pattern for pattern, is_match in zip(self.patterns, matched, strict=True) if is_match]
        return bool(decided) and not decided[-1].negated, tuple(matched)

    def may_match_below(self, folder: bytes) -> bool:
        """Whether a negated line could match something inside `folder`."""
        inside = folder.decode(BYTES) + "/"
        return any(
            pattern.negated and (inside.startswith(pattern.literal) or pattern.literal.startswith(inside))
            for pattern in self.patterns
        )


def parse_gitignore(content: bytes) -> Patterns:
    """The patterns of a .gitignore, as git reads it."""
    lines = content.removeprefix(BOM).decode(BYTES).split("\n")
    return Patterns(_numbered((line.removesuffix("\r") for line in lines), _git_pattern))


def parse_dockerignore(content: bytes) -> Patterns:
    """The patterns of a .dockerignore, as BuildKit reads it."""
    lines = content.removeprefix(BOM).decode(BYTES).split("\n")
    return Patterns(_numbered(lines, _docker_pattern))


def _numbered(lines: Iterable[str], read: Callable[[str], Pattern | None]) -> Iterator[Pattern]:
    for number, line in enumerate(lines, 1):
        if pattern := read(line):
            yield replace(pattern, line=number, text=line.encode(BYTES).decode("utf-8", "replace").strip())


def _git_pattern(line: str) -> Pattern | None:
    text = _without_trailing_spaces(line)
    if not text or text.startswith("#"):
        return None
    negated = text.startswith("!")
    text = text.removeprefix("!")
    folders_only = text.endswith("/")
    text = text.removesuffix("/")
    if not text:
        return None
    by_name = "/" not in text
    text = text.removeprefix("/")
    # Git compares the part before the first special character by itself and matches the rest on its own:
    # so a "**" right after it stands at a beginning, which decides what it means.
    literal = _literal_part(text)
    rest = NEVER if by_name and not text else _glob(text[len(literal) :], crosses_folders=by_name)
    return Pattern(
        expression=_literally(literal) + rest,
        negated=negated,
        folders_only=folders_only,
        by_name=by_name,
        literal="" if by_name else literal,
    )


def _without_trailing_spaces(line: str) -> str:
    kept = line.rstrip(" ")
    backslashes = len(kept) - len(kept.rstrip("\\"))
    return kept + " " if backslashes % 2 and len(kept) < len(line) else kept


def _literal_part(text: str) -> str:
    length = next((index for index, letter in enumerate(text) if letter in SPECIAL), len(text))
    return text[:length]


def _glob(text: str, *, crosses_folders: bool) -> str:
    parts: list[str] = []
    at = 0
    while at < len(text):
        letter = text[at]
        if letter == "*":
            part, at = _stars(text, at, crosses_folders=crosses_folders)
        elif letter == "?":
            part, at = "[^/]", at + 1
        elif letter == "[":
            part, at = _character_class(text, at)
        elif letter == "\\":
            part, at = (_literally(text[at + 1]) if at + 1 < len(text) else NEVER), at + 2
        else:
            part, at = _literally(letter), at + 1
        parts.append(part)
    return "".join(parts)


def _stars(text: str, at: int, *, crosses_folders: bool) -> tuple[str, int]:
    end = at
    while end < len(text) and text[end] == "*":
        end += 1
    starts_a_part = at == 0 or text[at - 1] == "/"
    ends_a_part = end == len(text) or text[end] == "/" or text.startswith("\\/", end)
    if end - at < 2 or crosses_folders or not (starts_a_part and ends_a_part):
        return "[^/]*", end
    if text.startswith("/", end):
        return "(?:.*/)?", end + 1
    return ".*", end


def _character_class(text: str, at: int) -> tuple[str, int]:
    """The class that begins at `at`; one that git takes for malformed matches nothing at all."""
    at += 1
    negated = text[at : at + 1] in ("!", "^") and at < len(text)
    at += negated
    members: list[str] = []
    previous = ""
    first = True
    while first or text[at : at + 1] != "]":
        first = False
        member, previous, at = _class_member(text, at, previous)
        if at < 0:
            return NEVER, len(text)
        members.append(member)
    # A class never matches the separator, whatever is in it.
    inside = "".join(members)
    if negated:
        return f"[^/{inside}]", at + 1
    return (f"(?!/)[{inside}]" if inside else NEVER), at + 1


def _class_member(text: str, at: int, previous: str) -> tuple[str, str, int]:
    """One member: its expression, what a range may begin with, where the next one is (-1: malformed)."""
    letter = text[at : at + 1]
    if letter == "-" and previous and text[at + 1 : at + 2] not in ("", "]"):
        at += 1 + (text[at + 1] == "\\")
        last = text[at : at + 1]
        if not last:
            return "", "", -1
        return (f"{_in_class(previous)}-{_in_class(last)}" if previous <= last else ""), "", at + 1
    if letter == "[" and text.startswith("[:", at):
        end = text.find("]", at + 2)
        if end < 0:
            return "", "", -1
        if end > at + 2 and text[end - 1] == ":":
            members = _POSIX_CLASSES.get(text[at + 2 : end - 1])
            return ("", "", -1) if members is None else (members, "", end + 1)
    if letter == "\\":
        at += 1
        letter = text[at : at + 1]
    return (_in_class(letter), letter, at + 1) if letter else ("", "", -1)


def _docker_pattern(line: str) -> Pattern | None:
    if line.startswith("#"):
        return None
    text = line.strip()
    negated = text.startswith("!")
    text = text.removeprefix("!").strip()
    if not text:
        return None
    text = os.path.normpath(text).replace(os.sep, "/").lstrip("/")
    if text in ("", "."):
        return None
    return Pattern(expression=_docker_glob(text), negated=negated, literal=_literal_part(text))


def _docker_glob(text: str) -> str:
    if text.startswith("**") and SPECIAL.isdisjoint(text[2:]) and not text.startswith("**/"):
        return ".*" + _literally(text[2:])  # the engine only asks how the path ends
    parts: list[str] = []
    at = 0
    while at < len(text):
        letter = text[at]
        if text.startswith("**", at):
            at += 3 if text.startswith("/", at + 2) else 2
            parts.append("(?:.*/)?" if at < len(text) else ".*")
        elif letter == "[" and (end := text.find("]", at + 1)) > 0:
            parts.append(text[at : end + 1])
            at = end + 1
        else:
            escaped = letter == "\\" and at + 1 < len(text)
            at += 1 + escaped
            simple = {"*": "[^/]*", "?": ONE_LETTER}
            parts.append(_literally(text[at - 1]) if escaped else simple.get(letter) or _literally(letter))
    return "".join(parts)


def _literally(text: str) -> str:
    return re.escape(text)


def _in_class(letter: str) -> str:
    return "\\" + letter if letter in "\\]^-[&~|" else letter


Matcher = Callable[[bytes], object]


def _compile(expression: str) -> Matcher:
    try:
        return re.compile(expression.encode(BYTES), re.DOTALL).fullmatch
    except re.error:
        return re.compile(NEVER.encode()).fullmatch


def _compile_any(expressions: Iterable[str]) -> Matcher:
    valid = [f"(?:{expression})" for expression in expressions if _is_valid(expression)]
    return _compile("|".join(valid) if valid else NEVER)


def _is_valid(expression: str) -> bool:
    try:
        re.compile(expression.encode(BYTES), re.DOTALL)
    except re.error:
        return False
    return True
