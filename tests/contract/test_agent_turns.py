"""Whose turn it is at a reload: the first request before the others."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from tests.contract.agents import PATIENCE_SECONDS, running, write

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers")

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
