"""What may stand in a generated file as it is, and how everything else is quoted.

Invariant: no value can end the line, string or list that it stands in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from devenv.errors import ConfigError

PYTHON_VERSION = re.compile(r"[0-9]+\.[0-9]+(\.[0-9]+)?([a-z]+[0-9]+)?")
APT_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]*(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?")
CALLABLE = re.compile(r"\w+(\.\w+)*:\w+(\.\w+)*")
MODULE = re.compile(r"\w+(\.\w+)*")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
GROUP = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
PATH = re.compile(r"(?![-/])(?!(.*/)?\.\.(/|$))[\w./@+, -]*[\w./@+-]")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
LONGEST_CHARACTERS = 8_000  # the builder reads no line of more than 64 KB
VOLUME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def checked(value: str, pattern: re.Pattern[str], dotted_path: str, expected: str) -> str:
    """`value`, which matches `pattern` as a whole, and fits in a line. Raises ConfigError."""
    if len(value) > LONGEST_CHARACTERS:
        said, expected = (
            f"a text of {len(value):,} characters",
            f"{expected}, of {LONGEST_CHARACTERS:,} at most",
        )
    elif pattern.fullmatch(value):
        return value
    else:
        said = json.dumps(value, ensure_ascii=False)
    raise ConfigError(
        f"{dotted_path}: {said} cannot be written into a generated file",
        details=f"expected {expected}",
        hint=f"change {dotted_path} in devenv.yaml",
    )


def check_variables(names: Iterable[str], dotted_path: str) -> None:
    """Every name can be that of an environment variable. Raises ConfigError."""
    for name in names:
        checked(name, VARIABLE, dotted_path, "variable names of letters, digits, _, . and -")


def json_words(words: Iterable[str]) -> str:
    """The JSON form of an instruction's arguments, on one line and in ASCII.

    `<` and `>` are escaped as well: the Dockerfile's parser looks for here-documents even in JSON.
    """
    text = json.dumps(list(words), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


def json_lines(words: Iterable[str]) -> str:
    """The same with a line for each: the builder reads no line of more than 64 KB."""
    separator = ", \\\n     "
    return f"[{separator.join(json_words([word])[1:-1] for word in words)}]"


def without_interpolation(value: object) -> object:
    """The same with every `$` doubled: compose takes it as it is. Mapping keys are not interpolated."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, Mapping):
        return {key: without_interpolation(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_interpolation(item) for item in value]
    return value


def duration(seconds: float) -> str:
    """Seconds as compose writes them: "2s", "0.5s"."""
    return f"{seconds:g}s"
