"""Is the database ahead of the code: migrations that are applied, and on disk no more."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

FOLDER = "migrations"
APPS = "apps.py"


@dataclass(frozen=True, order=True, slots=True)
class Migration:
    """Of a Django app, by its label; the name is the file's without `.py`."""

    app: str
    name: str

    def __str__(self) -> str:
        return f"{self.app}.{self.name}"


def read_applied(text: str) -> frozenset[Migration]:
    """What an `applied` script printed: app and name in a line, with a tab."""
    rows = (line.split("\t") for line in text.splitlines() if "\t" in line)
    return frozenset(Migration(row[0], row[1]) for row in rows)


def is_source(path: str) -> bool:
    """Whether `ahead` wants to know what the file says."""
    *folders, name = path.split("/")
    return name == APPS or (name.endswith(".py") and folders[-1:] == [FOLDER])


def ahead(
    applied: Iterable[Migration],
    sources: Mapping[str, str],
    travels: Callable[[str], bool] = lambda _: True,
) -> tuple[Migration, ...]:
    """Those applied of which the project has the app but not the file, in order.

    sources: by path the text of each file that `is_source`. An app is labelled as its `apps.py` says in plain
    words, else as its folder is called; one whose label is made otherwise, or of a third-party package, is
    passed over. A migration that another one replaces (squashed) is there. travels: whether the file of a
    path would be here at all, and not in the containers alone, where git ignores it.
    """
    files = _files(sources)
    homes = {migration.app: path.rpartition("/")[0] for path, migration in files.items()}
    on_disk = {*files.values(), *(each for path in files for each in _replaced(sources[path]))}
    missing = (each for each in applied if each.app in homes and each not in on_disk)
    return tuple(sorted(each for each in missing if travels(f"{homes[each.app]}/{each.name}.py")))


def behind(applied: Iterable[Migration], sources: Mapping[str, str]) -> tuple[Migration, ...]:
    """Those on disk that are not applied, in order; see `ahead`. What Django does not read is none."""
    known = set(applied)
    found = (each for each in _files(sources).values() if each.name[0] not in "_~")
    return tuple(sorted(each for each in found if each not in known))


def _files(sources: Mapping[str, str]) -> dict[str, Migration]:
    """What each file below a folder of migrations would be."""
    labels = {
        path.removesuffix(f"/{APPS}"): label
        for path, text in sources.items()
        if path.endswith(f"/{APPS}") and (label := _label(text))
    }
    found = {}
    for path in sources:
        *folders, name = path.split("/")
        if len(folders) >= 2 and folders[-1] == FOLDER and name.endswith(".py"):
            label = labels.get("/".join(folders[:-1]), folders[-2])
            found[path] = Migration(label, name.removesuffix(".py"))
    return found


def _label(text: str) -> str:
    """What the one `label = "..."` of a class says, "" where there is none, or several."""
    classes = [node for node in _nodes(text, "label") if isinstance(node, ast.ClassDef)]
    found = {
        node.value.value
        for each in classes
        for node in each.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and _is_to(node, "label")
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    }
    return found.pop() if len(found) == 1 else ""


def _replaced(text: str) -> Iterable[Migration]:
    """What `replaces = [("app", "0001_initial"), …]` lists, as far as it is written out."""
    for node in _nodes(text, "replaces"):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value and _is_to(node, "replaces"):
            yield from _pairs(node.value)


def _nodes(text: str, name: str) -> Iterable[ast.AST]:
    """All that a module is made of, nothing where it has not the name in it, or cannot be parsed."""
    if name not in text:
        return ()
    try:
        return ast.walk(ast.parse(text))
    except (SyntaxError, ValueError):
        return ()


def _is_to(node: ast.Assign | ast.AnnAssign, name: str) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _pairs(value: ast.expr) -> Iterable[Migration]:
    for item in value.elts if isinstance(value, ast.List | ast.Tuple) else ():
        parts = item.elts if isinstance(item, ast.List | ast.Tuple) else ()
        words = [
            part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        if len(words) == 2:
            yield Migration(words[0], words[1])
