"""Every process reacts to every generation, also to those that were written while it was not connected."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devenv.events import ProcessReloaded
from tests.contract.sync_stand import Stand

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs on Linux")


@pytest.fixture
def stand() -> Iterator[Stand]:
    # Not tmp_path: a unix socket's path has at most 107 bytes.
    with tempfile.TemporaryDirectory(prefix="dvt-") as folder:
        stand = Stand(Path(folder))
        (stand.host / "models.py").write_text("v1")
        stand.session_of("web", "worker").synchronize_once()
        stand.events.clear()
        yield stand
        stand.end()


def reactions(stand: Stand) -> list[tuple[str, str, str]]:
    return sorted(
        (event.process, event.action, event.cause)
        for event in stand.events
        if isinstance(event, ProcessReloaded)
    )


def test_a_session_ends_when_every_process_has_reacted(stand: Stand) -> None:
    (stand.host / "models.py").write_text("v2")
    stand.session_of("web", "worker").synchronize_once()
    assert [(process, action) for process, action, _ in reactions(stand)] == [
        ("web", "none"),
        ("worker", "none"),
    ]


def test_a_process_that_was_not_connected_starts_anew_in_the_next_session(stand: Stand) -> None:
    (stand.host / "models.py").write_text("v2")
    stand.session_of("web").synchronize_once()
    stand.session_of("web", "worker").synchronize_once()
    assert reactions(stand)[-1] == (
        "worker",
        "reload",
        "changes that it was not told of (what the command loads cannot be seen)",
    )


def test_a_mounted_folder_that_was_edited_while_nobody_watched_is_told_of(stand: Stand) -> None:
    (stand.host / "models.py").write_text("v2")
    # What is mounted is one folder for both; here the agent's own stands for what it found at its start.
    stand.session_of("web", mode="bind", react=lambda _: ("code",)).synchronize_once()
    assert ("web", "reload", "models.py (what the command loads cannot be seen)") in reactions(stand)
