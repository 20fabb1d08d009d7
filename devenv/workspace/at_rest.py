"""Code and data belong together: who works on a database and who gives it another branch's take turns.

`data.lock` is held by whoever switches databases until the code of that branch is in the containers, and by
whoever runs a job or a migration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from devenv.clock import Clock
from devenv.workspace.branch_record import read_record
from devenv.workspace.git_head import git_folder, is_busy, read_branch
from devenv.workspace.lock import attempt_lock, hold_lock

LOCK = "data"
FOR_EVER = float("inf")  # a migration may take minutes; the lock of one that crashed is free


def current_branch(root: Path) -> str:
    """ "" where there is none: no git, or a detached HEAD, which changes no database."""
    git = git_folder(root)
    return read_branch(git) if git else ""


def stray_services(folder: Path, root: Path, branched: Iterable[str]) -> tuple[str, ...]:
    """Those of `branched` whose live database is known to be of another branch than the one checked out.

    folder: `.devenv`. branched: the services whose databases follow the branch.
    """
    branch = current_branch(root)
    if not branch:
        return ()
    records = {name: read_record(folder, name) for name in branched}
    return tuple(
        name
        for name, record in records.items()
        if (record.live or record.towards) and not record.is_of(branch)
    )


def data_held(
    folder: Path, clock: Clock, *, on_wait: Callable[[str], None] = lambda _: None
) -> AbstractContextManager[None]:
    """While entered nobody else works on the data, nor switches it; waits until that is so."""
    return hold_lock(folder, clock, name=LOCK, timeout_seconds=FOR_EVER, on_wait=on_wait)


@contextmanager
def data_at_rest(folder: Path, root: Path, branched: Iterable[str]) -> Iterator[bool]:
    """The same without a wait: False where somebody else does, or a switch of branches is under way."""
    with attempt_lock(folder, LOCK) as holds:
        branched = tuple(branched)
        git = git_folder(root) if branched else None
        is_moving = git is not None and is_busy(git)
        yield holds is not None and not is_moving and not stray_services(folder, root, branched)
