"""Trees of files that are nowhere on a disk."""

from __future__ import annotations

from collections.abc import Mapping

from devenv.detect.evaluate import Interpreter
from devenv.detect.ledger import Ledger
from devenv.detect.tree import Tree
from devenv.detect.values import Namespace


def tree(files: Mapping[str, str]) -> Tree:
    return Tree(tuple(sorted(files)), lambda path: files[path].encode())


def gone_through(
    source: str, given: Mapping[str, str] | None = None, **others: str
) -> tuple[Namespace, Ledger]:
    """settings.py gone through; others: text by module name."""
    files = {"settings.py": source, **{f"{name}.py": text for name, text in others.items()}}
    interpreter = Interpreter.of(tree(files), (".",), given or {})
    namespace = interpreter.module("settings")
    assert namespace is not None
    return namespace, interpreter.ledger
