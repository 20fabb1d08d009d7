"""A copy of the example, and the edits that tell one edition of it from another."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.restless import ROOT

EXAMPLE = ROOT / "examples" / "bookstore"
SERIALIZERS = "catalog/serializers.py"
TASKS = "reports/tasks.py"
NOT_COPIED = shutil.ignore_patterns("__pycache__", ".*_cache", ".devenv", "staticfiles", ".env", "*.pyc")

Save = Callable[[Path, str], None]


def save_in_place(path: Path, text: str) -> None:
    """As nano, VS Code and a shell's redirection do it: the file is emptied and written."""
    path.write_text(text, encoding="utf-8")


def save_atomically(path: Path, text: str) -> None:
    """As many editors and formatters do it: a new file takes the old one's name."""
    beside = path.with_name(f".{path.name}.saving")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


@dataclass(frozen=True, slots=True)
class Bookstore:
    """A copy of the example in `root`."""

    root: Path

    def save_serializer(self, edition: str, save: Save = save_in_place) -> None:
        """Every book has `"edition": edition` in the API from now on."""
        save(self.root / SERIALIZERS, serializers_with(edition))

    def save_task(self, edition: str, save: Save = save_in_place) -> None:
        """Every report has `"edition": edition` in its result from now on."""
        save(self.root / TASKS, tasks_with(edition))

    def tell_python(self) -> None:
        """`/health/` has the Python version from now on."""
        version = '"%d.%d" % __import__("sys").version_info[:2]'
        self.edit(
            "bookstore/health.py", "JsonResponse(states,", f'JsonResponse(states | {{"python": {version}}},'
        )

    def edit(self, path: str, old: str, new: str, save: Save = save_in_place) -> None:
        """Replace the one `old` that a file of the copy has."""
        save(self.root / path, replaced((self.root / path).read_text(encoding="utf-8"), old, new))


def copy_bookstore(root: Path) -> Bookstore:
    """Copy the example to `root`, which must not be there yet."""
    shutil.copytree(EXAMPLE, root, ignore=NOT_COPIED)
    os.utime(root)
    return Bookstore(root)


def serializers_with(edition: str) -> str:
    text = replaced(
        (EXAMPLE / SERIALIZERS).read_text(encoding="utf-8"),
        "    in_stock = serializers.BooleanField(read_only=True)\n",
        "    in_stock = serializers.BooleanField(read_only=True)\n"
        f'    edition = serializers.CharField(read_only=True, default="{edition}")\n',
    )
    return replaced(text, '            "in_stock",\n', '            "in_stock",\n            "edition",\n')


def tasks_with(edition: str) -> str:
    call = "return sales_report(timezone.now() - timedelta(days=days))"
    text = (EXAMPLE / TASKS).read_text(encoding="utf-8")
    return replaced(text, call, f'{call} | {{"edition": "{edition}"}}')


def replaced(text: str, old: str, new: str) -> str:
    """`text` with its one `old` replaced. Raises ValueError where an edit fits nowhere, or twice."""
    if text.count(old) != 1:
        raise ValueError(f"{old!r} is there {text.count(old)} times")
    return text.replace(old, new)
