"""breakpoint() in a view opens pdb in the terminal of `agent attach`; who is in use is not hurried."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from devenv.agent.attach import INTERRUPTED
from devenv.agent.protocol import Reloaded
from tests.contract.agents import AGENT, PATIENCE_SECONDS, Agent, Answer, running, write
from tests.contract.test_agent_commands import wait_until
from tests.contract.test_agent_servers import SERVERS, site

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers")
VIEWS = """
    from django.http import HttpResponse
    from . import prices
    def price(request):
        return HttpResponse(str(prices.PRICE))
    def slow(request):
        total = 40
        breakpoint()
        return HttpResponse("total %d" % total)
"""
INTERFACES = {
    "wsgi": ("--wsgi", "site1.wsgi:application"),
    "asgi": ("--asgi", "site1.asgi:application"),
    "runserver": ("--", *SERVERS["runserver"]),
}


@dataclass
class Terminal:
    """A terminal in which `agent attach` runs."""

    process: subprocess.Popen[bytes]
    end: int
    seen: str = ""

    def sees(self, words: str) -> None:
        """Wait until it shows `words`, after what was waited for before."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while words not in self.seen:
            assert time.monotonic() < deadline, self.seen
            self.seen += os.read(self.end, 65536).decode()
        self.seen = self.seen.partition(words)[2]

    def types(self, line: str) -> None:
        os.write(self.end, line.encode() + b"\n")


@contextlib.contextmanager
def attached(agent: Agent) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-I", str(AGENT), "attach", "--socket", str(agent.socket)]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.fixture(params=INTERFACES)
def agent(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Agent]:
    monkeypatch.setenv("DEVENV_BREAKPOINT_SECONDS", "10")
    site(tmp_path / "app")
    write(tmp_path / "app", {"shop/views.py": VIEWS})
    with running(tmp_path, "--grace", "1", *INTERFACES[request.param]) as agent:
        yield agent


@contextlib.contextmanager
def asking(agent: Agent) -> Iterator[list[Answer]]:
    """A request that stops; its answer is there at the end of the block."""
    answers: list[Answer] = []
    thread = threading.Thread(target=lambda: answers.append(agent.get("/slow")))
    thread.start()
    try:
        yield answers
    finally:
        thread.join(PATIENCE_SECONDS)


def test_a_view_is_stepped_through_while_others_are_served_and_new_code_too(agent: Agent) -> None:
    host = agent.ready()
    with asking(agent) as answers, attached(agent) as terminal:
        terminal.sees("waiting for a breakpoint()")
        terminal.sees("(pdb) ")
        terminal.types("p total")
        terminal.sees("40")
        assert agent.get().text == "1"
        host.save("shop/prices.py", "PRICE = 2\n")
        assert agent.get().text == "2"
        time.sleep(3)  # longer than the grace of a process that is not looked into
        terminal.types("total += 2")
        terminal.types("n")
        terminal.sees("return HttpResponse")
        terminal.types("c")
        terminal.sees("-- it goes on --")
    assert [answer.text for answer in answers] == ["total 42"]
    assert re.search(r"breakpoint at shop/views\.py:\d+: `devenv attach web` opens it", agent.log.read_text())
    assert "killed" not in agent.log.read_text()


def test_a_start_that_is_looked_into_has_all_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVENV_START_SECONDS", "5")
    site(tmp_path / "app")
    with running(tmp_path, "--wsgi", "site1.wsgi:application") as agent:
        host = agent.ready()
        host.commit({"shop/prices.py": "PRICE = 40\nbreakpoint()\nPRICE += 2\n"})
        with attached(agent) as terminal:
            terminal.sees("(pdb) ")
            time.sleep(5.5)  # longer than a start may take
            terminal.types("p PRICE")
            terminal.sees("40")
            terminal.types("c")
            assert host.wait(Reloaded).action == "reload"
        assert agent.get().text == "42"


def test_a_terminal_that_is_closed_lets_the_request_go_on(agent: Agent) -> None:
    agent.ready()
    with asking(agent) as answers, attached(agent) as terminal:
        terminal.sees("(pdb) ")
    assert [answer.text for answer in answers] == ["total 40"]


def test_ctrl_c_in_pdb_lets_the_request_go_on_and_leaves(agent: Agent) -> None:
    agent.ready()
    with asking(agent) as answers, attached(agent) as terminal:
        terminal.sees("(pdb) ")
        os.write(terminal.end, b"half a line\x03")
        terminal.sees("-- it goes on --")
        assert terminal.process.wait(PATIENCE_SECONDS) == INTERRUPTED
    assert [answer.text for answer in answers] == ["total 40"]
    assert agent.get().text == "1"


def test_without_a_terminal_it_says_so_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVENV_BREAKPOINT_SECONDS", "0.3")
    site(tmp_path / "app")
    write(tmp_path / "app", {"shop/views.py": VIEWS})
    with running(tmp_path, *INTERFACES["wsgi"]) as agent:
        agent.ready()
        assert agent.get("/slow").text == "total 40"
        wait_until(lambda: "web: nobody attached; it goes on" in agent.log.read_text())
