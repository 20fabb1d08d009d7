"""Apps of the project that have models and no migrations: their tables are in nobody's repository."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from posixpath import basename, join, normpath

from devenv.detect.tree import Tree
from devenv.detect.values import Namespace, plain

_ABSTRACT = frozenset(("abstract", "proxy"))


def unmigrated(settings: Namespace, files: Tree, roots: Iterable[str]) -> tuple[str, ...]:
    """The labels of such apps, in their order; none where settings say where migrations are."""
    if settings.values.get("MIGRATION_MODULES"):
        return ()
    said = plain(settings.values.get("INSTALLED_APPS"))
    names = [plain(each) for each in said] if isinstance(said, (list, tuple)) else []
    roots = tuple(roots)
    found = []
    for name in (each for each in names if isinstance(each, str)):
        folder = _folder(name, files, roots)
        if folder and not _has_migrations(folder, files) and any(_models(folder, files)):
            found.append(basename(folder))
    return tuple(dict.fromkeys(found))


def _folder(name: str, files: Tree, roots: Iterable[str]) -> str:
    """The folder of an app by its entry: "apps.blog", "blog.apps.BlogConfig"; "" for one of others."""
    package = name.partition(".apps.")[0] if name.rpartition(".")[2][:1].isupper() else name
    candidates = (normpath(join(root, package.replace(".", "/"))) for root in roots)
    return next((folder for folder in candidates if files.has_folder(folder)), "")


def _has_migrations(folder: str, files: Tree) -> bool:
    inside = files.inside(join(folder, "migrations"))
    return any(path.endswith(".py") and basename(path) != "__init__.py" for path in inside)


def _models(folder: str, files: Tree) -> Iterator[str]:
    """The classes in models.py, or in the package of that name, that may well have a table of their own."""
    paths = [join(folder, "models.py"), *files.inside(join(folder, "models"))]
    for path in (each for each in paths if each.endswith(".py") and files.has(each)):
        tree = files.module(path)
        classes = (node for node in (tree.body if tree else ()) if isinstance(node, ast.ClassDef))
        yield from (node.name for node in classes if _has_table(node))


def _has_table(node: ast.ClassDef) -> bool:
    bases = [ast.unparse(base) for base in node.bases]
    if not any(base.endswith(("Model", "AbstractUser", "AbstractBaseUser")) for base in bases):
        return False
    meta = next((each for each in node.body if isinstance(each, ast.ClassDef) and each.name == "Meta"), None)
    return not any(
        _sets(statement, _ABSTRACT) or _is_unmanaged(statement) for statement in (meta.body if meta else ())
    )


def _sets(statement: ast.stmt, names: frozenset[str]) -> bool:
    """Whether it makes one of the names true."""
    return (
        isinstance(statement, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id in names for target in statement.targets)
        and ast.unparse(statement.value) == "True"
    )


def _is_unmanaged(statement: ast.stmt) -> bool:
    return ast.unparse(statement) == "managed = False"
