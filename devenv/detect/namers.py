"""Who names a project's settings: scripts, servers' modules, the configuration of tests, images."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from posixpath import basename

from devenv.detect.finding import Place
from devenv.detect.testing import SETTINGS, configured
from devenv.detect.tree import Tree

_MODULES = ("wsgi.py", "asgi.py", "celery.py", "celery_app.py", "celeryconf.py")
_SCRIPTS = re.compile(r"execute_from_command_line|call_command")
_ASSIGNED = re.compile(rf"\b{SETTINGS}\s*[=:\s]\s*[\"']?(?P<module>[A-Za-z_]\w*(?:\.\w+)+)")


def namers(files: Tree) -> Iterator[tuple[str, Place]]:
    """Every module that something names, the most telling first: what serves, what starts, what tests."""
    for path in files.named(*_MODULES):
        if found := named_value(files, path):
            yield found
    for path in files.paths:
        text = files.text(path) if path.endswith(".py") else ""
        if SETTINGS in text and _SCRIPTS.search(text) and (found := named_value(files, path)):
            yield found
    for path in sorted(files.paths, key=lambda path: (path.count("/"), path)):
        if _is_of_images(basename(path)):
            yield from _assigned(files, path)
    for path, module in configured(files.paths, files.text):
        line = next((number for number, text in files.lines(path) if SETTINGS in text), 0)
        yield module, Place(path, line)


def _is_of_images(name: str) -> bool:
    is_env = name.startswith((".env", "env.")) or name.endswith(".env")
    of_compose = re.fullmatch(r"(docker-)?compose[\w.-]*\.ya?ml", name) is not None
    return is_env or of_compose or "dockerfile" in name.lower() or name.startswith("Procfile")


def _assigned(files: Tree, path: str) -> Iterator[tuple[str, Place]]:
    for number, text in files.lines(path):
        if not text.startswith("#") and (found := _ASSIGNED.search(text)):
            yield found["module"], Place(path, number)


def named_value(files: Tree, path: str, variable: str = SETTINGS) -> tuple[str, Place] | None:
    """What a script sets a variable of os.environ to, the last where there are several."""
    tree = files.module(path)
    found = None
    for node in ast.walk(tree) if tree else ():
        named = _set_default(node, variable) if isinstance(node, ast.Call) else _item(node, variable)
        if named:
            found = (named, Place(path, getattr(node, "lineno", 0)))
    return found


def _set_default(call: ast.Call, variable: str) -> str:
    match call:
        case ast.Call(
            func=ast.Attribute(attr="setdefault" | "putenv"),
            args=[ast.Constant(value=name), ast.Constant(value=str(value)), *_],
        ) if name == variable:
            return value
    return ""


def _item(node: ast.AST, variable: str) -> str:
    match node:
        case ast.Assign(
            targets=[ast.Subscript(slice=ast.Constant(value=name))], value=ast.Constant(value=str(value))
        ) if name == variable:
            return value
    return ""
