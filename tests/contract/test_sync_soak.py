"""Random work on both sides, with faults, must end in equal trees and lose nothing that a person wrote.

With DEVENV_SOAK=500 in the environment 500 histories are run; a failure names its seed.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

import pytest

from devenv.sync.watch import Overflow
from tests.contract.sync_stand import Stand, await_true, tree_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs on Linux")

HISTORIES = int(os.environ.get("DEVENV_SOAK", "6"))
NAMES = ["a.py", "b.py", "c.txt", "shop", "users", "templates", "x"]


class History:
    """One random history. Every content that is written is unique, so that it can be told who wrote what."""

    def __init__(self, seed: int, stand: Stand) -> None:
        self.chosen = random.Random(seed)
        self.stand = stand
        self.log: list[str] = []
        self.number = 0

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
            shutil.rmtree(target)  # a folder becomes a file
        return True

    def remove(self) -> None:
        target = self.existing(self.stand.host)
        if target is None:
            return
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
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
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(self.content())
        except OSError:
            return

    def kill_relay(self) -> None:
        streams = self.stand.agents["web"].streams
        if streams:
            streams[-1].relay.kill()

    def kill_agent(self) -> None:
        self.stand.agents["web"].kill()
        self.stand.agents["web"].restart()

    def pause_agent(self) -> None:
        agent = self.stand.agents["web"].process
        agent.send_signal(signal.SIGSTOP)
        time.sleep(self.chosen.random() / 10)
        agent.send_signal(signal.SIGCONT)

    def lose_events(self) -> None:
        assert self.stand.session is not None
        self.stand.session._lookout._sink(Overflow())

    def play(self, steps: int) -> None:
        edits = [self.write, self.write, self.write, self.remove, self.rename, self.rename]
        others = [self.make_executable, self.link, self.make_folder, self.write_in_container]
        faults = [self.kill_relay, self.kill_agent, self.pause_agent, self.lose_events]
        for _ in range(steps):
            draw = self.chosen.random()
            act = self.chosen.choice(edits if draw < 0.7 else others if draw < 0.93 else faults)
            self.log.append(act.__name__)
            act()
            if self.chosen.random() < 0.5:
                time.sleep(self.chosen.random() / 50)


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_after_random_work_and_faults_both_sides_agree(seed: int) -> None:
    with tempfile.TemporaryDirectory(prefix="dvt-") as folder:
        stand = Stand(Path(folder))
        try:
            history = History(seed, stand)
            stand.begin("web")
            history.play(60)
            written = {path: entry for path, entry in tree_of(stand.host).items() if "migrations" not in path}
            await_agreement(stand)
            after = tree_of(stand.host)
            assert {path: after.get(path) for path in written} == written, (
                "the host's own files are as they were"
            )
            (stand.host / "canary").write_text("sings")
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
        return f"{stand.failure!r} {differing(stand)}"

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
