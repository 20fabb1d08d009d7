"""Values as they stand in a YAML file -> the tree they mean: aliases and merge keys become plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from devenv.config.document import Mark, Path, Scalar, Tree, dotted
from devenv.config.environment import Origin
from devenv.config.problems import Problem, config_error

MAX_DEPTH = 32
MAX_VALUES = 100_000


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar."""

    origin: Origin
    scalar: Scalar
    is_merge: bool  # it is the plain `<<`
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    origin: Origin
    items: list[Node]
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Pairs:
    """A mapping as it is written: keys of any kind, some perhaps twice."""

    origin: Origin
    pairs: list[tuple[Node, Node]]
    mark: Mark | None = None


Node: TypeAlias = "Leaf | Items | Pairs"
_Entries: TypeAlias = dict[str, tuple[Node, Node]]


class Flattening:
    """One file's nodes on their way to a tree.

    A node may be met often (aliases), so both depth and number of values are bounded. Nodes cannot contain
    themselves: an anchor is known only once its value is complete.
    """

    def __init__(self, file: str, text: str) -> None:
        self.origins: dict[Path, Origin] = {}
        self.marks: dict[Path, Mark] = {}
        self.problems: list[Problem] = []
        self._file = file
        self._text = text
        self._entries_by_id: dict[int, _Entries] = {}  # a mapping that is merged often is read once

    def tree(self, node: Node, path: Path = ()) -> Tree:
        """The tree below `node`, which stands at `path`. Raises: ConfigError where it grows too large."""
        if len(path) > MAX_DEPTH or len(self.origins) > MAX_VALUES:
            message = f"aliases make more than {MAX_VALUES:,} values or {MAX_DEPTH} levels"
            problem = Problem(node.origin, dotted(path[:MAX_DEPTH]), message)
            raise config_error(self._file, [problem], {self._file: self._text})
        if isinstance(node, Leaf):
            return node.scalar
        if isinstance(node, Items):
            return [self._placed(item, item, (*path, index)) for index, item in enumerate(node.items)]
        entries = self._entries(node, path)
        return {name: self._placed(key, value, (*path, name)) for name, (key, value) in entries.items()}

    def _placed(self, place: Node, node: Node, path: Path) -> Tree:
        self.origins[path] = place.origin
        if node.mark:
            self._mark(node, node.mark, path)
        return self.tree(node, path)

    def _mark(self, node: Node, mark: Mark, path: Path) -> None:
        if isinstance(path[-1], int):
            self._complain(node, path, f"{mark} is of keys: write it at the key of the list")
        else:
            self.marks[path] = mark

    def _entries(self, node: Pairs, path: Path, depth: int = 0) -> _Entries:
        """The entries in the file's order; a mapping's own win over those that `<<` brings."""
        if id(node) not in self._entries_by_id:
            self._entries_by_id[id(node)] = self._read_entries(node, path, depth)
        return self._entries_by_id[id(node)]

    def _read_entries(self, node: Pairs, path: Path, depth: int) -> _Entries:
        own: _Entries = {}
        merged: _Entries = {}
        for key, value in node.pairs:
            if isinstance(key, Leaf) and key.is_merge:
                for source in self._merge_sources(value, path, depth):
                    merged = {**self._entries(source, path, depth + 1), **merged}
            elif (name := self._name(key, path)) is None:
                continue
            elif name in own:
                line = own[name][0].origin.line
                self._complain(key, (*path, name), f"written twice, first at line {line}: keep one")
            else:
                own[name] = (key, value)
        return {**merged, **own}

    def _merge_sources(self, value: Node, path: Path, depth: int) -> list[Pairs]:
        sources = value.items if isinstance(value, Items) else [value]
        mappings = [source for source in sources if isinstance(source, Pairs)]
        if len(mappings) != len(sources):
            self._complain(value, (*path, "<<"), "expected an alias of a mapping, such as *defaults")
        if depth > MAX_DEPTH:
            self._complain(value, (*path, "<<"), f"more than {MAX_DEPTH} levels of merged mappings")
            return []
        return mappings

    def _name(self, key: Node, path: Path) -> str | None:
        """A key's text, None (and a problem) where it is no text."""
        if not isinstance(key, Leaf):
            self._complain(key, path, "a key must be text, not a list or a mapping")
        elif key.mark:
            self._complain(key, path, f"write `{key.scalar.text}: {key.mark}`, the tag after the key")
        elif isinstance(key.scalar.value, str):
            return key.scalar.text
        elif key.scalar.text:
            shown = key.scalar.text
            self._complain(key, path, f'the key {shown} is not text to YAML: write "{shown}"')
        else:
            self._complain(key, path, "expected a key before the `:`")
        return None

    def _complain(self, node: Node, path: Path, message: str) -> None:
        self.problems.append(Problem(node.origin, dotted(path), message))
