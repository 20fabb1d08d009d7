from __future__ import annotations

import os
from pathlib import Path

import pytest

from devenv.errors import WorkspaceError
from devenv.workspace.lock import hold_lock


class _Clock:
    """Time that passes only in `sleep`, which may also do something."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def test_a_second_holder_is_told_who_holds_it(tmp_path: Path) -> None:
    folder = tmp_path / ".devenv"
    with hold_lock(folder, _Clock()), pytest.raises(WorkspaceError) as raised, hold_lock(folder, _Clock()):
        pass
    assert raised.value.summary == f"another devenv (process {os.getpid()}) is at work in {tmp_path}"


def test_a_lock_is_free_again_after_its_holder_even_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), hold_lock(tmp_path, _Clock()):
        raise ZeroDivisionError
    with hold_lock(tmp_path, _Clock()):
        pass


def test_waiting_ends_with_the_timeout_and_is_announced_once(tmp_path: Path) -> None:
    clock, waited = _Clock(), list[str]()
    waiting = hold_lock(tmp_path, clock, timeout_seconds=3, on_wait=waited.append)
    with hold_lock(tmp_path, _Clock()), pytest.raises(WorkspaceError), waiting:
        pass
    assert waited == [str(os.getpid())]
    assert 3 <= clock.seconds < 3.2


def test_waiting_ends_when_the_holder_does(tmp_path: Path) -> None:
    holder = hold_lock(tmp_path, _Clock())
    holder.__enter__()

    class Releasing(_Clock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if self.seconds > 1:
                holder.__exit__(None, None, None)

    clock = Releasing()
    with hold_lock(tmp_path, clock, timeout_seconds=60):
        pass
    assert clock.seconds < 2


def test_locks_of_different_names_do_not_meet(tmp_path: Path) -> None:
    with hold_lock(tmp_path, _Clock(), name="write"), hold_lock(tmp_path, _Clock(), name="watch"):
        assert sorted(path.name for path in tmp_path.iterdir()) == ["watch.lock", "write.lock"]
