"""Where it cannot write or watch: the old file stays whole, the path is named, and it heals."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devenv.events import Notice, SyncProblem
from tests.contract.sync_stand import Stand, await_true

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="file systems are mounted, users are changed"
)

NOBODY = 65534
PLAIN_PYTHON = "/usr/bin/python3"  # one that every user may run


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dvt-") as name:
        yield Path(name)


@pytest.fixture
def small(folder: Path) -> Iterator[Stand]:
    """A stand whose source folder has room for a MiB."""
    stand = Stand(folder)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", stand.root], check=True)
    (stand.host / "a.txt").write_text("v1")
    stand.begin("web")
    stand.await_equal()
    yield stand
    stand.end()
    subprocess.run(["umount", "--lazy", stand.root], check=True)


def problems(stand: Stand) -> list[SyncProblem]:
    return [event for event in stand.events if isinstance(event, SyncProblem)]


def test_a_full_disk_names_the_path_lets_others_pass_and_heals(small: Stand) -> None:
    (small.host / "a.txt").write_text("x" * 900_000)
    await_true(lambda: (small.root / "a.txt").stat().st_size == 900_000)
    (small.host / "a.txt").write_text("y" * 900_001)
    await_true(lambda: problems(small))
    assert problems(small) == [SyncProblem(("a.txt",), "No space left on device")]
    assert (small.root / "a.txt").read_text() == "x" * 900_000
    (small.host / "b.txt").write_text("small")
    await_true(lambda: (small.root / "b.txt").exists())
    compared = small.session_of("web").compare()
    assert (compared.problems, compared.is_equal) == ((("a.txt", "No space left on device"),), False)
    (small.host / "a.txt").write_text("z")
    small.await_equal()
    assert small.session_of("web").compare().problems == ()


def test_a_disk_that_is_full_of_others_heals_when_there_is_room(small: Stand) -> None:
    with (small.root / ".devenv-sync/filling").open("wb") as filling:
        filling.write(bytes(1000_000))
    (small.host / "a.txt").write_text("y" * 100_000)
    await_true(lambda: problems(small))
    assert (small.root / "a.txt").read_text() == "v1"
    (small.root / ".devenv-sync/filling").unlink()
    small.await_equal()


def test_a_read_only_folder_names_the_path_and_heals(small: Stand) -> None:
    make_read_only(small.root)
    (small.host / "a.txt").write_text("v2")
    (small.host / "new.txt").write_text("v2")
    await_true(lambda: {path for event in problems(small) for path in event.paths} >= {"a.txt", "new.txt"})
    assert {event.reason for event in problems(small)} == {"Read-only file system"}
    assert (small.root / "a.txt").read_text() == "v1"
    subprocess.run(["mount", "-o", "remount,rw", small.root], check=True)
    small.await_equal()


@pytest.mark.skipif(not Path(PLAIN_PYTHON).exists(), reason="no Python that another user may run")
def test_a_target_that_is_roots_names_the_paths_and_heals(folder: Path) -> None:
    folder.chmod(0o777)
    agent = folder / "agent"
    shutil.copytree(Path(__file__).parents[2] / "devenv/agent", agent)
    stand = Stand(folder)
    (stand.root / "a.txt").write_text("v1")
    (stand.host / "a.txt").write_text("v2")
    stand.run_agents_as(NOBODY, PLAIN_PYTHON, agent)
    try:
        stand.begin("web")
        await_true(lambda: problems(stand))
        assert problems(stand) == [SyncProblem(("a.txt",), "Permission denied")]
        assert (stand.root / "a.txt").read_text() == "v1"
        os.chown(stand.root, NOBODY, NOBODY)
        os.chown(stand.root / "a.txt", NOBODY, NOBODY)
        stand.await_equal()
    finally:
        stand.end()


def test_folders_that_lead_to_a_volume_stay_and_are_no_trouble(folder: Path) -> None:
    stand = Stand(folder)
    log = stand.root / "var/deep/logs/web.log"
    log.parent.mkdir(parents=True)
    log.write_text("started")
    (stand.root / "a.txt").write_text("v0")
    ignore = ("/var/deep/logs",)
    try:
        for version in ("v1", "v2"):
            stand.begin("web", ignore=ignore)
            (stand.host / "a.txt").write_text(version)
            await_true(lambda: (stand.root / "a.txt").read_text() == (stand.host / "a.txt").read_text())
            compared = stand.session_of("web", ignore=ignore).compare()
            assert (compared.differences, compared.problems) == ((), ())
            stand.stop_session()
        assert log.read_text() == "started"
        assert problems(stand) == []
    finally:
        stand.end()


@pytest.mark.parametrize("left", ["shop/static/build.log", "shop/uploads/mine.txt"])
def test_a_folder_removed_on_the_host_stays_for_what_is_the_containers_alone(folder: Path, left: str) -> None:
    """Of what is ignored, and of what a process made in a folder of its own."""
    stand = Stand(folder)
    try:
        for path in ("shop/models.py", "shop/static/page.css", ".gitignore"):
            (stand.host / path).parent.mkdir(parents=True, exist_ok=True)
            (stand.host / path).write_text("*.log" if path == ".gitignore" else "v1")
        stand.begin("web")
        stand.await_equal()
        (stand.root / left).parent.mkdir(exist_ok=True)
        (stand.root / left).write_text("the container's")
        shutil.rmtree(stand.host / "shop")
        (stand.host / "other.py").write_text("v1")
        await_true(
            lambda: (stand.root / "other.py").exists() and not (stand.root / "shop/models.py").exists()
        )
        stand.stop_session()
        compared = stand.session_of("web").compare()
        assert (compared.differences, compared.problems) == ((), ())
        assert problems(stand) == []
        assert (stand.root / left).read_text() == "the container's"
    finally:
        stand.end()


def test_a_host_that_cannot_take_what_comes_back_says_so_and_heals(folder: Path) -> None:
    stand = Stand(folder)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", stand.host], check=True)
    try:
        (stand.host / "a.txt").write_text("v1")
        session = stand.begin("web")
        stand.await_equal()
        session.pull()
        with (stand.host / ".git").open("wb") as filling:
            filling.write(bytes(1000_000))
        (stand.root / "migrations").mkdir()
        (stand.root / "migrations/0001.py").write_text("x" * 100_000)
        await_true(lambda: problems(stand))
        assert problems(stand) == [SyncProblem(("migrations/0001.py",), "No space left on device")]
        (stand.host / ".git").unlink()
        stand.await_equal()
    finally:
        stand.end()
        subprocess.run(["umount", "--lazy", stand.host], check=True)


WATCHING = """
import sys, threading
from pathlib import Path
from devenv.sync.lookout import Lookout
from devenv.clock import SystemClock
root, woken = Path(sys.argv[1]), threading.Event()
lookout = Lookout(root, (), cache=None, emit=lambda event: print(event, flush=True), clock=SystemClock(),
                  wake=woken.set)
lookout.begin()
lookout.note_seen()
lookout.look_everywhere()
(root / "f9/late.py").write_text("x")
while True:
    touched, _ = lookout.look_where_due()
    if "f9/late.py" in touched and "f9/late.py" in lookout.tree.entries:
        break
    woken.wait(0.1)
    lookout.note_seen()
print("seen")
lookout.end()
"""


def test_a_system_that_gives_too_few_watches_is_polled_and_says_what_to_raise(folder: Path) -> None:
    for number in range(10):
        (folder / f"f{number}").mkdir()
    limited = f"echo 4 > /proc/sys/user/max_inotify_watches && exec {sys.executable} - {folder}"
    command = ["unshare", "--user", "--map-root-user", "sh", "-c", limited]
    found = subprocess.run(command, input=WATCHING, capture_output=True, text=True, timeout=60, check=False)
    notice = Notice(
        "the system gives no more file watches: the rest of the tree is looked at every second",
        hint="raise fs.inotify.max_user_watches (sysctl), or ignore what need not be watched",
    )
    assert (found.stdout.splitlines(), found.stderr) == ([str(notice), "seen"], "")


def test_what_one_agent_could_not_write_is_named_whichever_is_asked(folder: Path) -> None:
    stand = Stand(folder)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", stand.root], check=True)
    try:
        (stand.host / "a.txt").write_text("v1")
        stand.session_of("worker").synchronize_once()
        make_read_only(stand.root)
        (stand.host / "a.txt").write_text("v2")
        stand.session_of("worker").synchronize_once()
        named = (("a.txt", "Read-only file system"),)
        assert stand.session_of("web", "worker").compare().problems == named
        assert stand.session_of("worker", "web").compare().problems == named
        subprocess.run(["mount", "-o", "remount,rw", stand.root], check=True)
        stand.session_of("web").synchronize_once()
        assert stand.session_of("web", "worker").compare().problems == ()
        assert stand.session_of("worker").compare().problems == ()
    finally:
        stand.end()
        subprocess.run(["umount", "--lazy", stand.root], check=True)


def make_read_only(folder: Path) -> None:
    """As soon as no agent has a file of its own open there to write what it was given."""
    remount = ["mount", "-o", "remount,ro", str(folder)]
    await_true(lambda: subprocess.run(remount, check=False, capture_output=True).returncode == 0)
