"""Events survive being written as JSON and read by another devenv."""

from __future__ import annotations

import json

from devenv.errors import Card, Edit
from devenv.events import ConfigRejected, Event, Failed, ProcessReloaded, Pulled, event_of, event_values

CARD = Card(
    cause="no such table",
    evidence=("a.py:1", "x = 1"),
    next_step="migrate",
    edit=Edit(place="devenv.yaml:3", lines=("jobs:", "  migrate: x")),
)
EVENTS: list[Event] = [
    Pulled(("a", "b"), ("c",)),
    ConfigRejected("devenv.yaml:1"),
    Failed("web", "log", "hint", CARD),
    ProcessReloaded(
        process="web", generation=1, action="reload", rung="chain", cause="a.py", milliseconds=1.5, card=CARD
    ),
]


def test_what_is_written_is_read_as_it_was() -> None:
    for event in EVENTS:
        assert event_of(json.loads(json.dumps(event_values(event)))) == event


def test_an_event_of_another_devenv_is_none() -> None:
    assert event_of({"event": "Teleported", "to": "web"}) is None
    assert event_of({"event": "Card", "cause": "x"}) is None
    assert event_of({"event": "Notice", "words": "x"}) is None
    assert event_of({}) is None
