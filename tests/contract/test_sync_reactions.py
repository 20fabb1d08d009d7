"""Every process reacts to every generation, also to those that were written while it was not connected."""

from __future__ import annotations

import sys
from typing import Literal

import pytest

from devenv.agent.protocol import FIRST_START
from devenv.events import Event, ProcessReloaded, ProcessState, SaveServed, Synced
from tests.contract.sync_stand import Stand, await_true

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs on Linux")


@pytest.fixture
def stand(stand: Stand) -> Stand:
    (stand.host / "models.py").write_text("v1")
    stand.session_of("web", "worker").synchronize_once()
    stand.events.clear()
    return stand


def reactions(stand: Stand) -> list[tuple[str, str, str]]:
    return sorted(
        (event.process, event.action, event.cause)
        for event in stand.events
        if isinstance(event, ProcessReloaded) and event.cause != FIRST_START
    )


def test_a_session_ends_when_every_process_has_reacted(stand: Stand) -> None:
    (stand.host / "models.py").write_text("v2")
    stand.session_of("web", "worker").synchronize_once()
    assert [(process, action) for process, action, _ in reactions(stand)] == [
        ("web", "none"),
        ("worker", "none"),
    ]


def test_others_begin_when_the_process_that_serves_is_done(stand: Stand) -> None:
    stand.run_agents_with("--give-way", "3600")
    stand.session_of("web", "patient").synchronize_once()
    for text in ("v2", "v3"):
        stand.events.clear()
        (stand.host / "models.py").write_text(text)
        stand.session_of("web", "patient", react=lambda _: ("code",)).synchronize_once()
        cause = "models.py (what the command loads cannot be seen)"
        assert reactions(stand) == [("patient", "reload", cause), ("web", "reload", cause)]


def test_a_process_that_was_not_connected_starts_anew_in_the_next_session(stand: Stand) -> None:
    (stand.host / "models.py").write_text("v2")
    stand.session_of("web").synchronize_once()
    stand.session_of("web", "worker").synchronize_once()
    cause = "changes that it was not told of (what the command loads cannot be seen)"
    assert ("worker", "reload", cause) in reactions(stand)


def test_a_mounted_folder_that_was_edited_while_nobody_watched_is_told_of(stand: Stand) -> None:
    (stand.host / "models.py").write_text("v2")
    # What is mounted is one folder for both; here the agent's own stands for what it found at its start.
    stand.session_of("web", mode="bind", react=lambda _: ("code",)).synchronize_once()
    assert ("web", "reload", "models.py (what the command loads cannot be seen)") in reactions(stand)


def test_a_reaction_for_one_process_reaches_it_alone(stand: Stand) -> None:
    (stand.host / "limits.toml").write_text("v1")
    session = stand.session_of("web", "worker", react=lambda _: ("restart@worker",))
    session.synchronize_once()
    assert reactions(stand) == [
        ("web", "none", "nothing that a command reads at its start"),
        ("worker", "reload", "limits.toml (what the command loads cannot be seen)"),
    ]


def test_processes_react_to_what_was_made_in_the_containers(stand: Stand) -> None:
    session = stand.begin("web", "worker")
    await_true(lambda: {"web", "worker"} <= set(map(process_of, stand.events)))
    stand.events.clear()
    session.tell([("modules", "generated.py")])
    cause = "generated.py (what the command loads cannot be seen)"
    told = {("web", "reload", cause), ("worker", "reload", cause)}
    await_true(lambda: told <= set(reactions(stand)))


@pytest.mark.parametrize("mode", ["volume", "bind"])
def test_a_save_is_traced_to_the_process_that_serves(stand: Stand, mode: Literal["volume", "bind"]) -> None:
    stand.begin("web", "worker", react=lambda _: ("code",), mode=mode, served=("worker",))
    await_true(lambda: {"web", "worker"} <= set(map(process_of, stand.events)))
    (stand.host / "views.py").write_text("v1")
    await_true(lambda: any("views.py" in each.paths for each in traces(stand)))
    (trace,) = [each for each in traces(stand) if "views.py" in each.paths]
    names = [name for name, _ in trace.stages]
    assert (trace.process, trace.action, trace.rung) == ("worker", "reload", "cold")
    assert (names[0], names[1], names[-1]) == ("seen", "sent", "ready")
    assert [at for _, at in trace.stages] == sorted(at for _, at in trace.stages)
    assert trace.milliseconds == trace.p50_ms == trace.stages[-1][1]
    synced = [event for event in stand.events if isinstance(event, Synced) and "views.py" in event.paths]
    assert [event.is_traced for event in synced] == [True]


def process_of(event: Event) -> str:
    return event.process if isinstance(event, ProcessState) else ""


def traces(stand: Stand) -> list[SaveServed]:
    return [event for event in stand.events if isinstance(event, SaveServed)]
