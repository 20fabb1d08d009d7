"""The day that a checkout's list of packages is of, where that leaves versions open."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from devenv.detect.as_of import AsOf, Committed, History, as_of
from devenv.detect.dependencies import written_down
from devenv.detect.tree import load_tree
from devenv.workflows.checkout import Checkout
from devenv.workspace.git_dates import last_commit

MIN_AGE = timedelta(days=90)  # of a list whose packages fail: younger than what `init` asks for


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
    """The day to try; None where devenv.yaml names one, every version is said, or nobody knows."""
    needs = checkout.environment.app.dependencies
    if needs.kind != "requirements" or needs.as_of:
        return None
    files = load_tree(checkout.app_folder)
    written = written_down(files, tuple(file.path for file in needs.files[: needs.roots]))
    return as_of(
        written, files, history_of(checkout.app_folder), today(), min_age=MIN_AGE, even_if_active=True
    )
