"""What other watchers' trackers are full of, each by its name; more of them in test_sync."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from devenv.events import Synced, SyncProblem
from devenv.sync.sights import Overflow
from tests.contract.sync_stand import Stand, await_true, tree_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs on Linux")

LARGE = 9 << 20


@pytest.fixture
def stand(stand: Stand) -> Stand:
    (stand.host / "models.py").write_text("v1")
    return stand


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_a_storm_of_stashes_and_checkouts_ends_equal(stand: Stand) -> None:
    git(stand.host, "init", "-q")
    for branch in ("main", "other"):
        for number in range(150):
            file = stand.host / f"app{number % 7}" / f"{number}.py"
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"{branch} {number}")
        git(stand.host, "add", "-A")
        git(stand.host, "commit", "-q", "-m", branch)
        git(stand.host, "checkout", "-q", "-B", "other")
    stand.begin("web")
    for _ in range(6):
        (stand.host / "app0/0.py").write_text(str(time.monotonic()))
        git(stand.host, "stash")
        git(stand.host, "checkout", "-q", "main")
        git(stand.host, "checkout", "-q", "other")
        git(stand.host, "stash", "pop")
        git(stand.host, "checkout", "-q", "app0/0.py")
    stand.await_equal()
    assert stand.failure is None


def test_a_root_that_is_a_link_is_followed(stand: Stand) -> None:
    real = stand.host.rename(stand.host.with_name("real"))
    stand.host.symlink_to(real)
    stand.begin("web")
    stand.await_equal()
    (real / "models.py").write_text("v2")
    stand.await_equal()
    assert (stand.root / "models.py").read_text() == "v2"


@pytest.mark.parametrize("seconds", [-(2**31), 0, 2**32])
def test_a_file_of_another_time_arrives_and_so_does_its_next_version(stand: Stand, seconds: float) -> None:
    file = stand.host / "models.py"
    stand.begin("web")
    for content in ("v2", "v3"):
        file.write_text(content)
        os.utime(file, (seconds, seconds))
        stand.await_equal()
    stand.stop_session()
    file.write_text("v4")
    os.utime(file, (seconds, seconds))
    stand.session_of("web").synchronize_once()
    assert (stand.root / "models.py").read_text() == "v4"


def test_gits_lock_that_comes_and_goes_moves_nothing(stand: Stand) -> None:
    git(stand.host, "init", "-q")
    stand.begin("web")
    stand.await_equal()
    await_true(lambda: stand.told(Synced))
    for _ in range(100):
        (stand.host / ".git/index.lock").write_text("x")
        (stand.host / ".git/index.lock").unlink()
    (stand.host / "models.py").write_text("v2")
    await_true(lambda: len(stand.told(Synced)) > 1)
    stand.stop_session()
    paths = [event.paths for event in stand.events if isinstance(event, Synced)]
    assert paths == [("models.py",), ("models.py",)]


def test_every_large_file_is_there_when_a_session_says_it_is_done(stand: Stand) -> None:
    for number in range(3):
        with (stand.host / f"{number}.bin").open("wb") as file:
            file.truncate(LARGE)
    stand.session_of("web").synchronize_once()
    assert tree_of(stand.root) == tree_of(stand.host)


def test_a_path_that_cannot_be_written_does_not_hold_up_who_waits_for_the_rest(stand: Stand) -> None:
    stand.session_of("web").synchronize_once()
    (stand.root / "media").mkdir()
    (stand.host / "media").write_text("x")
    (stand.root / "media/__pycache__").mkdir()
    (stand.root / "media/.venv").mkdir()
    (stand.host / "other.py").write_text("x")
    stand.session_of("web").synchronize_once(timeout_seconds=60)
    assert (stand.root / "other.py").exists()
    assert stand.told(SyncProblem) == [SyncProblem(("media",), "Directory not empty")]


def test_rules_that_changed_in_events_that_were_dropped_are_the_rules(stand: Stand) -> None:
    (stand.host / ".gitignore").write_text("*.log\n")
    (stand.host / "a.log").write_text("x")
    session = stand.begin("web")
    stand.await_equal_but("a.log")
    watcher = session._lookout._watcher
    assert watcher is not None
    watcher.stop()
    (stand.host / ".gitignore").write_text("")
    session._lookout._sink(Overflow())
    stand.await_equal()


def test_forgetting_what_was_given_loses_nothing_on_either_side(stand: Stand) -> None:
    (stand.host / "same.py").write_text("x")
    stand.session_of("web").synchronize_once()
    (stand.root / "made.txt").write_text("a process's")
    (stand.root / "models.py").write_text("a process's, too")
    (stand.host / "new.py").write_text("x")
    before = tree_of(stand.host)
    converged = stand.session_of("web").synchronize_once(anew=True)
    assert converged.pushed == ("models.py", "new.py")
    assert converged.conflicts == (".devenv/conflicts/models.py",)
    assert tree_of(stand.host) == before
    assert tree_of(stand.root).keys() == {*before, "made.txt"}


def test_a_person_who_removes_or_edits_what_just_came_back_is_heard(stand: Stand) -> None:
    """Shrunk from the soak's seeds 81 and 1387, where the session ended with a KeyError."""
    stand.session_of("web").synchronize_once()
    migrations = stand.host / "shop/migrations"
    for name in ("0001.py", "0002.py"):
        (stand.root / "shop/migrations").mkdir(parents=True, exist_ok=True)
        (stand.root / "shop/migrations" / name).write_text("made inside")
    session = stand.session_of("web")
    look_at = session._tree.look_at

    def after_a_person(paths: Iterable[str], *, trusting: bool = False) -> set[str]:
        if (migrations / "0001.py").exists() and (migrations / "0002.py").exists():
            (migrations / "0001.py").unlink()
            (migrations / "0002.py").write_text("edited here")
        return look_at(paths, trusting=trusting)

    session._tree.look_at = after_a_person  # type: ignore[method-assign]
    assert session.synchronize_once().pulled == ("shop/migrations/0001.py", "shop/migrations/0002.py")
    stand.session_of("web").synchronize_once()
    assert not (migrations / "0001.py").exists()
    assert (migrations / "0002.py").read_text() == "edited here"
    assert tree_of(stand.root) == tree_of(stand.host)
    assert not (stand.host / ".devenv").exists()
