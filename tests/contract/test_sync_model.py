"""The same histories, chosen by hypothesis, which shrinks one that fails to the few steps that matter.

With DEVENV_HISTORIES=500 in the environment so many are tried.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.contract.soak import Field, History, judge, small_disk
from tests.contract.sync_stand import PATIENCE_SECONDS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs on Linux")

EDITS = ["write", "remove", "rename", "make_executable", "link", "make_folder", "write_in_container"]
FAULTS = [
    "lose_channel", "cut_a_frame", "lose_events", "kill_agent", "stop_agent", "kill_all_agents",
    "pause_agent", "kill_watcher", "empty_disk", *(["fill_disk"] if os.geteuid() == 0 else []),
]  # fmt: skip


class BothSides(RuleBasedStateMachine):
    """A host's tree and a container's, and whatever may happen to either and between them."""

    def __init__(self) -> None:
        super().__init__()
        self._closing = ExitStack()
        self.history: History | None = None

    @initialize(agents=st.integers(1, 2))
    def begin(self, agents: int) -> None:
        folder = Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="dvt-")))
        self._closing.enter_context(small_disk(folder / "root"))
        field = Field(folder, agents, in_containers=False)
        self._closing.callback(field.end)
        self.history = History(0, field)
        field.watcher.greeted.wait(PATIENCE_SECONDS)

    @rule(act=st.sampled_from(EDITS), chosen=st.randoms(use_true_random=False))
    def edit(self, act: str, chosen: Random) -> None:
        self._play(act, chosen)

    @rule(act=st.sampled_from(EDITS), chosen=st.randoms(use_true_random=False))
    def edit_again(self, act: str, chosen: Random) -> None:
        """Twice as often as a fault."""
        self._play(act, chosen)

    @rule(act=st.sampled_from(FAULTS), chosen=st.randoms(use_true_random=False))
    def fail(self, act: str, chosen: Random) -> None:
        self._play(act, chosen)

    def _play(self, act: str, chosen: Random) -> None:
        assert self.history is not None
        self.history.chosen = chosen
        getattr(self.history, act)()

    def teardown(self) -> None:
        """After quiet both sides are equal, nothing is lost, and a canary's song is heard."""
        with self._closing:
            if self.history is not None:
                self.history.empty_disk()
                judge(self.history)


class TestBothSides(BothSides.TestCase):  # type: ignore[misc, valid-type]
    settings = settings(
        max_examples=int(os.environ.get("DEVENV_HISTORIES", "4")),
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
