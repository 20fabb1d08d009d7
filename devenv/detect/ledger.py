"""What settings read of the outside as they are gone through: variables, files, roots of imports."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from posixpath import normpath
from typing import Protocol

from devenv.detect.finding import Place
from devenv.detect.readers import Call, from_environment
from devenv.detect.tree import Tree
from devenv.detect.values import (
    MISSING,
    ROOT,
    UNKNOWN,
    Function,
    Namespace,
    Read,
    Reader,
    Value,
    plain,
    reads_of,
)

Evaluate = Callable[[ast.expr, Namespace], Value]
"""What an expression comes to among a module's names."""


class Walk(Protocol):
    """Who goes through the project's modules, and binds names there."""

    modules: dict[str, Namespace | None]

    def module(self, dotted: str) -> Namespace | None:
        """A module of the project, gone through once; None for any other."""

    def path_of(self, dotted: str) -> str | None:
        """The file of one of the project's modules."""

    def go_into(self, path: str, scope: Namespace) -> None:
        """A file that goes on with the names of a module."""

    def call(self, function: Function, arguments: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """What a call of the project's own function comes to."""

    def assign(self, target: ast.expr, value: Value, scope: Namespace) -> None:
        """Bind a name, the parts of a tuple, or an item of a dict that is known."""


@dataclass(slots=True)
class Ledger:
    """What was read so far. `given`: the variables that are set. `roots`: folders that imports start from."""

    tree: Tree
    roots: tuple[str, ...]
    given: dict[str, str]
    reads: list[Read] = field(default_factory=list)
    required: dict[str, Place] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)  # roots that the code itself puts on sys.path
    absent: dict[str, Place] = field(default_factory=dict)  # files that are opened and not there
    optional: dict[str, Place] = field(default_factory=dict)  # those that the settings can do without
    own_files: dict[str, Place] = field(default_factory=dict)  # env files that have to be there
    of_files: dict[str, str] = field(default_factory=dict)  # variables that only an env file gives: its path
    from_files: set[str] = field(default_factory=set)  # variables that the project's own env files set
    from_code: dict[str, Value] = field(default_factory=dict)  # what the settings themselves set
    missed: int = 0  # how often a file was not there
    doubt: int = 0  # how many tests of unknown outcome, or try blocks, are around
    _places: list[Place] = field(default_factory=list)  # of the calls of functions that are gone through

    def record(self, read: Read) -> Value:
        """A variable is read here, or where a function of the project was called that reads any."""
        read = replace(read, place=self._places[0]) if self._places else read
        if read.default is MISSING and read.name in self.from_code:
            read = replace(read, default=self.from_code[read.name])
        self.reads.append(read)
        if read.default is MISSING and not self.doubt and read.name not in self.from_files:
            self.required.setdefault(read.name, read.place)
        return from_environment(read, self.given)

    def record_of_file(self, owner: Reader, method: str, call: Call) -> Value:
        """`values.get(name)` of an env file that each developer makes."""
        name = plain(call.argument(0, "key", default=UNKNOWN))
        if method not in {"get", "pop", "setdefault"} or not isinstance(name, str):
            return UNKNOWN
        self.of_files.setdefault(name, owner.path)
        return self.record(
            Read(name=name, place=call.place, default=call.argument(1, "default", default=None))
        )

    def need(self, *values: Value) -> None:
        """The code fails unless the variables behind these values are set."""
        if not self.doubt:
            for read in reads_of(*values):
                self.required.setdefault(read.name, read.place)

    def take_in(self, values: Mapping[str, str]) -> None:
        """An env file is loaded here: what is set already stays."""
        for name in values.keys() - self.given.keys():
            self.given[name] = values[name]
            self.from_files.add(name)

    def set_variable(self, name: Value, value: Value) -> None:
        """`os.environ[name] = value`: whoever reads it from then on finds it."""
        known = plain(name)
        if isinstance(known, str):
            self.from_code[known] = value

    def miss(self, path: str, place: Place) -> None:
        """A file is opened that is not there."""
        self.missed += 1
        (self.optional if self.doubt else self.absent).setdefault(path, place)

    def add_roots(self, *named: Value) -> None:
        """Folders of the tree are put on sys.path; one that is not absolute is seen from the first root."""
        for each in map(plain, named):
            if not isinstance(each, (str, PurePosixPath)) or not str(each):
                continue
            path = PurePosixPath(normpath(ROOT / self.roots[0] / str(each)))
            root = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
            if root and root not in self.roots and self.tree.has_folder(root):
                self.roots = (*self.roots, root)
                self.added.append(root)

    @contextmanager
    def called_from(self, place: Place) -> Iterator[None]:
        """A function of the project is called there."""
        self._places.append(place)
        try:
            yield
        finally:
            self._places.pop()

    @contextmanager
    def doubtful(self) -> Iterator[None]:
        """What is read here is not required."""
        self.doubt += 1
        try:
            yield
        finally:
            self.doubt -= 1
