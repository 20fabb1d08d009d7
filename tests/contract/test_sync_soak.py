"""Random work on both sides, with faults, must end in equal trees and lose nothing that was written.

Some histories of `python -m tests.contract.soak`, which plays as many as it is told.
"""

from __future__ import annotations

import sys

import pytest

from tests.contract.soak import play

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs on Linux")


@pytest.mark.parametrize("seed", range(12))
def test_after_random_work_and_faults_both_sides_agree(seed: int) -> None:
    play(seed)


@pytest.mark.engine
def test_the_same_in_a_real_container() -> None:
    play(1, in_containers=True)
