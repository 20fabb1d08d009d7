"""What is wrong with a file: a sentence and the line for each problem, sorted as a reader meets them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TypeAlias

from devenv.config.environment import Origin
from devenv.config.excerpt import excerpt, visible
from devenv.config.reference import topic_of
from devenv.errors import ConfigError

Sources: TypeAlias = Mapping[str, str]  # the text of files, by their names in origins
_OF_VALUES = re.compile(r"expected .*, got |without quotes ")
_UP_TO_VALUE = re.compile(r"""(?:"[^"]*"|'[^']*'|(?:[^\s:{},\[\]"']|:(?=\S))+)[ \t]*:[ \t]+(?=[^\s#|>&*!])""")
_LINE_END = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to edit: where, which key (dotted, "" for the file itself), what was expected.

    `is_there`: the line at the origin is what to edit; a key that the root lacks is nowhere.
    """

    origin: Origin
    key: str
    message: str
    is_there: bool = True

    def __str__(self) -> str:
        key = f" {one_line(self.key, 100)}:" if self.key else "" if self.origin.line else ":"
        return f"{self.origin}{key} {one_line(self.message, 400)}"


def one_line(text: str, length: int) -> str:
    """`text` with line breaks and the like escaped, cut where it is longer than `length`."""
    line = visible(text[: length + 1])
    return line if len(line) <= length else f"{line[: length - 1]}…"


def config_error(file: str, problems: Iterable[Problem], sources: Sources, *, hint: str = "") -> ConfigError:
    """All problems of `file` and of the files it names, as one exception.

    A problem in one of `sources` is followed by its line and a caret.
    """
    lines_by_file = {name: lines_of(text) for name, text in sources.items()}
    placed = {_at_its_value(each, lines_by_file.get(each.origin.file, [])) for each in problems}
    ordered = sorted(placed, key=lambda each: _reading_order(each, file))
    files = list(dict.fromkeys(problem.origin.file for problem in ordered))
    have = f"{', '.join(files[:-1])} and {files[-1]} have" if len(files) > 1 else f"{files[0]} has"
    count = "1 problem" if len(ordered) == 1 else f"{len(ordered)} problems"
    error = ConfigError(f"{have} {count}", details="\n".join(_details(ordered, lines_by_file)), hint=hint)
    error.topics = tuple(dict.fromkeys(topic_of(problem.key) for problem in ordered if problem.key))
    return error


def lines_of(text: str) -> list[str]:
    """A text's lines as YAML and editors count them: a form feed ends none, as it does for str.splitlines."""
    lines = _LINE_END.split(text)
    return lines if lines[-1] else lines[:-1]


def _at_its_value(problem: Problem, lines: list[str]) -> Problem:
    """What is said of a value is said at the value, where it is on the line of its key."""
    origin, key = problem.origin, problem.key.rpartition(".")[2]
    is_of_value = _OF_VALUES.match(problem.message) and f', got "{key}"' not in problem.message
    if not (is_of_value and problem.is_there and 1 <= origin.line <= len(lines)):
        return problem
    found = _UP_TO_VALUE.match(lines[origin.line - 1], origin.column - 1)
    return replace(problem, origin=replace(origin, column=found.end() + 1)) if found else problem


def _details(problems: Iterable[Problem], lines_by_file: Mapping[str, list[str]]) -> Iterator[str]:
    for problem in problems:
        yield str(problem)
        origin = problem.origin
        lines = lines_by_file.get(origin.file, [])
        if problem.is_there and 1 <= origin.line <= len(lines):
            yield from excerpt(lines[origin.line - 1], origin.column)


def _reading_order(problem: Problem, file: str) -> tuple[bool, str, int, int, str, str]:
    """`file` itself comes first."""
    origin = problem.origin
    return (origin.file != file, origin.file, origin.line, origin.column, problem.key, problem.message)


def likely(word: str, candidates: Iterable[str], cutoff: float = 0.6) -> str:
    """The candidate that `word` is probably a misspelling of, or ""."""
    return next(iter(get_close_matches(word, list(candidates), n=1, cutoff=cutoff)), "")


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """The sentence that ends a message about an unknown name."""
    known = list(candidates)
    if guess := likely(word, known):
        return f"did you mean `{guess}`?"
    return f"known: {', '.join(known)}." if known else "there is none."
