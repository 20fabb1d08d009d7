"""What an agent says that a change would do is what it then does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devenv.agent.protocol import Explain, Explained, Reloaded
from tests.contract.agents import Agent, Host, django_project, running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers")


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    django_project(tmp_path / "app")
    with running(tmp_path, "--wsgi", "site1.wsgi:application") as agent:
        yield agent


def explained(host: Host, kind: str, path: str) -> tuple[object, ...]:
    """What the change alone would do: (action, rung, cause, before)."""
    host.send(Explain([[kind, path]]))
    answer = host.wait(Explained)
    ((of_path, action, rung, cause, before, _obstacle, position),) = answer.decisions
    assert (answer.process, answer.state, of_path) == ("web", "ready", path)
    assert -1 <= position < answer.records
    return (action, rung, cause, before)


def done(reloaded: Reloaded) -> tuple[object, ...]:
    return (reloaded.action, reloaded.rung, reloaded.cause, reloaded.before)


def test_what_a_change_would_do_is_what_it_does(agent: Agent) -> None:
    host = agent.ready()
    host.save("shop/prices.py", "PRICE = 2\n")  # a checkpoint stands before it from now on
    for kind, path, text in [
        ("code", "shop/prices.py", "PRICE = 3\n"),
        ("code", "shop/tests.py", "PRICE = 4\n"),
        ("modules", "shop/new.py", "PRICE = 5\n"),
        ("template", "shop/templates/unknown.html", "new"),
        ("none", "notes.txt", "new"),
        ("code", "site1/wsgi.py", (agent.root / "site1/wsgi.py").read_text() + "\n"),
        ("restart", ".env", "A=1\n"),
    ]:
        expected = explained(host, kind, path)
        assert done(host.save(path, text, kind)) == expected, path


def test_a_question_changes_nothing(agent: Agent) -> None:
    host = agent.ready()
    before = agent.get().generation
    assert explained(host, "restart", ".env")[:2] == ("reload", "cold")
    assert agent.get().generation == before
    host.send(Explain([["restart@worker", "limits.toml"]]))
    assert host.wait(Explained).decisions == []
