"""Variables that the app's own code cannot be imported without, beside those that its settings read.

Followed are the imports of the URLs and of the installed apps, as Django makes them when it starts. Each
module that names the environment is gone through by itself; what it imports from others is not known there.
Migrations run when everything comes up: what their functions read is needed, too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping

from devenv.detect.evaluate import Interpreter
from devenv.detect.roots import path_of
from devenv.detect.tree import Tree
from devenv.detect.values import Function, Namespace, Read, Tracked, plain

_READS = re.compile(r"\benviron\b|\bgetenv\b|\b(config|env)(\.\w+)?\(")
_KEYS = ("api_key", "access_token", "auth_token", "secret_key", "token")
_HANDS_A_KEY = re.compile(rf"\b({'|'.join(_KEYS)})\s*=\s*settings\.")
_PARTS = ("", ".apps", ".models", ".admin", ".tasks")  # what Django or Celery imports of an app by itself
MAX_MODULES = 3_000


def read_by_the_app(
    files: Tree, roots: tuple[str, ...], settings: Namespace, known: Collection[str], given: Mapping[str, str]
) -> dict[str, Read]:
    """The variables by name. known: the files that were gone through with the settings."""
    found = _read_by_migrations(files, given)
    own = [files.text(path) for path in files.paths if _is_own(path, known)]
    if not any(_READS.search(text) or _HANDS_A_KEY.search(text) for text in own):
        return found
    for path in _reached(files, roots, settings):
        if _is_own(path, known) and _HANDS_A_KEY.search(files.text(path)):
            found |= {read.name: read for read in _keys_handed_over(files.module(path), settings)}
        if _is_own(path, known) and _READS.search(files.text(path)):
            alone = Interpreter.of(files, (), given)
            alone.go_into(path, Namespace(path.removesuffix(".py").replace("/", "."), path))
            by_name = {read.name: read for read in reversed(alone.ledger.reads)}
            for name in alone.ledger.required:
                found.setdefault(name, by_name[name])
    return found


def _read_by_migrations(files: Tree, given: Mapping[str, str]) -> dict[str, Read]:
    """What a migration asks for when it runs: the first superuser's address, say."""
    found: dict[str, Read] = {}
    for path in files.paths:
        if "/migrations/" not in path or not path.endswith(".py") or not _READS.search(files.text(path)):
            continue
        alone, scope = Interpreter.of(files, (), given), Namespace("", path)
        alone.go_into(path, scope)
        for each in list(scope.values.values()):
            if isinstance(each, Function):
                alone.call(each, (), {})
        by_name = {read.name: read for read in reversed(alone.ledger.reads)}
        found |= {name: by_name[name] for name in alone.ledger.required}
    return found


def _keys_handed_over(tree: ast.AST | None, settings: Namespace) -> Iterator[Read]:
    """What `Client(api_key=settings.KEY)` is made of and nobody sets: clients of services refuse None."""
    for node in ast.walk(tree) if tree else ():
        for each in node.keywords if isinstance(node, ast.Call) else ():
            match each.value:
                case ast.Attribute(value=ast.Name(id="settings"), attr=name) if each.arg in _KEYS:
                    value = settings.values.get(name)
                    if isinstance(value, Tracked) and value.value in (None, ""):
                        yield value.reads[0]


def _is_own(path: str, known: Collection[str]) -> bool:
    return path.endswith(".py") and path not in known and "/migrations/" not in path


def _reached(files: Tree, roots: tuple[str, ...], settings: Namespace) -> list[str]:
    """The files of the project's modules that are imported, as far as imports tell."""
    asked = list(_first(settings))
    seen = set(asked)
    paths: dict[str, None] = {}
    for module in asked:  # grows while it is read
        path = path_of(files, roots, module)
        if path is None or path in paths:
            continue
        paths[path] = None
        wanted = [each for each in _imports(files, path, module) if each not in seen]
        seen |= {*wanted}
        asked += wanted if len(asked) < MAX_MODULES else []
    return list(paths)


def _first(settings: Namespace) -> Iterator[str]:
    urls = plain(settings.values.get("ROOT_URLCONF"))
    if isinstance(urls, str):
        yield from (urls, urls.rpartition(".")[0])
    apps = plain(settings.values.get("INSTALLED_APPS"))
    for app in map(plain, apps) if isinstance(apps, (list, tuple)) else ():
        name = re.sub(r"(\.apps)?\.[A-Z]\w*$", "", app) if isinstance(app, str) else ""
        yield from (f"{name}{part}" for part in _PARTS if name)


def _imports(files: Tree, path: str, module: str) -> Iterator[str]:
    """The modules that a module imports; of `apps`, those in its functions too: `ready` runs them."""
    tree = files.module(path)
    package = module if path.endswith("/__init__.py") else module.rpartition(".")[0]
    for node in ast.walk(tree) if tree and module.endswith(".apps") else _at_margin(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join(filter(None, [*above, node.module or ""]))
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("include"):
            names = [str(each.value) for each in node.args if isinstance(each, ast.Constant)]
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[: end + 1]) for end in range(len(parts)))


def _at_margin(tree: ast.AST | None) -> Iterator[ast.AST]:
    """Every node outside of functions."""
    nodes: list[ast.AST] = [tree] if tree else []
    while nodes:
        node = nodes.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            nodes += reversed(list(ast.iter_child_nodes(node)))
