"""What the watcher sees is looked at, whoever is busy meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from devenv.clock import SystemClock
from devenv.sync.lookout import Lookout
from tests.contract.sync_stand import await_true


@dataclass
class Looking:
    """A lookout on `root`, and how often it called for attention."""

    root: Path
    wakes: list[None] = field(default_factory=list)
    lookout: Lookout = field(init=False)

    def __post_init__(self) -> None:
        self.lookout = Lookout(
            self.root,
            (),
            cache=None,
            emit=lambda _: None,
            clock=SystemClock(),
            wake=lambda: self.wakes.append(None),
        )

    def is_due(self) -> bool:
        due = self.lookout.next_due()
        return due is not None and due <= SystemClock().monotonic()

    def was_called_since(self, calls: int) -> bool:
        return len(self.wakes) > calls

    def look(self) -> set[str]:
        self.lookout.note_seen()
        return self.lookout.look_where_due()[0]


@pytest.fixture
def looking(tmp_path: Path) -> Iterator[Looking]:
    looking = Looking(tmp_path)
    looking.lookout.begin()
    looking.lookout.look_everywhere()
    yield looking
    looking.lookout.end()


def test_what_nobody_was_woken_for_is_due_at_once(looking: Looking) -> None:
    """Whoever waits for an answer from a container takes the call, and does not look."""
    (looking.root / "a.py").write_text("v1")
    await_true(lambda: looking.wakes)
    assert looking.is_due()
    await_true(lambda: "a.py" in looking.look())


def test_every_look_is_followed_by_a_call_for_what_is_seen_after_it(looking: Looking) -> None:
    for number in range(50):
        looking.lookout.note_seen()
        seen_before = len(looking.wakes)
        (looking.root / f"{number}.py").write_text("x")
        await_true(partial(looking.was_called_since, seen_before))
    found: set[str] = set()
    while len(found) < 50:
        found |= looking.look()
