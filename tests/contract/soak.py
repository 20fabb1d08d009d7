"""Random histories of work on both sides with faults: both trees must end equal, and nothing be lost.

    python -m tests.contract.soak [--histories 2000] [--first 0] [--workers 1] [--container]

Each seed is one history; a failed one is printed with what it did and what was told. The watcher is a process
that is killed, and so are agents and relays. With --container the agents run in real containers, which are
killed, stopped, paused and made anew.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.contract import soak_host
from tests.contract.soak_host import Carrier, HostProcess
from tests.contract.sync_stand import AGENT, PATIENCE_SECONDS, RunningAgent, Runs, await_true, tree_of
from tests.set_clock import put_clock, python_by

STEPS = 40
DISK_BYTES = 8 << 20
NAMES = ["a.py", "b.py", "c.txt", "shop", "users", "templates", "x"]
IMAGE = "python:3.13-slim"


class LocalAgent(RunningAgent):
    """An agent that is a process of this machine."""

    def carrier(self) -> Carrier:
        return Carrier(socket_path=str(self.socket_path))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE_SECONDS)

    def pause(self, seconds: float) -> None:
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)


class ContainerAgent:
    """An agent that is a container's main process; its source folder is a folder of this machine."""

    def __init__(self, name: str, root: Path) -> None:
        self._root = root
        self.container = f"dvt-soak-{os.getpid()}-{name}"
        self._create()

    def carrier(self) -> Carrier:
        relay = ("python", "-I", "/agent", "relay", "--socket", "/tmp/agent.sock")
        return Carrier(container=self.container, relay=relay)

    def kill(self) -> None:
        _docker("kill", self.container)

    def stop(self) -> None:
        _docker("stop", "--time", "10", self.container)

    def pause(self, seconds: float) -> None:
        with contextlib.suppress(AssertionError):  # a machine that is busy does not freeze in time
            _docker("pause", self.container)
            time.sleep(seconds)
        with contextlib.suppress(AssertionError):
            _docker("unpause", self.container)

    def restart(self) -> None:
        """Start it, or make it anew: by turns, whatever the history is."""
        if os.urandom(1)[0] % 2:
            _docker("start", self.container)
        else:
            self.end()
            self._create()

    def end(self) -> None:
        _docker("rm", "--force", self.container)

    def _create(self) -> None:
        mounts = ["-v", f"{self._root}:/app", "-v", f"{AGENT}:/agent:ro"]
        command = ["--name", "web", "--root", "/app", "--socket", "/tmp/agent.sock", "--", "sleep", "300"]
        agent = ["python", "-I", "/agent", "run", *command]
        _docker("run", "--detach", "--name", self.container, "--network", "none", *mounts, IMAGE, *agent)


class Field:
    """Both trees, the agents, and the host's process of the moment."""

    def __init__(self, folder: Path, agents: int, *, in_containers: bool) -> None:
        self.folder = folder
        self.host, self.root = folder / "host", folder / "root"
        self.host.mkdir()
        self.clock = folder / "clock"
        self._python = python_by(self.clock)
        self.set_clock(0)
        self.agents: list[LocalAgent | ContainerAgent] = [
            ContainerAgent(name, self.root)
            if in_containers
            else LocalAgent(name, self.root, folder, Runs(python=self._python))
            for name in ["web", "worker"][:agents]
        ]
        self.pulled: set[Path] = set()
        self.watcher = self._watch()

    def _watch(self) -> HostProcess:
        names = ["web", "worker"]
        carriers = {name: agent.carrier() for name, agent in zip(names, self.agents, strict=False)}
        return soak_host.begin(self.folder, carriers, self._python)

    def set_clock(self, hours: int) -> None:
        put_clock(self.clock, hours)

    def kill_watcher(self) -> None:
        self.watcher.kill()
        self._remember()

    def watch_again(self) -> None:
        self.watcher = self._watch()

    def came_back(self) -> set[Path]:
        self._remember()
        return self.pulled

    def _remember(self) -> None:
        self.pulled |= {self.root / path for path in self.watcher.pulled}

    def end(self) -> None:
        self.watcher.end()
        for agent in self.agents:
            agent.end()


class History:
    """One random history. Every content that is written is unique, so that it can be told who wrote what."""

    def __init__(self, seed: int, field: Field) -> None:
        self.chosen = random.Random(seed)
        self.field = field
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
        target = self.path(self.field.host)
        if not self.makes_room(target):
            return
        content, is_atomic = self.content(), self.chosen.random() < 0.5
        with contextlib.suppress(IsADirectoryError):  # what came back from the container was quicker
            if is_atomic:
                temporary = target.with_name(f"{target.name}.tmp")
                temporary.write_text(content)
                temporary.replace(target)
            else:
                target.write_text(content)

    def makes_room(self, target: Path) -> bool:
        """Make the folders above `target`; nothing is ever written through a link, wherever it leads."""
        inner = target
        while inner != self.field.host:
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
        target = self.existing(self.field.host)
        if target is None:
            return
        if target.is_dir() and not target.is_symlink():
            remove_folder(target)
        else:
            target.unlink()

    def rename(self) -> None:
        target, new = self.existing(self.field.host), self.path(self.field.host)
        if (
            target is not None
            and not new.exists()
            and not new.is_relative_to(target)
            and self.makes_room(new)
        ):
            with contextlib.suppress(OSError):  # into itself
                target.rename(new)

    def make_executable(self) -> None:
        target = self.existing(self.field.host)
        if target is not None and target.is_file() and not target.is_symlink():
            target.chmod(self.chosen.choice([0o644, 0o755]))

    def link(self) -> None:
        target = self.path(self.field.host)
        if self.makes_room(target) and not os.path.lexists(target):
            with contextlib.suppress(FileExistsError):  # what came back from the container was quicker
                target.symlink_to(self.chosen.choice(["a.py", "nowhere", "shop"]))

    def make_folder(self) -> None:
        target = self.path(self.field.host)
        if self.makes_room(target / "deep"):
            return

    def write_in_container(self) -> None:
        target = self.field.root / "shop" / "migrations" / f"{self.chosen.randint(1, 9)}.py"
        if self.chosen.random() < 0.3:
            target = self.path(self.field.root)
        if any(path.is_symlink() for path in (target, *target.parents)):
            return
        new = target.with_name(f"{target.name}.written")
        with contextlib.suppress(OSError):
            target.parent.mkdir(parents=True, exist_ok=True)
            if self.chosen.random() < 0.5:
                self.inside.pop(target, None)  # emptied, even where the disk is full
                target.write_text(self.content())
            else:
                new.write_text(self.content())
                new.replace(target)
            self.inside[target] = self.number

    def agent(self) -> LocalAgent | ContainerAgent:
        return self.chosen.choice(self.field.agents)

    def lose_channel(self) -> None:
        self.field.watcher.order("drop")

    def cut_a_frame(self) -> None:
        self.field.watcher.order("cut")

    def lose_events(self) -> None:
        self.field.watcher.order("lose_events")

    def kill_agent(self) -> None:
        agent = self.agent()
        agent.kill()
        if self.chosen.random() < 0.5:
            self.write()
            self.remove()
        agent.restart()

    def stop_agent(self) -> None:
        agent = self.agent()
        agent.stop()
        self.rename()
        self.write()
        agent.restart()

    def kill_all_agents(self) -> None:
        """As an engine that is started anew."""
        for agent in self.field.agents:
            agent.kill()
        self.write()
        self.remove()
        for agent in self.field.agents:
            agent.restart()

    def pause_agent(self) -> None:
        self.agent().pause(self.chosen.random() / 10)

    def kill_watcher(self) -> None:
        """The host's side ends in the middle of whatever it does; another one begins later."""
        self.field.kill_watcher()
        if self.chosen.random() < 0.3:
            self.kill_all_agents()
        self.write()
        self.remove()
        self.write_in_container()
        self.field.watch_again()

    def set_clock(self) -> None:
        """Of the machine: it is put back, or right again, so that files are of the future."""
        self.field.set_clock(self.chosen.choice([-36, -1, 0]))

    def fill_disk(self) -> None:
        with contextlib.suppress(OSError), self.filling().open("wb") as filling:
            for _ in range(DISK_BYTES >> 12):
                filling.write(bytes(4096))

    def empty_disk(self) -> None:
        self.filling().unlink(missing_ok=True)

    def filling(self) -> Path:
        return self.field.root / "__pycache__"  # a name that never travels

    def everything_written(self) -> set[int]:
        """The numbers of all contents that are anywhere, the conflicts among them."""
        found = set()
        for tree in (self.field.host, self.field.root):
            for folder, _, names in os.walk(tree):
                for name in names:
                    file = Path(folder, name)
                    if not file.is_symlink() and name != "__pycache__" and ".devenv-sync" not in file.parts:
                        found.add(number_in(file))
        return found

    def play(self, steps: int) -> None:
        edits = [self.write, self.write, self.write, self.remove, self.rename, self.rename]
        others = [self.make_executable, self.link, self.make_folder, self.write_in_container]
        faults = [self.lose_channel, self.kill_agent, self.stop_agent, self.pause_agent, self.lose_events]
        faults += [self.cut_a_frame, self.kill_watcher, self.kill_all_agents, self.empty_disk]
        faults += [self.set_clock]
        if os.geteuid() == 0:
            faults += [self.fill_disk]
        for _ in range(steps):
            draw = self.chosen.random()
            act = self.chosen.choice(edits if draw < 0.7 else others if draw < 0.93 else faults)
            self.log.append(act.__name__)
            act()
            if self.chosen.random() < 0.5:
                time.sleep(self.chosen.random() / 50)


def number_in(file: Path) -> int:
    """What `content` began with; a link of the host's that was kept aside has none."""
    number = file.read_text().partition(":")[0]
    return int(number) if number.isdigit() else 0


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


def play(seed: int, *, in_containers: bool = False) -> None:
    """Play one history. Raises AssertionError with all that it did."""
    with tempfile.TemporaryDirectory(prefix="dvt-") as folder, small_disk(Path(folder) / "root"):
        field = Field(Path(folder), 1 + seed % 2, in_containers=in_containers)
        history = History(seed, field)
        try:
            field.watcher.greeted.wait(PATIENCE_SECONDS)  # what is there before is the image's, and given
            history.play(STEPS)
            history.empty_disk()
            judge(history)
        except BaseException as error:
            error.add_note(f"seed {seed}: {history.log}; {field.watcher.last[-12:]}")
            raise
        finally:
            field.end()


def judge(history: History) -> None:
    """After quiet: equal trees, nothing lost, and what is saved now arrives. Raises AssertionError."""
    field = history.field
    written = {path: entry for path, entry in tree_of(field.host).items() if "migrations" not in path}
    await_agreement(field)
    after = tree_of(field.host)
    assert {path: after.get(path) for path in written} == written, "the host's own files are as they were"
    there = history.everything_written()
    lost = {path: number for path, number in history.inside.items() if number not in there}
    assert lost.keys() <= field.came_back(), f"nothing that a process wrote is gone: {lost}"
    (field.host / "canary").write_text("0:sings")
    await_true(lambda: (field.root / "canary").exists())


def await_agreement(field: Field) -> None:
    """Both sides hold the same, but for what the container wrote for itself."""
    field.watcher.pull()

    def explain() -> str:
        host, root = tree_of(field.host), tree_of(field.root)
        return f"{ {path: (host.get(path), root.get(path)) for path in differing(field)} }"

    await_true(lambda: not differing(field), explain)


def differing(field: Field) -> list[str]:
    kept = field.watcher.pull()
    host, root = tree_of(field.host), tree_of(field.root)
    return sorted(
        path
        for path in host.keys() | root.keys()
        if host.get(path) != root.get(path) and not any(k == path or k.startswith(f"{path}/") for k in kept)
    )


def _docker(*arguments: str) -> None:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, f"docker {arguments[0]}: {done.stderr}"


def _tried(seed: int, in_containers: bool) -> tuple[int, str]:
    try:
        play(seed, in_containers=in_containers)
    except BaseException as error:
        return seed, "".join(traceback.format_exception(error))
    return seed, ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--histories", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--container", action="store_true", help="agents in real containers")
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.histories)
    failed = []
    began = time.monotonic()
    with ProcessPoolExecutor(options.workers) as pool:
        results = pool.map(_tried, seeds, [options.container] * len(seeds))
        for number, (seed, problem) in enumerate(results, 1):
            if problem:
                failed.append(seed)
                print(f"seed {seed} failed:\n{problem}", flush=True)
            if problem or number % 50 == 0:
                print(f"{number} histories, seeds {seeds[0]}-{seed}, {len(failed)} failed", flush=True)
    took = time.monotonic() - began
    print(
        f"{len(seeds)} histories, seeds {seeds[0]}-{seeds[-1]}, in {took:.0f} s; failed: {failed or 'none'}"
    )
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
