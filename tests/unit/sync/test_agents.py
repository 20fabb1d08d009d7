"""Which of the agents writes."""

from __future__ import annotations

from devenv.agent.protocol import VERSION, Welcome
from devenv.clock import SystemClock
from devenv.errors import NotRunning
from devenv.sync.agents import Agents
from devenv.sync.channel import ByteStream, Lost, Received


def agents_of(*processes: str) -> Agents:
    """Agents that nobody tries to reach."""

    def connect(process: str) -> ByteStream:
        raise NotRunning(process)

    return Agents(processes, connect=connect, report=lambda _: None, emit=lambda _: None, clock=SystemClock())


def welcome(agents: Agents, process: str) -> None:
    agents.receive(Received(process, Welcome(VERSION, process, "3.13.5", 1000, 0)))


def writer_of(agents: Agents) -> str | None:
    return agents.writer.process if agents.writer is not None else None


def test_who_is_connected_writes_until_the_first_of_the_processes_is() -> None:
    agents = agents_of("web", "worker", "beat")
    welcome(agents, "beat")
    assert (writer_of(agents), agents.prefer_the_first()) == ("beat", False)
    welcome(agents, "web")
    assert writer_of(agents) == "beat"
    assert (agents.prefer_the_first(), writer_of(agents)) == (True, "web")
    welcome(agents, "worker")
    assert (agents.prefer_the_first(), writer_of(agents)) == (False, "web")


def test_a_writer_that_is_lost_is_followed_by_another_until_it_is_back() -> None:
    agents = agents_of("web", "worker")
    welcome(agents, "web")
    welcome(agents, "worker")
    assert writer_of(agents) == "web"
    agents.lose(Lost("web", "gone"))
    assert (writer_of(agents), agents.prefer_the_first()) == ("worker", False)
    welcome(agents, "web")
    assert (agents.prefer_the_first(), writer_of(agents)) == (True, "web")
