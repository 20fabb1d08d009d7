"""A read-only view of a project's files: all that detection may look at."""

from __future__ import annotations

import ast
import codecs
import os
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import dirname, normpath

MAX_FILES = 50_000
MAX_BYTES = 2_000_000
_NOT_SEARCHED = frozenset(
    (".devenv", ".git", ".hg", ".idea", ".mypy_cache", ".nox", ".pytest_cache", ".ruff_cache", ".svn", ".tox")
) | {"__pycache__", "bower_components", "node_modules", "site-packages"}
_ENVIRONMENT = "pyvenv.cfg"
MAX_LINES_LEFT_OUT = 5
_TYPE_PARAMETERS = re.compile(  # of Python 3.12: `def name[T](`, `class Name[T: list[int]]:`
    r"^(\s*(?:async\s+)?(?:def|class)\s+\w+)\[[^][\n]*(?:\[[^][\n]*\][^][\n]*)*\](?=\s*[(:])", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Tree:
    """Files by their path from the root, sorted; `read` gives the bytes of one of them.

    tracked: those that git has in its index though a .gitignore names them.
    """

    paths: tuple[str, ...]
    read: Callable[[str], bytes]
    tracked: frozenset[str] = frozenset()
    _known: frozenset[str] = field(init=False)
    _folders: frozenset[str] = field(init=False)
    _parsed: dict[str, ast.Module | None] = field(init=False, default_factory=dict)
    _texts: dict[str, str] = field(init=False, default_factory=dict)
    _by_folder: dict[str, list[str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_known", frozenset(self.paths))
        object.__setattr__(self, "_folders", frozenset(_above(self.paths)))

    def has(self, path: str) -> bool:
        """Whether there is such a file."""
        return normpath(path) in self._known

    def has_folder(self, path: str) -> bool:
        """Whether there is a file somewhere below such a folder."""
        return normpath(path) in self._folders

    def text(self, path: str) -> str:
        """A file's text, "" where there is none to read; a byte that is no UTF-8 stands as a mark."""
        if path not in self._texts:
            self._texts[path] = self._read_text(normpath(path))
        return self._texts[path]

    def _read_text(self, path: str) -> str:
        if path not in self._known:
            return ""
        try:
            data = self.read(path)
        except OSError:
            return ""
        return data.decode("utf-16" if is_utf_16(data) else "utf-8-sig", "replace")

    def lines(self, path: str) -> Iterator[tuple[int, str]]:
        """A file's lines, stripped, with their numbers."""
        for number, line in enumerate(self.text(path).splitlines(), 1):
            yield number, line.strip()

    def named(self, *names: str) -> list[str]:
        """Every file of one of these names, the shallowest first."""
        found = [path for path in self.paths if path.rpartition("/")[2] in names]
        return sorted(found, key=lambda path: (path.count("/"), path))

    def inside(self, folder: str) -> list[str]:
        """The files right inside a folder."""
        if not self._by_folder:
            for path in self.paths:
                self._by_folder.setdefault(dirname(path) or ".", []).append(path)
        return list(self._by_folder.get(normpath(folder) if folder else ".", ()))

    def module(self, path: str) -> ast.Module | None:
        """The syntax tree of a Python file; None where it is none that this Python can read."""
        if path not in self._parsed:
            self._parsed[path] = parse(self.text(path)) if self.has(path) else None
        return self._parsed[path]


def is_utf_16(data: bytes) -> bool:
    """Whether a file begins as PowerShell's `>` writes it."""
    return data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def _above(paths: Iterable[str]) -> set[str]:
    """Every folder that a path is in."""
    found: set[str] = set()
    for path in paths:
        while (path := dirname(path)) and path not in found:
            found.add(path)
    return found


def parse(text: str) -> ast.Module | None:
    """The syntax tree of a text; None where it is no Python that this one can read.

    Projects run on newer Pythons than this one: their type parameters are left out, and a few other lines
    that are no syntax here stand as `pass`.
    """
    try:
        return _parsed(text)
    except SyntaxError:
        without = _TYPE_PARAMETERS.sub(r"\1", text)
        return _parsed_in_part(without, _without_line) or _parsed_in_part(without, _without_statement)
    except (ValueError, RecursionError, MemoryError):
        return None


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a project's invalid escapes there is nothing to say here
        return ast.parse(text)


def _parsed_in_part(text: str, without: Callable[[list[str], int], None]) -> ast.Module | None:
    """The text without what is no syntax here. without: takes it out of the lines."""
    lines = text.splitlines()
    for _ in range(MAX_LINES_LEFT_OUT):
        try:
            return _parsed("\n".join(lines))
        except SyntaxError as error:
            index = (error.lineno or 0) - 1
            if not 0 <= index < len(lines) or lines[index].strip() == "pass":
                return None
            without(lines, index)
        except (ValueError, RecursionError, MemoryError):
            return None
    return None


def _without_line(lines: list[str], index: int) -> None:
    indent = lines[index][: len(lines[index]) - len(lines[index].lstrip())]
    lines[index] = f"{indent}pass"


def _without_statement(lines: list[str], index: int) -> None:
    """All of what stands at the margin around a line, such as a dict of many lines."""
    begins = [at for at, line in enumerate(lines) if re.match(r"[^\s)\]}#]", line)]
    first = max((at for at in begins if at <= index), default=0)
    last = min((at for at in begins if at > index), default=len(lines))
    lines[first:last] = ["pass", *[""] * (last - first - 1)]


def load_tree(root: Path, tracked: Iterable[str] = ()) -> Tree:
    """The files below a folder. Links to folders, virtual environments and caches are left out."""
    paths: list[str] = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if name not in _NOT_SEARCHED and not Path(folder, name, _ENVIRONMENT).exists()
        )
        prefix = Path(folder).relative_to(root).as_posix()
        paths += [name if prefix == "." else f"{prefix}/{name}" for name in files]
        if len(paths) > MAX_FILES:
            break
    return Tree(tuple(sorted(paths)), lambda path: _read(root / path), frozenset(tracked))


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MAX_BYTES)
