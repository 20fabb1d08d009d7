"""Projects that open at import what no fork may share: no checkpoint is made after it, and it is said why.

What is imported before it keeps its checkpoints; an edit of what comes after it opens it anew, as a cold
start does.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from devenv.agent.protocol import Explain, Explained
from tests.contract.agents import Agent, Host, running, write

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers")

APP = {
    "pkg/__init__.py": "",
    "pkg/before.py": "WORD = 'one'\n",
    "pkg/after.py": "WORD = 'one'\n",
    "pkg/web.py": """
        from pkg import before, breaker, after
        def application(environ, start_response):
            body = ("%s %s %s" % (before.WORD, breaker.works(), after.WORD)).encode()
            start_response("200 OK", [("Content-Length", str(len(body)))])
            return [body]
    """,
}


@dataclass(frozen=True)
class Breaker:
    """A module, what its `works` answers where it was not shared, and the reason that is told."""

    name: str
    text: str
    works: str
    reason: str


BREAKERS = (
    Breaker(
        name="a-thread",
        text="""
            import threading, time
            thread = threading.Thread(target=time.sleep, args=(999,), name="sampler", daemon=True)
            thread.start()
            def works():
                return thread.is_alive()
        """,
        works="True",
        reason="a thread was started (sampler)",
    ),
    Breaker(
        name="a-thread-of-a-library-in-c",
        text="""
            import _thread, time
            beats = []
            def beat():
                while True:
                    beats.append(1)
                    time.sleep(0.01)
            _thread.start_new_thread(beat, ())
            def works():
                seen = len(beats)
                time.sleep(0.1)
                return len(beats) > seen
        """,
        works="True",
        reason="a thread was started",
    ),
    Breaker(
        name="a-database-in-a-file",
        text="""
            import os, sqlite3
            connection = sqlite3.connect("notes.db", check_same_thread=False)
            connection.execute("create table if not exists note (pid int)")
            connection.execute("delete from note")
            connection.execute("insert into note values (?)", (os.getpid(),))
            connection.commit()
            def works():
                return connection.execute("select pid from note").fetchall() == [(os.getpid(),)]
        """,
        works="True",
        reason="notes.db was opened for writing",
    ),
    Breaker(
        name="a-connection-to-a-server",
        text="""
            import os, socket
            server = socket.create_server(("127.0.0.1", 0))
            connection = socket.create_connection(server.getsockname())
            owner = os.getpid()
            def works():
                return owner == os.getpid() and connection.getpeername() == server.getsockname()
        """,
        works="True",
        reason="a socket was opened",
    ),
    Breaker(
        name="a-client-that-sends-in-the-background",
        text="""
            import atexit, queue, select, threading
            events, sent, poll = queue.Queue(), [], select.epoll()
            def send():
                while True:
                    sent.append(events.get())
                    events.task_done()
            threading.Thread(target=send, name="transport", daemon=True).start()
            atexit.register(events.join)
            def works():
                events.put("crash")
                events.join()
                return len(sent) > 0
        """,
        works="True",
        reason="a thread was started (transport)",
    ),
    Breaker(
        name="an-event-loop",
        text="""
            import asyncio, os
            loop, owner = asyncio.new_event_loop(), os.getpid()
            def works():
                return owner == os.getpid()
        """,
        works="True",
        reason="a poll object was opened|a socket was opened",
    ),
    Breaker(
        name="a-process",
        text="""
            import multiprocessing, os, time
            child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(999,), daemon=True)
            child.start()
            def works():
                return child.is_alive()
        """,
        works="True",
        reason="a pipe was opened",
    ),
    Breaker(
        name="a-queue-between-processes",
        text="""
            import multiprocessing
            queue = multiprocessing.get_context("fork").SimpleQueue()
            def works():
                queue.put("mine")
                return queue.get()
        """,
        works="mine",
        reason="a pipe was opened",
    ),
)


@pytest.mark.parametrize("breaker", BREAKERS, ids=lambda breaker: breaker.name)
def test_what_no_fork_may_share_is_opened_anew_and_the_reason_is_said(
    tmp_path: Path, breaker: Breaker
) -> None:
    write(tmp_path / "app", {**APP, "pkg/breaker.py": breaker.text})
    with running(tmp_path, "--wsgi", "pkg.web:application") as agent:
        host = agent.ready()
        assert agent.get().text == f"one {breaker.works} one"
        _save_after_it(agent, host, breaker)
        _save_before_it(agent, host, breaker)
        log = agent.log.read_text()
    assert f"no checkpoint after this: {_reason_in(log, tmp_path, breaker)}\n" in log, log


def _save_after_it(agent: Agent, host: Host, breaker: Breaker) -> None:
    """Twice: what was edited would have its own checkpoint by then, just behind the breaker."""
    for word in ("two", "three"):
        reloaded = host.save("pkg/after.py", f"WORD = {word!r}\n")
        assert reloaded.action == "reload"
        assert agent.get().text == f"one {breaker.works} {word}"
    reason = _reason_in(reloaded.obstacle, agent.root.parent, breaker)
    assert reloaded.obstacle == reason
    assert _obstacle_told_before(host, "pkg/after.py") == reason


def _obstacle_told_before(host: Host, path: str) -> str:
    """What `devenv why` says of it."""
    host.send(Explain([["code", path]]))
    ((_, _, _, _, _, obstacle, _),) = host.wait(Explained).decisions
    return str(obstacle)


def _save_before_it(agent: Agent, host: Host, breaker: Breaker) -> None:
    for word, rung in (("two", "chain|cold"), ("three", "chain")):
        reloaded = host.save("pkg/before.py", f"WORD = {word!r}\n")
        assert (reloaded.action, reloaded.rung in rung.split("|"), reloaded.obstacle) == ("reload", True, "")
        assert agent.get().text == f"{word} {breaker.works} three"


def _reason_in(text: str, folder: Path, breaker: Breaker) -> str:
    """The one of the breaker's reasons that `text` names, or the first."""
    reasons = [reason.replace("notes.db", f"{folder}/app/notes.db") for reason in breaker.reason.split("|")]
    return next((reason for reason in reasons if reason in text), reasons[0])
