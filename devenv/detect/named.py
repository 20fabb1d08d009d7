"""The settings module that a script puts together: f"project.settings.{os.getenv('ENV', 'dev')}"."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import suppress

from devenv.detect.evaluate import Interpreter, Stop
from devenv.detect.finding import Place
from devenv.detect.testing import SETTINGS
from devenv.detect.tree import Tree
from devenv.detect.values import Namespace, plain


def computed_name(files: Tree, path: str, roots: tuple[str, ...]) -> tuple[str, Place] | None:
    """What DJANGO_SETTINGS_MODULE comes to in a script while nothing is set."""
    tree = files.module(path)
    if tree is None or SETTINGS not in files.text(path):
        return None
    interpreter, scope = Interpreter.of(files, roots, {}), Namespace("", path)
    interpreter.go_into(path, scope)
    functions = (node.body for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    for body in (*functions, tree.body):
        for statement in _up_to_the_name(interpreter, body, scope):
            named = plain(interpreter.value(statement, scope))
            if isinstance(named, str) and named:
                return named, Place(path, statement.lineno)
    return None


def _up_to_the_name(
    interpreter: Interpreter, body: Sequence[ast.stmt], scope: Namespace
) -> Iterator[ast.expr]:
    """The expression that is set, once what comes before it has been gone through."""
    for statement in body:
        yield from filter(None, map(_set_to, ast.walk(statement)))
        with suppress(Stop, RecursionError):
            interpreter.block([statement], scope)


def _set_to(node: ast.AST) -> ast.expr | None:
    match node:
        case ast.Call(
            func=ast.Attribute(attr="setdefault" | "putenv"), args=[ast.Constant(value=name), value, *_]
        ) if name == SETTINGS:
            return value
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=name))], value=value) if (
            name == SETTINGS
        ):
            return value
    return None
