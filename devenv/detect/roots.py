"""Folders that modules are imported from: that of manage.py, and what it or the settings put on sys.path."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from posixpath import dirname, join, normpath, relpath

from devenv.detect.evaluate import Interpreter, Stop
from devenv.detect.tree import Tree
from devenv.detect.values import Namespace


def roots_of(files: Tree, manage: str) -> tuple[str, ...]:
    """The folders that a manage.py puts on sys.path itself, from the root of the tree."""
    folder = dirname(manage) or "."
    tree = files.module(manage) if "sys.path" in files.text(manage) else None
    if tree is None:
        return ()
    interpreter = Interpreter.of(files, (folder,), {})
    with interpreter.ledger.doubtful(), suppress(Stop, RecursionError):
        interpreter.block(tree.body, Namespace("__main__", manage))
    return tuple(root for root in interpreter.ledger.added if root != folder)


def path_of(files: Tree, roots: Iterable[str], module: str) -> str | None:
    """The file of a module."""
    relative = module.replace(".", "/")
    candidates = (
        normpath(join(root, name)) for root in roots for name in (f"{relative}.py", f"{relative}/__init__.py")
    )
    return next((path for path in candidates if files.has(path)), None)


def is_below(path: str, roots: Iterable[str]) -> bool:
    """Whether a file is inside of one of the roots."""
    return any(root in {".", ""} or path.startswith(f"{root}/") for root in roots)


def module_of(path: str, roots: Iterable[str]) -> str:
    """The name by which a file is imported: as seen from the nearest root above it."""
    above = [root for root in roots if is_below(path, (root,))]
    nearest = max(above, key=lambda root: len(root.strip(".")), default=".")
    return relpath(path, nearest).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
