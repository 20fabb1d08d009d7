"""Where a repository's Django projects are: every manage.py, the likeliest first."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
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
    """A folder with a manage.py, "." for the root. `roots`: what that puts on sys.path beside it.

    `script`: the file that manage.py hands over to, where it does nothing by itself; else manage.py.
    """

    folder: str
    manage: str
    roots: tuple[str, ...] = ()
    handed_to: str = ""

    @property
    def script(self) -> str:
        """The file that calls Django and names the settings."""
        return self.handed_to or self.manage

    @property
    def import_roots(self) -> tuple[str, ...]:
        """The folders that its modules are imported from."""
        return (self.folder, *self.roots)


def find_projects(files: Tree) -> tuple[Project, ...]:
    """Every Django project, the likeliest first: with settings, no test or example, near to the root."""
    projects = [
        Project(dirname(path) or ".", path, roots_of(files, path), "" if script == path else script)
        for path in files.named("manage.py")
        if (script := _script(files, path))
    ]
    return tuple(sorted(projects, key=lambda project: _unlikeliness(files, project)))


def _unlikeliness(files: Tree, project: Project) -> tuple[bool, bool, int, str]:
    parts = project.folder.split("/")
    unlikely = any(part in _UNLIKELY or _TEMPLATE.search(part) for part in parts)
    unlikely = unlikely or "{{" in (named_value(files, project.script) or ("",))[0]
    return unlikely, not _has_settings(files, project), len(parts), project.folder


def _has_settings(files: Tree, project: Project) -> bool:
    """Whether the module that manage.py names is there, as seen from its folder."""
    named = named_value(files, project.script)
    if named is None:
        return True
    return path_of(files, project.import_roots, named[0]) is not None


def _script(files: Tree, path: str) -> str:
    """The file of a manage.py that is Django's: itself, or what it runs; "" where it is somebody else's."""
    folder = dirname(path) or "."
    behind = (path_of(files, (folder,), name) for name in _handed_to(files.module(path)))
    asked = (each for each in (path, *behind) if each)
    return next((each for each in asked if _is_djangos(files.text(each))), "")


def _handed_to(tree: ast.Module | None) -> Iterator[str]:
    """The modules that a script runs or takes something from."""
    for node in ast.walk(tree) if tree else ():
        match node:
            case ast.Call(
                func=ast.Attribute(attr="run_module") | ast.Name(id="run_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield from (f"{name}.__main__", name)
            case ast.ImportFrom(module=str(name), level=0):
                yield name


def _is_djangos(text: str) -> bool:
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
