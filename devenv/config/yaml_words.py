"""What is wrong with YAML that cannot be parsed, in words that say what to do, and where that is.

The C parser and the pure one word the same mistake differently; what stands at the mark is the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from devenv.config.environment import Origin
from devenv.config.lookalikes import breaking, told

_BY_CHARACTER = {
    "\t": "a tab: YAML is indented with spaces",
    "@": 'a value cannot begin with @: put it in quotes, "@…"',
    "`": "a value cannot begin with a backtick: put it in quotes",
    "%": 'a value cannot begin with %: put it in quotes, "%…"',
}

_NOT_CLOSED = "a bracket that is opened and never closed, or a value missing"
_KEY_EXPECTED = "expected `key: value` at the indentation of the lines above"
_ESCAPE = "in double quotes a backslash begins an escape: write it twice, or use single quotes"
_COLON = "a `:` too many: put a value that holds `: ` in quotes, and check the indentation here and above"
_TAG = "a value cannot begin with !, as tags do: put it in quotes"
_NO_COLON = "expected `key: value`, found no `:`"

_BY_PROBLEM = {
    "tab character": _BY_CHARACTER["\t"],
    "mapping values are not allowed": _COLON,
    "alphabetic or numeric character": "a value cannot begin with * or &, as aliases do: put it in quotes",
    "whitespace or line break": _TAG,
    "expected ' '": _TAG,
    "end of stream": "a quote that is opened and never closed",
    "stream end": _NOT_CLOSED,
    "node content": _NOT_CLOSED,
    "',' or '}'": "expected `,` or `}` in the mapping that { opens",
    "',' or ']'": "expected `,` or `]` in the list that [ opens",
    "unknown escape": _ESCAPE,
    "hexdecimal number": _ESCAPE,
    "hexadecimal": _ESCAPE,
    "'-' indicator": "expected another list item (`- …`) at this indentation",
    "expected key": _KEY_EXPECTED,
    "<block end>": _KEY_EXPECTED,
    "could not find expected ':'": _NO_COLON,
}
_OF_BRACKETS = ("stream end", "node content", "',' or '}'", "',' or ']'")
_FROM_ITS_BEGINNING = (
    *("end of stream", "could not find expected ':'", "alphabetic or numeric character"),
    *("whitespace or line break", "expected ' '"),
)
_CONFLICT = re.compile(r"(?:<{7}|>{7}) ")
_ASSIGNED = re.compile(r"\s*([\w.-]+) *= *(.+)")
_AFTER_A_QUOTE = re.compile(r"""^\s*(?:- +)?(?:[\w.-]+: +)?(?:"[^"]*"|'[^']*')\s*$""")
_KEY_AND_VALUE = re.compile(r"(\s*)([\w.-]+):\s+[^\s#|>&].*")
_KEY_ALONE = re.compile(r"(\s+)[\w.-]+")


def explain(
    problem: str, lines: Sequence[str], begun: Origin, found: Origin, brackets: Sequence[Origin]
) -> tuple[Origin, str]:
    """Where the mistake is, and the parser's `problem` in our words.

    `begun`: what the parser was reading begins there; `found`: where it saw that it cannot go on.
    `brackets`: the innermost one that is not closed, if any.
    """
    if conflict := next((at for at, line in enumerate(lines, 1) if _CONFLICT.match(line)), None):
        return replace(found, line=conflict, column=1), "a conflict of git's that is not settled"
    if (seen := _look_alike(lines, begun, found)) is not None:
        return seen
    if brackets and _is_unclosed(problem, lines, brackets[0], found):
        return brackets[0], _unclosed(lines, brackets[0], found)
    place = begun if any(part in problem for part in _FROM_ITS_BEGINNING) else found
    line = lines[place.line - 1]
    return _in_detail(problem, place, line, lines) or (place, _words(problem, _at(lines, place)))


def _look_alike(lines: Sequence[str], begun: Origin, found: Origin) -> tuple[Origin, str] | None:
    """A character that is not what it looks like, near to where the parser stopped."""
    character = _at(lines, found)
    if told(character):
        return found, told(character)
    for number in (begun.line, max(1, found.line - 1), found.line):
        if (at := breaking(lines[number - 1])) is not None:
            return replace(found, line=number, column=at + 1), told(lines[number - 1][at])
    return None


def _is_unclosed(problem: str, lines: Sequence[str], opened: Origin, found: Origin) -> bool:
    is_value_missing = "node content" in problem and _at(lines, found) in {*",]}"}
    is_of_brackets = any(part in problem for part in _OF_BRACKETS) and not is_value_missing
    return is_of_brackets and (opened.line != found.line or _is_end(lines, found))


def _unclosed(lines: Sequence[str], opened: Origin, found: Origin) -> str:
    bracket = lines[opened.line - 1][opened.column - 1]
    closing = "}" if bracket == "{" else "]"
    missing = "" if _is_end(lines, found) else f", or a `,` is missing before line {found.line}"
    return f"this `{bracket}` is never closed: a `{closing}` is missing{missing}"


def _at(lines: Sequence[str], place: Origin) -> str:
    """The character there, "" at the end of a line."""
    return lines[place.line - 1][place.column - 1 :][:1]


def _is_end(lines: Sequence[str], found: Origin) -> bool:
    return found.line >= len(lines) and not lines[found.line - 1][found.column - 1 :].strip()


def _in_detail(problem: str, place: Origin, line: str, lines: Sequence[str]) -> tuple[Origin, str] | None:
    """What the line itself tells better."""
    before, character = line[: place.column - 1], line[place.column - 1 :][:1]
    message = ""
    if not character:
        return None
    if "expected key" in problem or "<block end>" in problem:
        if character in "}]":
            message = f"a `{character}` too many"
        elif character == ":" and not before.strip(" -"):
            message = "a key is missing before the `:`"
        elif _AFTER_A_QUOTE.match(before):
            message = (
                "text after a closing quote: put the whole value in quotes; within '…' a ' is written ''"
            )
    elif "node content" in problem and character in {",", "}", "]"}:
        message = f"a value is missing before this `{character}`"
    elif "could not find expected ':'" in problem:
        message = _without_colon(line)
    elif "mapping values" in problem:
        return _colon(place, before, lines)
    return (place, message) if message else None


def _without_colon(line: str) -> str:
    if assigned := _ASSIGNED.fullmatch(line):
        return f"{_NO_COLON}: write `{assigned[1]}: {assigned[2]}`"
    return f"{_NO_COLON}; a comment begins with #" if line.lstrip().startswith(("//", "--", ";")) else ""


def _colon(place: Origin, before: str, lines: Sequence[str]) -> tuple[Origin, str] | None:
    """A second `: ` on a line, or a key that stands below a value."""
    if re.search(r":\s", before):
        return place, "a `: ` within a value: put the whole value in quotes"
    above = next((each for each in reversed(lines[: place.line - 1]) if each.strip()), "")
    if (
        above
        and ":" not in above
        and _indent(above) == _indent(before)
        and _KEY_ALONE.fullmatch(f" {before}")
    ):
        line = next(at for at in range(place.line - 1, 0, -1) if lines[at - 1].strip())
        words = _without_colon(above) or _NO_COLON
        return replace(place, line=line, column=_indent(above) + 1), words
    value, key = _KEY_AND_VALUE.fullmatch(above), _KEY_ALONE.fullmatch(before)
    if value and key and len(key[1]) > len(value[1]):
        message = f"indented deeper than `{value[2]}` above, which has a value: begin both in one column"
        return replace(place, column=len(key[1]) + 1), message
    return None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _words(problem: str, character: str) -> str:
    """The parser's `problem`, at `character`, in our words."""
    if "cannot start any token" in problem and character in _BY_CHARACTER:
        return _BY_CHARACTER[character]
    for part, words in _BY_PROBLEM.items():
        if part in problem:
            return words
    return f"not valid YAML: {problem}"
