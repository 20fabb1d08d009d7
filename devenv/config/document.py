"""A YAML file as a tree of plain values, with the place of every key and list item beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from devenv.config.environment import Origin
from devenv.config.problems import Problem, one_line

Path: TypeAlias = tuple[str | int, ...]


class Mark(StrEnum):
    """A tag at the value of a key: what it does to the same key of lower layers."""

    RESET = "!reset"  # removes it
    OVERRIDE = "!override"  # replaces it, where it would be merged


@dataclass(frozen=True, slots=True)
class Scalar:
    """A leaf: `text` as written (unquoted), `value` what YAML 1.1 reads; the same where it is text."""

    text: str
    value: str | int | float | bool | None

    @property
    def exact(self) -> bool:
        """False where YAML reads a number other than what is written: 3.10 (3.1), 017 (15), 22:22 (1342)."""
        return str(self.value) in {self.text, self.text.capitalize()}


Tree: TypeAlias = "Scalar | list[Tree] | dict[str, Tree]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One file, read.

    `origins`: where each key and list item is written. `problems`: what reading found (a duplicate key, a
    tag), the rest of the tree being usable. `marks`: what the value of a key does to lower layers.
    """

    file: str
    text: str
    tree: Tree
    origins: Mapping[Path, Origin]
    problems: tuple[Problem, ...] = ()
    marks: Mapping[Path, Mark] = field(default_factory=dict)

    def at(self, path: Path) -> Tree | None:
        """What is written at `path`, None where nothing is."""
        node: Tree | None = self.tree
        for part in path:
            if isinstance(node, dict) and isinstance(part, str):
                node = node.get(part)
            elif isinstance(node, list) and isinstance(part, int) and part < len(node):
                node = node[part]
            else:
                return None
        return node

    def written(self, path: Path) -> Path:
        """The longest beginning of `path` that stands in the file."""
        while path and path not in self.origins:
            path = path[:-1]
        return path

    def origin(self, path: Path) -> Origin:
        """The place of `path`, or of the nearest parent that is written."""
        return self.origins.get(self.written(path)) or Origin(self.file, 1, 1)

    def place(self, path: Path, seen_from: Path) -> str:
        """Where `path` is, in the words of a message about `seen_from`: "line 4", or with the other file."""
        there, here = self.origin(path), self.origin(seen_from)
        if there.file == here.file and there.line:
            return f"line {there.line}"
        return there.place

    def problem(self, path: Path, message: str) -> Problem:
        """A problem at `path`; a key that is not written is named at its parent's place."""
        return Problem(self.origin(path), dotted(path), message, is_there=bool(self.written(path)))


def dotted(path: Path) -> str:
    """A path as messages and `Environment.origins` have it: "app.system_packages.0"."""
    return ".".join(map(str, path))


def describe(node: Tree | None) -> str:
    """What a file holds, as the end of "expected …, got …"."""
    if isinstance(node, dict):
        return "a mapping" if node else "an empty mapping"
    if isinstance(node, list):
        return "a list" if node else "an empty list"
    if node is None or node.value is None:
        return "nothing"
    return _describe_scalar(node)


def _describe_scalar(scalar: Scalar) -> str:
    text = one_line(scalar.text, 60)
    if isinstance(scalar.value, str):
        return f'"{text}"'
    if isinstance(scalar.value, bool):
        return f"{text}, which YAML reads as {str(scalar.value).lower()}" if not scalar.exact else text
    return f"the number {text}" if scalar.exact else f"{text}, which YAML reads as {scalar.value}"
