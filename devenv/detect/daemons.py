"""Management commands of the project's own that stay: they serve, listen or loop."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from posixpath import basename

from devenv.detect.commands import Command
from devenv.detect.finding import Place
from devenv.detect.roots import is_below, path_of
from devenv.detect.tree import Tree

_STAYS = re.compile(
    r"\.(?:serve_forever|run_forever|start_consuming|start_polling|run_polling|infinity_polling)\b"
)
_FOLDER = "/management/commands/"


def daemons(files: Tree, roots: Iterable[str]) -> Iterator[tuple[str, Place]]:
    """Each such command and where it says that it stays."""
    roots = tuple(roots)
    for name, path in own_commands(files, roots):
        behind = (_stays_in(files, each, names) for each, names in _behind(files, roots, path))
        several = [_loops(files, path), _stays(files, path), *behind]
        place = next(filter(None, several), None)
        if place:
            yield name, place


def own_commands(files: Tree, roots: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The project's own management commands, each with its file."""
    for path in files.paths:
        name = basename(path).removesuffix(".py")
        is_one = _FOLDER in f"/{path}" and path.endswith(".py") and not name.startswith("_")
        if is_one and is_below(path, roots):
            yield name, path


def run_by(name: str, commands: Iterable[Command]) -> Command | None:
    """What of the project's own compose files and Procfiles runs a management command."""
    runs = re.compile(rf"\bmanage(?:\.py)?\s+{re.escape(name)}(?=\s|$)")
    return next((each for each in commands if runs.search(each.text)), None)


def kept_by(name: str, commands: Iterable[Command]) -> Command | None:
    """What a supervisor keeps running that is this management command and nothing else, in plain words."""
    runs = re.compile(rf"[^;&|]*\bmanage(?:\.py)?\s+{re.escape(name)}(?:\s+[\w=.,:-]+)*\s*")
    return next((each for each in commands if runs.fullmatch(each.text)), None)


def _behind(files: Tree, roots: Iterable[str], path: str) -> Iterator[tuple[str, set[str]]]:
    """The files of the project that it takes something from, and the names of that."""
    tree = files.module(path)
    for each in ast.walk(tree) if tree else ():
        if isinstance(each, ast.ImportFrom) and each.module and not each.level:
            found = path_of(files, roots, each.module)
            if found and not found.endswith("models.py"):
                yield found, {alias.name for alias in each.names}


def _stays_in(files: Tree, path: str, names: set[str]) -> Place | None:
    """Where what has one of these names stays: in its own lines, or in those of what it uses of its file."""
    tree = files.module(path)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    known = {each.name: each for each in tree.body if isinstance(each, kinds)} if tree else {}
    asked = [name for name in sorted(names) if name in known]
    lines = files.text(path).splitlines()
    for name in asked:  # grows while it is read
        node = known[name]
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1):
            if _STAYS.search(lines[number - 1]):
                return Place(path, number)
        used = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        asked += [each for each in known if each in used and each not in asked]
    return None


def _stays(files: Tree, path: str) -> Place | None:
    text = files.text(path)
    found = _STAYS.search(text)
    return Place(path, text.count("\n", 0, found.start() + 1) + 1) if found else None


def _loops(files: Tree, path: str) -> Place | None:
    """A loop that nothing in it ends."""
    tree = files.module(path)
    for node in ast.walk(tree) if tree else ():
        if not (isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and node.test.value):
            continue
        if not any(isinstance(each, (ast.Break, ast.Return, ast.Raise)) for each in ast.walk(node)):
            return Place(path, node.lineno)
    return None
