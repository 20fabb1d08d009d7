"""Tests that do not travel to the containers, as by a .dockerignore that is made for production."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from posixpath import basename

from devenv.detect.finding import Place

LeftOut = Callable[[str, bool], Place | None]
"""The line that keeps a path from the containers, whether it is a folder; None where it travels."""

LeftOutOf = Callable[[str], LeftOut]
"""The same of the paths in a folder of the project."""

_FOLDERS = frozenset(("test", "tests"))
_FILES = (("test_*.py", r"test_.*\.py"), ("*_test.py", r".*_test\.py"), ("tests.py", r"tests\.py"))
_BESIDE = frozenset(("conftest.py", "pytest.ini"))


def nothing_left_out(_folder: str) -> LeftOut:
    """Everything travels."""
    return lambda _path, _is_folder: None


@dataclass(frozen=True, kw_only=True, slots=True)
class HiddenTests:
    """`pattern`: what brings them back, as git has it. `path`: one of them. `place`: what hides it."""

    pattern: str
    path: str
    place: Place


def hidden_tests(paths: Iterable[str], left_out: LeftOut) -> tuple[HiddenTests, ...]:
    """What must be brought back for the project's tests to be there. What lies in a folder that is left out
    as a whole, for another reason, stays where it is.
    """
    look = cache(left_out)
    several = [path for path in paths if path.endswith(".py") or basename(path) in _BESIDE]
    found: dict[str, HiddenTests] = {}
    for path in several:
        hidden = _hidden(path, look) if _is_test(path) else None
        if hidden:
            found.setdefault(hidden.pattern, hidden)
    if found:  # alone they are no tests
        for path in (each for each in several if basename(each) in _BESIDE):
            hidden = _hidden(path, look)
            if hidden:
                found.setdefault(hidden.pattern, hidden)
    return tuple(found.values())


def _is_test(path: str) -> bool:
    return any(re.fullmatch(pattern, basename(path)) for _, pattern in _FILES)


def _hidden(path: str, left_out: LeftOut) -> HiddenTests | None:
    for folder in _above(path):
        if place := left_out(folder, True):
            name = basename(folder)
            return HiddenTests(pattern=f"!{name}", path=folder, place=place) if name in _FOLDERS else None
    place = left_out(path, False)
    if not place:
        return None
    name = next((each for each in path.split("/")[:-1] if each in _FOLDERS), "")
    name = name or next((shown for shown, pattern in _FILES if re.fullmatch(pattern, basename(path))), "")
    return HiddenTests(pattern=f"!{name or basename(path)}", path=path, place=place)


def _above(path: str) -> Iterator[str]:
    """The folders that a path is in, the outermost first."""
    parts = path.split("/")[:-1]
    return ("/".join(parts[:length]) for length in range(1, len(parts) + 1))
