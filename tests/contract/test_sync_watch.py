"""The door to the system's file events, on the real file system."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from devenv.sync.agenda import Sign
from devenv.sync.ignore import load_rules
from devenv.sync.sights import Overflow, Seen, WatchEvent
from devenv.sync.watch import Watcher, watch
from tests.contract.sync_stand import await_true

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what Linux's events say")


class Watched:
    """A folder under watch, and the signs that were seen, oldest first."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.events: list[WatchEvent] = []
        self.watcher: Watcher = watch(root, load_rules(root), self.events.append)

    def signs(self) -> list[tuple[str, Sign]]:
        return [sign for event in self.events if isinstance(event, Seen) for sign in event.signs]

    def await_sign(self, path: str, sign: Sign) -> None:
        await_true(lambda: (path, sign) in self.signs(), lambda: str(self.signs()))


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    root = tmp_path / "root"
    for folder in ("shop", "ignored", "node_modules/deep"):
        (root / folder).mkdir(parents=True)
    (root / ".gitignore").write_text("ignored/\n")
    (root / "shop/models.py").write_text("v1")
    found = Watched(root)
    yield found
    found.watcher.stop()


def test_a_save_in_place_is_settled_when_it_is_closed(watched: Watched) -> None:
    with (watched.root / "shop/models.py").open("w") as file:
        file.write("v2")
        file.flush()
        watched.await_sign("shop/models.py", Sign.WRITING)
        assert ("shop/models.py", Sign.SETTLED) not in watched.signs()
    watched.await_sign("shop/models.py", Sign.SETTLED)


def test_a_rename_tells_both_ends_at_once(watched: Watched) -> None:
    (watched.root / "shop/models.py").rename(watched.root / "shop/tables.py")
    watched.await_sign("shop/tables.py", Sign.SETTLED)
    pair = Seen((("shop/models.py", Sign.SETTLED), ("shop/tables.py", Sign.SETTLED)))
    assert watched.events[-1] == pair


def test_a_rename_to_where_nobody_looks_is_told_at_once(watched: Watched) -> None:
    (watched.root / "shop/models.py").rename(watched.root / "ignored/models.py")
    watched.await_sign("shop/models.py", Sign.VANISHED)
    (watched.root / "ignored/models.py").rename(watched.root / "shop/models.py")
    watched.await_sign("shop/models.py", Sign.SETTLED)


def test_folders_that_are_not_entered_have_no_watch(watched: Watched) -> None:
    (watched.root / "ignored/a.py").write_text("x")
    (watched.root / "node_modules/deep/a.js").write_text("x")
    (watched.root / "last.py").write_text("x")
    watched.await_sign("last.py", Sign.SETTLED)
    assert {path for path, _ in watched.signs()} == {"last.py"}


def test_a_new_folder_is_watched_with_all_that_is_in_it(watched: Watched) -> None:
    (watched.root / "a/b/c").mkdir(parents=True)
    watched.await_sign("a", Sign.SETTLED)

    def is_seen_when_written() -> bool:
        (watched.root / "a/b/c/x.py").write_text("x")
        return ("a/b/c/x.py", Sign.SETTLED) in watched.signs()

    await_true(is_seen_when_written)


def test_a_folder_that_moved_is_watched_at_its_new_place_only(watched: Watched) -> None:
    (watched.root / "shop").rename(watched.root / "store")
    watched.await_sign("store", Sign.SETTLED)
    (watched.root / "store/models.py").write_text("v2")
    watched.await_sign("store/models.py", Sign.SETTLED)
    assert not any(path.startswith("shop/") for path, _ in watched.signs())


def test_a_renamed_folder_is_told_before_it_is_watched_and_looked_at_once_more(watched: Watched) -> None:
    """The watches of a large one take longer than a vanished path is waited for."""
    (watched.root / "shop").rename(watched.root / "store")
    both = Seen((("shop", Sign.SETTLED), ("store", Sign.SETTLED)))
    told = [Seen((("shop", Sign.VANISHED),)), both, Seen((("store", Sign.SETTLED),))]
    await_true(lambda: watched.events == told, lambda: str(watched.events))


def test_a_root_that_is_removed_means_to_look_everywhere(watched: Watched) -> None:
    watched.root.rename(watched.root.with_name("elsewhere"))
    await_true(lambda: Overflow() in watched.events)


def test_events_that_the_kernel_dropped_mean_to_look_everywhere(tmp_path: Path) -> None:
    limit = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    blocked = BlockedSink()
    other = watch(tmp_path, load_rules(tmp_path), blocked)
    for number in range(limit // 2):
        (tmp_path / f"{number}.txt").write_text("x")
    blocked.release()
    await_true(lambda: Overflow() in blocked.events)
    other.stop()


class BlockedSink:
    """A sink that keeps its watcher's thread busy until released."""

    def __init__(self) -> None:
        self.events: list[WatchEvent] = []
        self._may_go_on = threading.Event()

    def __call__(self, event: WatchEvent) -> None:
        self._may_go_on.wait()
        self.events.append(event)

    def release(self) -> None:
        self._may_go_on.set()


def test_a_stopped_watcher_tells_nothing_more(watched: Watched) -> None:
    watched.watcher.stop()
    (watched.root / "shop/models.py").write_text("v2")
    assert watched.events == []
