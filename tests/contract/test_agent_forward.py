"""What the agent puts through to a service: by a port, by a socket, for as long as a command runs."""

from __future__ import annotations

import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.agents import AGENT
from tests.ports import free_port

TALK = """
import socket, sys
where = sys.argv[1]
family = socket.AF_UNIX if where.startswith("/") else socket.AF_INET
with socket.socket(family) as service:
    service.settimeout(10)
    service.connect(where if where.startswith("/") else ("localhost", int(where)))
    service.sendall(b"hello")
    service.shutdown(socket.SHUT_WR)
    print(service.makefile().read(), end="")
sys.exit(7)
"""


class Answering(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"you said " + self.rfile.read())


@pytest.fixture
def service() -> Iterator[int]:
    """A service that answers when the other side has said all; its port."""
    with socketserver.TCPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def forwarded(here: str, service: int, *command: str) -> tuple[int, str]:
    """The command's exit code and output, with `here` put through to the service."""
    arguments = ["forward", "--here", f"{here}=127.0.0.1:{service}", "--", *command]
    done = subprocess.run(
        [sys.executable, "-I", str(AGENT), *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_port_here_is_the_services(service: int) -> None:
    port = str(free_port())
    assert forwarded(port, service, sys.executable, "-c", TALK, port) == (7, "you said hello")


def test_a_socket_here_is_the_services_even_where_an_old_one_was_left(service: int, tmp_path: Path) -> None:
    path = str(tmp_path / "service.sock")
    for _ in range(2):
        assert forwarded(path, service, sys.executable, "-c", TALK, path) == (7, "you said hello")


def test_a_service_that_is_not_there_closes_the_connection() -> None:
    port = str(free_port())
    code, said = forwarded(port, free_port(), sys.executable, "-c", TALK, port)
    assert (code in {1, 7}, said) == (True, "")


def test_a_command_that_is_not_there_says_so(service: int) -> None:
    assert forwarded(str(free_port()), service, "no-such-command") == (127, "")
