"""When a change passed what, as the host is told."""

from __future__ import annotations

from devenv.agent.stages import Stages


def test_what_another_process_noted_counts_from_the_same_beginning() -> None:
    stages = Stages()
    stages.add([["resumed", stages.began + 0.0021], ["loaded", stages.began + 0.01]])
    assert stages.rows() == [["resumed", 2.1], ["loaded", 10.0]]
