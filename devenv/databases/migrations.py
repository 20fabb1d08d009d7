"""Is the database ahead of the code: migrations that are applied, and on disk no more."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FOLDER = "migrations"


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


def ahead(applied: Iterable[Migration], sources: Mapping[str, str]) -> tuple[Migration, ...]:
    """Those applied of which the project has the app but not the file, in order.

    sources: the text of each file in a `migrations` folder of the project, by path. An app is taken to be
    labelled as its folder is called: one with another label, or of a third-party package, is passed over. A
    migration that another one replaces (squashed) is there.
    """
    on_disk: set[Migration] = set()
    for path, text in sources.items():
        parts = path.split("/")
        if len(parts) < 3 or parts[-2] != FOLDER or not path.endswith(".py"):
            continue
        on_disk.add(Migration(parts[-3], parts[-1].removesuffix(".py")))
        on_disk.update(_replaced(text))
    apps = {migration.app for migration in on_disk}
    return tuple(sorted(each for each in applied if each.app in apps and each not in on_disk))


def _replaced(text: str) -> Iterable[Migration]:
    """What `replaces = [("app", "0001_initial"), …]` lists, as far as it is written out."""
    if "replaces" not in text:
        return
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else ()
        if any(isinstance(target, ast.Name) and target.id == "replaces" for target in targets):
            assert isinstance(node, ast.Assign)
            yield from _pairs(node.value)


def _pairs(value: ast.expr) -> Iterable[Migration]:
    for item in value.elts if isinstance(value, ast.List | ast.Tuple) else ():
        parts = item.elts if isinstance(item, ast.List | ast.Tuple) else ()
        words = [
            part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
        if len(words) == 2:
            yield Migration(words[0], words[1])
