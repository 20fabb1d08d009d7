"""The day that a checkout's list of packages is of, where that leaves versions open."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from devenv.detect.as_of import AsOf, Committed, History, day_to_try
from devenv.detect.dependencies import written_down
from devenv.detect.tree import load_tree
from devenv.workflows.checkout import Checkout
from devenv.workspace.git_dates import last_commit


def history_of(root: Path) -> History:
    """When files of a folder were committed last, asked of git once for each."""
    known: dict[tuple[str, ...], Committed | None] = {}

    def committed(paths: tuple[str, ...]) -> Committed | None:
        if paths not in known:
            found = last_commit(root, paths)
            known[paths] = (
                Committed(path=found.path, day=found.day, is_first=found.is_first, later=found.later)
                if found
                else None
            )
        return known[paths]

    return committed


def today() -> date:
    """In UTC, as days of commits are."""
    return datetime.now(UTC).date()


def day_of(checkout: Checkout) -> AsOf | None:
    """The day to try; None where devenv.yaml names it or a later one, or nobody knows."""
    needs = checkout.environment.app.dependencies
    if needs.kind != "requirements":
        return None
    files = load_tree(checkout.app_folder)
    written = written_down(files, tuple(file.path for file in needs.files[: needs.roots]))
    found = day_to_try(written, files, history_of(checkout.app_folder), today())
    return found if found and str(found.day) > needs.as_of else None
