"""Where a repository's Django projects are: every manage.py, the likeliest first."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import dirname

from devenv.config.environment import MANAGE, WITHOUT_MANAGE
from devenv.detect.finding import Place
from devenv.detect.namers import named_value, namers
from devenv.detect.roots import path_of, roots_of
from devenv.detect.testing import SETTINGS
from devenv.detect.tree import Tree

_UNLIKELY = frozenset(
    ("test", "tests", "testing", "docs", "doc", "example", "examples", "demo", "sandbox", "templates")
)
_TEMPLATE = re.compile(r"\{\{|(^|[-_])templates?$")  # what startproject copies is no project yet


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a manage.py, "." for the root. `roots`: what that puts on sys.path beside it.

    `script`: the file that manage.py hands over to, where it does nothing by itself; else manage.py.
    `named`: the settings of a project without one, and who names them; `manage` is then that file.
    """

    folder: str
    manage: str
    roots: tuple[str, ...] = ()
    handed_to: str = ""
    named: tuple[str, Place] | None = None

    @property
    def script(self) -> str:
        """The file that calls Django and names the settings."""
        return self.handed_to or self.manage

    @property
    def command(self) -> str:
        """What runs Django's commands."""
        return shlex.join(WITHOUT_MANAGE if self.named else MANAGE)

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
    found = sorted(projects, key=lambda project: _unlikeliness(files, project))
    return tuple(found) or tuple(_without_manage(files))


def _without_manage(files: Tree) -> Iterator[Project]:
    """The one project that others than a manage.py name the settings of, and that is no test or example."""
    for module, place in namers(files):
        folder = _root_of(files, module)
        path = path_of(files, (folder,), module) if folder is not None else None
        if folder is not None and path and not {*path.split("/")[:-1]} & _UNLIKELY:
            yield Project(folder, place.file, named=(module, place))
            return


def _root_of(files: Tree, module: str) -> str | None:
    """The folder that a module is imported from, the shallowest where there are several."""
    relative = module.replace(".", "/")
    ends = (f"{relative}.py", f"{relative}/__init__.py")
    found = (path[: -len(end)] for path in files.paths for end in ends if f"/{path}".endswith(f"/{end}"))
    roots = {root.rstrip("/") or "." for root in found}
    return min(roots, key=lambda root: (root.count("/"), root), default=None)


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
