"""Where a repository's Django projects are: every manage.py, the likeliest first."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from posixpath import dirname

from devenv.detect.finding import Place
from devenv.detect.roots import path_of, roots_of
from devenv.detect.tree import Tree

_UNLIKELY = frozenset(
    ("test", "tests", "testing", "docs", "doc", "example", "examples", "demo", "sandbox", "templates")
)
_TEMPLATE = re.compile(r"\{\{|(^|[-_])templates?$")  # what startproject copies is no project yet
SETTINGS = "DJANGO_SETTINGS_MODULE"


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a manage.py, "." for the root. `roots`: what that puts on sys.path beside it."""

    folder: str
    manage: str
    roots: tuple[str, ...] = ()

    @property
    def import_roots(self) -> tuple[str, ...]:
        """The folders that its modules are imported from."""
        return (self.folder, *self.roots)


def find_projects(files: Tree) -> tuple[Project, ...]:
    """Every Django project, the likeliest first: with settings, no test or example, near to the root."""
    found = [path for path in files.named("manage.py") if _is_djangos(files, path)]
    projects = [Project(dirname(path) or ".", path, roots_of(files, path)) for path in found]
    return tuple(sorted(projects, key=lambda project: _unlikeliness(files, project)))


def _unlikeliness(files: Tree, project: Project) -> tuple[bool, bool, int, str]:
    parts = project.folder.split("/")
    unlikely = any(part in _UNLIKELY or _TEMPLATE.search(part) for part in parts)
    unlikely = unlikely or "{{" in (named_value(files, project.manage) or ("",))[0]
    return unlikely, not _has_settings(files, project), len(parts), project.folder


def _has_settings(files: Tree, project: Project) -> bool:
    """Whether the module that manage.py names is there, as seen from its folder."""
    named = named_value(files, project.manage)
    if named is None:
        return True
    return path_of(files, project.import_roots, named[0]) is not None


def _is_djangos(files: Tree, path: str) -> bool:
    text = files.text(path)
    return "django" in text or SETTINGS in text


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
