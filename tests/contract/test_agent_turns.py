"""Whose turn it is at a reload: the first request before the others, and before other processes."""

from __future__ import annotations

import signal
import socket
import sys
import textwrap
from pathlib import Path

import pytest

from devenv.agent.protocol import Explain, Explained, React, Reloaded, Served, Warm
from tests.contract.agents import PATIENCE_SECONDS, django_project, running, write
from tests.contract.test_agent_commands import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers")

SLOW_VIEW = """
    import time
    from pathlib import Path
    from django.http import HttpResponse
    from django.urls import path
    def wait_for(name):
        while not Path(name).exists():
            time.sleep(0.01)
    def view(request):
        wait_for("answer")
        return HttpResponse("answered")
    wait_for("go")
    urlpatterns = [path("", view)]
"""
CELERY_APP = """
    import os, time
    from pathlib import Path
    from celery import Celery
    app = Celery("proj", broker="memory://")
    Path("begun.new").write_text(str(os.getpid()))
    os.replace("begun.new", "begun")
    while not Path("go").exists():
        time.sleep(0.01)
"""
BOT = """
    import signal, sys, time
    def end(*_):
        time.sleep(5)
        sys.exit(0)
    signal.signal(signal.SIGTERM, end)
    with open("begun", "a") as file:
        file.write("once")
    while True:
        time.sleep(0.02)
"""
REQUEST = b"GET %s HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"

WSGI_SITE = """
    import itertools, threading, time
    from pathlib import Path

    while not Path("go").exists():
        time.sleep(0.01)
    numbers = itertools.count()
    here = []
    both = threading.Event()


    def crowd():
        number = next(numbers)
        here.append(number)
        time.sleep(0.1)
        seen = len(here)
        here.remove(number)
        return "%d %d" % (number, seen)


    def pair():
        if next(numbers):
            both.set()
        return str(both.wait(20))


    def application(environ, start_response):
        text = {"/crowd": crowd, "/pair": pair}[environ["PATH_INFO"]]().encode()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
        return [text]
"""


def asked(port: int, path: str) -> socket.socket:
    """A connection whose request waits to be accepted."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
    connection.sendall(REQUEST % path.encode())
    return connection


def answer(connection: socket.socket) -> str:
    with connection, connection.makefile("rb") as stream:
        return stream.read().decode().rpartition("\r\n\r\n")[2]


def answers_of_those_who_waited(folder: Path, path: str, number: int, *options: str) -> list[str]:
    """So many requests are in the socket's queue before the app is ready to take one."""
    (folder / "app").mkdir()
    write(folder / "app", {"site_wsgi.py": WSGI_SITE})
    with running(folder, *options, "--wsgi", "site_wsgi:application") as agent:
        agent.connect()
        waiting = [asked(agent.port, path) for _ in range(number)]
        (folder / "app/go").touch()
        return [answer(connection) for connection in waiting]


def test_the_first_request_has_a_new_process_to_itself(tmp_path: Path) -> None:
    answers = answers_of_those_who_waited(tmp_path, "/crowd", 4, "--first-alone", str(PATIENCE_SECONDS))
    first = next(text for text in answers if text.startswith("0 "))
    assert first == "0 1"


def test_a_first_request_that_waits_for_another_one_keeps_it_waiting_for_a_moment_only(
    tmp_path: Path,
) -> None:
    assert answers_of_those_who_waited(tmp_path, "/pair", 2) == ["True", "True"]


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_others_hear_of_a_new_process_when_the_first_who_waited_is_answered(
    tmp_path: Path, interface: str
) -> None:
    django_project(tmp_path / "app")
    with running(tmp_path, f"--{interface}", f"site1.{interface}:application") as agent:
        host = agent.ready()
        generation = host.commit({"site1/urls.py": textwrap.dedent(SLOW_VIEW)}).generation
        waiting = asked(agent.port, "/")
        (agent.root / "go").touch()
        host.wait(Reloaded, generation=generation)
        host.send(Explain([]))
        host.wait(Explained)  # and nothing before it
        (agent.root / "answer").touch()
        assert answer(waiting) == "answered"
        host.wait(Warm, generation=generation)


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_others_hear_of_a_new_process_for_which_nobody_waits(tmp_path: Path, interface: str) -> None:
    django_project(tmp_path / "app")
    with running(tmp_path, f"--{interface}", f"site1.{interface}:application") as agent:
        host = agent.ready()
        reloaded = host.save("shop/prices.py", "PRICE = 2\n")
        host.wait(Warm, generation=reloaded.generation)


def test_a_start_that_the_change_ends_takes_nothing_from_who_has_the_turn(tmp_path: Path) -> None:
    root = tmp_path / "app"
    write(root, {"proj/__init__.py": CELERY_APP})
    with running(tmp_path, "--give-way", "3600", "--", "celery", "-A", "proj", "worker") as agent:
        host = agent.connect()
        wait_until((root / "begun").exists)
        pid = int((root / "begun").read_text())
        host.send(React(1, [["code", "proj/__init__.py"]]))
        wait_until(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")
        (root / "go").touch()
        host.send(Served())
        assert host.wait(Reloaded, generation=1).action == "reload"


def test_a_change_that_gave_way_starts_nothing_in_a_container_that_stops(tmp_path: Path) -> None:
    root = tmp_path / "app"
    write(root, {"bot.py": BOT})
    with running(tmp_path, "--give-way", "3", "--", "python", "bot.py") as agent:
        host = agent.ready()
        wait_until((root / "begun").exists)
        host.send(React(1, [["code", "bot.py"]]))
        host.send(Explain([]))
        host.wait(Explained)  # it has heard both
        agent.process.send_signal(signal.SIGTERM)
        assert agent.process.wait(PATIENCE_SECONDS) == 0
        assert (root / "begun").read_text() == "once"
