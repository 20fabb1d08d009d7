"""Random work on both sides, with faults, must end in equal trees and lose nothing that was written.

With DEVENV_HISTORIES=2000 in the environment so many histories are run, from DEVENV_FIRST_HISTORY on; a
failure names its seed.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devenv.events import ProcessState, Pulled
from devenv.sync.watch import Overflow
from tests.contract.sync_stand import PATIENCE_SECONDS, RunningAgent, Stand, await_true, tree_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs on Linux")

HISTORIES = int(os.environ.get("DEVENV_HISTORIES", "24"))
FIRST = int(os.environ.get("DEVENV_FIRST_HISTORY", "0"))
STEPS = 40
DISK_BYTES = 8 << 20
NAMES = ["a.py", "b.py", "c.txt", "shop", "users", "templates", "x"]


class History:
    """One random history. Every content that is written is unique, so that it can be told who wrote what."""

    def __init__(self, seed: int, stand: Stand) -> None:
        self.chosen = random.Random(seed)
        self.stand = stand
        self.log: list[str] = []
        self.number = 0
        self.inside: dict[Path, int] = {}  # what processes wrote last, by path

    def path(self, root: Path) -> Path:
        return root.joinpath(*self.chosen.choices(NAMES, k=self.chosen.randint(1, 3)))

    def existing(self, root: Path) -> Path | None:
        paths = [root / path for path in tree_of(root)]  # what is behind a link is not listed
        return self.chosen.choice(sorted(paths)) if paths else None

    def content(self) -> str:
        self.number += 1
        return f"{self.number}:" + "x" * self.chosen.choice([0, 10, 5000, 100_000])

    def write(self) -> None:
        target = self.path(self.stand.host)
        if not self.makes_room(target):
            return
        if self.chosen.random() < 0.5:
            target.write_text(self.content())
        else:
            temporary = target.with_name(f"{target.name}.tmp")
            temporary.write_text(self.content())
            temporary.replace(target)

    def makes_room(self, target: Path) -> bool:
        """Make the folders above `target`; nothing is ever written through a link, wherever it leads."""
        inner = target
        while inner != self.stand.host:
            if inner.is_symlink():
                return False
            inner = inner.parent
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            return False
        if target.is_dir() and not target.is_symlink():
            remove_folder(target)  # it becomes a file
        return True

    def remove(self) -> None:
        target = self.existing(self.stand.host)
        if target is None:
            return
        if target.is_dir() and not target.is_symlink():
            remove_folder(target)
        else:
            target.unlink()

    def rename(self) -> None:
        target, new = self.existing(self.stand.host), self.path(self.stand.host)
        if (
            target is not None
            and not new.exists()
            and not new.is_relative_to(target)
            and self.makes_room(new)
        ):
            with contextlib.suppress(OSError):  # into itself
                target.rename(new)

    def make_executable(self) -> None:
        target = self.existing(self.stand.host)
        if target is not None and target.is_file() and not target.is_symlink():
            target.chmod(self.chosen.choice([0o644, 0o755]))

    def link(self) -> None:
        target = self.path(self.stand.host)
        if self.makes_room(target) and not os.path.lexists(target):
            target.symlink_to(self.chosen.choice(["a.py", "nowhere", "shop"]))

    def make_folder(self) -> None:
        target = self.path(self.stand.host)
        if self.makes_room(target / "deep"):
            return

    def write_in_container(self) -> None:
        target = self.stand.root / "shop" / "migrations" / f"{self.chosen.randint(1, 9)}.py"
        if self.chosen.random() < 0.3:
            target = self.path(self.stand.root)
        if any(path.is_symlink() for path in (target, *target.parents)):
            return
        new = target.with_name(f"{target.name}.written")
        with contextlib.suppress(OSError):
            target.parent.mkdir(parents=True, exist_ok=True)
            if self.chosen.random() < 0.5:
                target.write_text(self.content())
            else:
                new.write_text(self.content())
                new.replace(target)
            self.inside[target] = self.number

    def agent(self) -> RunningAgent:
        return self.stand.agents[self.chosen.choice(sorted(self.stand.agents))]

    def kill_relay(self) -> None:
        for stream in self.agent().streams[-1:]:
            stream.relay.kill()

    def cut_a_frame(self) -> None:
        for stream in self.agent().streams[-1:]:
            stream.cut_next = True

    def kill_agent(self) -> None:
        agent = self.agent()
        agent.kill()
        if self.chosen.random() < 0.5:
            self.write()
            self.remove()
        agent.restart()

    def stop_agent(self) -> None:
        agent = self.agent()
        agent.process.terminate()
        agent.process.wait(PATIENCE_SECONDS)
        self.rename()
        self.write()
        agent.restart()

    def pause_agent(self) -> None:
        agent = self.agent().process
        agent.send_signal(signal.SIGSTOP)
        time.sleep(self.chosen.random() / 10)
        agent.send_signal(signal.SIGCONT)

    def kill_watcher(self) -> None:
        """The host's side ends in the middle of whatever it does; another one begins later."""
        self.kill_relay()
        self.stand.stop_session()
        self.write()
        self.remove()
        self.write_in_container()
        self.stand.begin(*self.stand.agents)

    def fill_disk(self) -> None:
        with contextlib.suppress(OSError), self.filling().open("wb") as filling:
            for _ in range(DISK_BYTES >> 12):
                filling.write(bytes(4096))

    def empty_disk(self) -> None:
        self.filling().unlink(missing_ok=True)

    def filling(self) -> Path:
        return self.stand.root / "__pycache__"  # a name that never travels

    def everything_written(self) -> set[int]:
        """The numbers of all contents that are anywhere, the conflicts among them."""
        found = set()
        for tree in (self.stand.host, self.stand.root):
            for folder, _, names in os.walk(tree):
                for name in names:
                    file = Path(folder, name)
                    if not file.is_symlink() and name != "__pycache__" and ".devenv-sync" not in file.parts:
                        found.add(int(file.read_text().partition(":")[0] or 0))
        return found

    def came_back(self) -> set[Path]:
        """What the host had after a process wrote it: it may have removed it again."""
        pulled = [event.paths for event in self.stand.events if isinstance(event, Pulled)]
        return {self.stand.root / path for paths in pulled for path in paths}

    def lose_events(self) -> None:
        assert self.stand.session is not None
        self.stand.session._lookout._sink(Overflow())

    def play(self, steps: int) -> None:
        edits = [self.write, self.write, self.write, self.remove, self.rename, self.rename]
        others = [self.make_executable, self.link, self.make_folder, self.write_in_container]
        faults = [self.kill_relay, self.kill_agent, self.stop_agent, self.pause_agent, self.lose_events]
        faults += [self.cut_a_frame, self.kill_watcher, self.empty_disk]
        if os.geteuid() == 0:
            faults += [self.fill_disk]
        for _ in range(steps):
            draw = self.chosen.random()
            act = self.chosen.choice(edits if draw < 0.7 else others if draw < 0.93 else faults)
            self.log.append(act.__name__)
            act()
            if self.chosen.random() < 0.5:
                time.sleep(self.chosen.random() / 50)


def remove_folder(folder: Path) -> None:
    """As often as what comes back from the container is written into it at the same moment."""
    while folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def small_disk(root: Path) -> Iterator[None]:
    """A source folder that can be filled; where nobody may mount, it is as large as it is."""
    is_allowed = os.geteuid() == 0
    root.mkdir()
    if is_allowed:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", root], check=True)
    try:
        yield
    finally:
        if is_allowed:
            subprocess.run(["umount", "--lazy", root], check=True)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + HISTORIES))
def test_after_random_work_and_faults_both_sides_agree(seed: int) -> None:
    with tempfile.TemporaryDirectory(prefix="dvt-") as folder, small_disk(Path(folder) / "root"):
        stand = Stand(Path(folder))
        history = History(seed, stand)
        try:
            stand.begin(*["web", "worker"][: 1 + seed % 2])
            await_true(lambda: stand.told(ProcessState))  # what is there before is the image's, and given
            history.play(STEPS)
            history.empty_disk()
            written = {path: entry for path, entry in tree_of(stand.host).items() if "migrations" not in path}
            await_agreement(stand)
            after = tree_of(stand.host)
            assert {path: after.get(path) for path in written} == written, (
                "the host's own files are as they were"
            )
            there = history.everything_written()
            lost = {p: n for p, n in history.inside.items() if n not in there}
            assert lost.keys() <= history.came_back(), "nothing that a process wrote is gone"
            (stand.host / "canary").write_text("0:sings")
            await_true(lambda: (stand.root / "canary").exists(), lambda: f"{stand.failure!r}")
        except BaseException:
            print(f"seed {seed}: {history.log}; {stand.events[-10:]}; {stand.failure!r}")
            raise
        finally:
            stand.end()


def await_agreement(stand: Stand) -> None:
    """Both sides hold the same, but for what the container wrote for itself."""
    assert stand.session is not None
    stand.session.pull(60)

    def explain() -> str:
        host, root = tree_of(stand.host), tree_of(stand.root)
        paths = {path: (host.get(path), root.get(path)) for path in differing(stand)}
        assert stand.session is not None
        return f"{stand.failure!r} {paths} {stand.session.pull(60)}"

    await_true(lambda: not differing(stand), explain)


def differing(stand: Stand) -> list[str]:
    assert stand.session is not None
    kept = stand.session.pull(60).kept
    host, root = tree_of(stand.host), tree_of(stand.root)
    return sorted(
        path
        for path in host.keys() | root.keys()
        if host.get(path) != root.get(path) and not any(k == path or k.startswith(f"{path}/") for k in kept)
    )
