"""Where a repository's Django projects are: every manage.py, the likeliest first."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from posixpath import dirname

from devenv.detect.finding import Place
from devenv.detect.tree import Tree

_UNLIKELY = frozenset(
    ("test", "tests", "testing", "docs", "doc", "example", "examples", "demo", "sandbox", "templates")
)
SETTINGS = "DJANGO_SETTINGS_MODULE"


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a manage.py, "." for the root."""

    folder: str
    manage: str


def find_projects(files: Tree) -> tuple[Project, ...]:
    """Every Django project; before others that which is nearest to the root and no test or example."""
    found = [path for path in files.named("manage.py") if _is_djangos(files, path)]
    projects = [Project(dirname(path) or ".", path) for path in found]
    return tuple(sorted(projects, key=_unlikeliness))


def _unlikeliness(project: Project) -> tuple[bool, int, str]:
    parts = project.folder.split("/")
    return any(part in _UNLIKELY or "{{" in part for part in parts), len(parts), project.folder


def _is_djangos(files: Tree, path: str) -> bool:
    text = files.text(path)
    return "django" in text or SETTINGS in text


def named_settings(files: Tree, path: str) -> tuple[str, Place] | None:
    """The settings module that a script names for os.environ, the last where there are several."""
    tree = files.module(path)
    found = None
    for node in ast.walk(tree) if tree else ():
        named = _set_default(node) if isinstance(node, ast.Call) else _item(node)
        if named:
            found = (named, Place(path, getattr(node, "lineno", 0)))
    return found


def _set_default(call: ast.Call) -> str:
    match call:
        case ast.Call(
            func=ast.Attribute(attr="setdefault" | "putenv"),
            args=[ast.Constant(value="DJANGO_SETTINGS_MODULE"), ast.Constant(value=str(module)), *_],
        ):
            return module
    return ""


def _item(node: ast.AST) -> str:
    match node:
        case ast.Assign(
            targets=[ast.Subscript(slice=ast.Constant(value="DJANGO_SETTINGS_MODULE"))],
            value=ast.Constant(value=str(module)),
        ):
            return module
    return ""
