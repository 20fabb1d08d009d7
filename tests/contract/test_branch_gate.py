"""Code and data of one branch: real git, a real agent; a record in place of the database."""

from __future__ import annotations

import random
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from devenv.clock import SystemClock
from devenv.workflows.branch_gate import Branched, BranchGate
from devenv.workspace.at_rest import current_branch, data_at_rest, stray_services
from devenv.workspace.branch_record import read_record, write_record
from tests.contract.sync_stand import PATIENCE_SECONDS, Stand, await_true

FILES = 40
SWITCHES = 20
SWITCH_SECONDS = 0.05
JOB_SECONDS = 0.25
DATABASE = "db"
BRANCHES = ("main", "feature")


def test_whoever_works_on_the_data_meets_the_code_of_its_branch(stand: Stand) -> None:
    host, folder = stand.host, stand.host / ".devenv"
    _git(host, "init", "--quiet", "--initial-branch", "start")
    for branch in BRANCHES:
        _git(host, "checkout", "--quiet", "-b", branch)
        for number in range(FILES):
            (host / f"module{number}.py").write_text(branch)
        _git(host, "add", "--", "*.py")
        _git(host, "commit", "--quiet", "-m", branch)

    def switch() -> None:
        write_record(folder, DATABASE, read_record(folder, DATABASE).now(current_branch(host)))
        time.sleep(SWITCH_SECONDS)

    switch()
    branched = Branched(root=host, folder=folder, services=(DATABASE,), switch=switch)
    session = stand.begin(gate=BranchGate(host / ".git", branched, SystemClock(), stand.events.append))
    seen: set[tuple[str, frozenset[str]]] = set()
    is_over = threading.Event()

    def work() -> None:
        while not is_over.wait(0.01):
            with data_at_rest(folder, host, (DATABASE,)) as rests:
                if rests and session.is_settled:
                    seen.add(_code_and_data(stand.root, folder))
                    time.sleep(JOB_SECONDS)
                    seen.add(_code_and_data(stand.root, folder))

    job = threading.Thread(target=work)
    job.start()
    chance = random.Random(6)
    try:
        for number in range(SWITCHES):
            _git(host, "switch", "--quiet", BRANCHES[number % 2])
            session.wake()
            if chance.random() < 0.5:
                await_true(lambda: not stray_services(folder, host, (DATABASE,)))
            time.sleep(chance.random() * 0.2)
        stand.await_equal()
        await_true(lambda: session.is_settled)
        await_true(lambda: (BRANCHES[1], frozenset(BRANCHES[1:])) in seen)
    finally:
        is_over.set()
        job.join(PATIENCE_SECONDS)

    assert seen == {(branch, frozenset({branch})) for branch in BRANCHES}


def _code_and_data(root: Path, folder: Path) -> tuple[str, frozenset[str]]:
    code = frozenset(path.read_text() for path in root.glob("module*.py"))
    return read_record(folder, DATABASE).live, code


def _git(root: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", "-C", str(root), *identity, *arguments], check=True)


@dataclass
class Overtaken:
    """A gate of somebody who switches to yet another branch once the first one's code is there."""

    host: Path
    root: Path
    seen: list[set[str]] = field(default_factory=list)
    is_closed: bool = False

    def enter(self, hold: Callable[[], None]) -> bool:
        if self.is_closed:
            return False
        self.is_closed = True
        hold()
        return True

    def has_moved(self) -> bool:
        later = self.host / "later.py"
        if later.exists() or not (self.root / "first.py").exists():
            return False
        later.touch()
        return True

    def arrived(self) -> None:
        self.seen.append({path.name for path in self.root.glob("*.py")})

    def leave(self) -> None:
        pass


def test_the_code_of_a_branch_has_arrived_when_another_one_overtook_it(stand: Stand) -> None:
    (stand.host / "first.py").touch()
    gate = Overtaken(stand.host, stand.root)
    stand.begin(gate=gate)
    await_true(lambda: gate.seen)
    assert [{"first.py", "later.py"} - names for names in gate.seen] == [set()]
