from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from devenv.workspace.git_head import ABANDONED_SECONDS, GitFollowed, is_busy

HOURS = 5 * 3600


@dataclass
class _Clock:
    seconds: float = 100.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def git(tmp_path: Path) -> Path:
    """A `.git` that has been at rest for hours."""
    for name in ("HEAD", "index"):
        _write(tmp_path / name, age=HOURS)
    return tmp_path


def _write(file: Path, *, age: float) -> None:
    file.touch()
    then = time.time() - age
    os.utime(file, (then, then))


def test_git_works_while_its_lock_is_new_and_until_head_is_as_new_as_the_index(git: Path) -> None:
    assert not is_busy(git)
    _write(git / "index.lock", age=0)
    assert is_busy(git)
    (git / "index.lock").rename(git / "index")
    assert is_busy(git)
    _write(git / "HEAD", age=0)
    assert not is_busy(git)


def test_a_lock_that_a_crash_left_is_not_waited_for(git: Path) -> None:
    _write(git / "index.lock", age=HOURS)
    assert not is_busy(git)
    assert not GitFollowed(git, _Clock()).is_busy()


@pytest.mark.parametrize("seems", [HOURS, -HOURS])
def test_a_lock_that_was_new_is_waited_for_whatever_a_set_clock_makes_of_its_age(
    git: Path, seems: float
) -> None:
    clock = _Clock()
    followed = GitFollowed(git, clock)
    _write(git / "index.lock", age=0)
    assert followed.is_busy()
    _write(git / "index.lock", age=seems)
    assert (followed.is_busy(), is_busy(git)) == (True, False)

    clock.sleep(ABANDONED_SECONDS)
    assert not followed.is_busy()

    (git / "index.lock").unlink()
    assert not followed.is_busy()
