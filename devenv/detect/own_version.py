"""A project that asks for the version of its own package, which only what is installed has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from posixpath import join, normpath

from devenv.config.environment import is_old
from devenv.detect.finding import Place
from devenv.detect.proposal import Noted
from devenv.detect.tree import Tree

_NAME = re.compile(r"""^\s*name\s*=\s*["']?([\w.-]+)""", re.MULTILINE)
_DECLARED_IN = ("pyproject.toml", "setup.cfg", "setup.py")
_ASKING = frozenset(("version", "distribution", "get_distribution", "metadata"))
# Whatever takes the version from git's tags has no git in the image.
_INSTALL = "RUN SETUPTOOLS_SCM_PRETEND_VERSION=0.dev0 {} --no-deps --editable /app"


def installed_for_its_version(files: Tree, folder: str, roots: Iterable[str], python: str) -> Noted | None:
    """The line for app.dockerfile.dev that installs the project of a folder, where it asks for itself."""
    declared = (files.text(normpath(join(folder, name))) for name in _DECLARED_IN)
    names = {_bare(name) for text in declared for name in _NAME.findall(text)}
    for root in roots:
        for path in _modules_of(files, root, names):
            if tree := files.module(path):
                for line in _asked(tree, names):
                    install = "pip install" if is_old(python) else "uv pip install"
                    return Noted(
                        _INSTALL.format(install), f"{Place(path, line)}: it asks for its own version"
                    )
    return None


def _modules_of(files: Tree, root: str, names: Iterable[str]) -> Iterator[str]:
    """The modules right inside of the package that the project is."""
    for name in sorted(names):
        package = normpath(join(root, name))
        if files.has(f"{package}/__init__.py"):
            yield from sorted(path for path in files.inside(package) if path.endswith(".py"))


def _asked(node: ast.AST, names: Iterable[str]) -> Iterator[int]:
    """The lines that ask for the version of one of the names; not those that know what to do without."""
    if isinstance(node, ast.Try):
        return
    if isinstance(node, ast.Call) and node.args and _last_name(node.func) in _ASKING:
        first = node.args[0]
        is_itself = isinstance(first, ast.Name) and first.id in {"__name__", "__package__"}
        is_named = isinstance(first, ast.Constant) and _bare(str(first.value)) in names
        if is_itself or is_named:
            yield node.lineno
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _asked(child, names)


def _last_name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _bare(name: str) -> str:
    """As a package's folder spells it."""
    return re.sub(r"[-.]+", "_", name).lower()
