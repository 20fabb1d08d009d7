"""Waiting for the app's answer, against real HTTP servers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from devenv.clock import SystemClock
from devenv.compiler.compiled import Role
from devenv.engine.app_ready import Answer, AppAddress, Broken, Gone, Ready, Silent, wait_until_it_answers
from devenv.engine.ports import is_listened_on
from devenv.events import Event, Waiting
from tests.contract.engine_world import Behaviour, MemoryClock, MemoryWorld, Piece, Project
from tests.ports import free_port

WEB = Piece(name="web", role=Role.PROCESS, behaviour=Behaviour.RUNS)
Handle = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def server(handle: Handle) -> Iterator[int]:
    """A server on a free port whose every GET is answered by `handle`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            handle(self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002, ARG002
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running.server_port
        running.shutdown()
        thread.join()


def answering(status: int, body: str = "", seen: dict[str, str] | None = None) -> Handle:
    def handle(request: BaseHTTPRequestHandler) -> None:
        if seen is not None:
            seen.update(request.headers)
        request.send_response(status)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body.encode())

    return handle


def wait(port: int, *, timeout_seconds: float = 60) -> tuple[Answer, Project]:
    project = Project(MemoryWorld())
    project.up(WEB)
    address = AppAddress(project_name=project.world.name, process="web", port=port)
    answer = wait_until_it_answers(
        address,
        project.world.engine,
        emit=lambda _: None,
        clock=SystemClock(),
        timeout_seconds=timeout_seconds,
    )
    return answer, project


@pytest.mark.parametrize("status", [200, 302, 401, 404])
def test_any_status_below_500_is_ready(status: int) -> None:
    with server(answering(status)) as port:
        answer, _ = wait(port)
    assert isinstance(answer, Ready)
    assert answer.status == status


def test_the_app_is_asked_as_localhost_and_for_json() -> None:
    seen: dict[str, str] = {}
    with server(answering(200, seen=seen)) as port:
        wait(port)
    assert (seen["Host"], seen["Accept"]) == (f"localhost:{port}", "application/json")


def test_code_that_does_not_start_is_broken_with_the_agents_traceback() -> None:
    body = json.dumps({"title": "The code of web does not start", "traceback": ["line 1", "SyntaxError"]})
    with server(answering(500, body)) as port:
        assert wait(port)[0] == Broken(500, "line 1\nSyntaxError")


def test_an_error_of_the_app_itself_is_broken_with_what_it_says() -> None:
    with server(answering(503, "database is down")) as port:
        assert wait(port)[0] == Broken(503, "database is down")


def test_a_connection_that_is_cut_is_tried_again() -> None:
    cuts = iter([True, True, False])

    def handle(request: BaseHTTPRequestHandler) -> None:
        if next(cuts):
            request.connection.close()
        else:
            answering(200)(request)

    with server(handle) as port:
        assert isinstance(wait(port)[0], Ready)


def test_a_container_that_ended_is_not_waited_for_and_its_log_is_told() -> None:
    project = Project(MemoryWorld())
    project.up(replace(WEB, role=Role.JOB, behaviour=Behaviour.SUCCEEDS))
    address = AppAddress(project_name=project.world.name, process="web", port=free_port())
    answer = wait_until_it_answers(address, project.world.engine, emit=lambda _: None, clock=MemoryClock())
    assert answer == Gone("one\ntwo")


def test_silence_is_told_after_a_while_and_given_up_in_the_end() -> None:
    project = Project(MemoryWorld())
    project.up(WEB)
    events: list[Event] = []
    port = free_port()
    address = AppAddress(project_name=project.world.name, process="web", port=port)
    answer = wait_until_it_answers(
        address, project.world.engine, emit=events.append, clock=MemoryClock(), timeout_seconds=30
    )
    assert isinstance(answer, Silent)
    assert "refused" in answer.reason
    assert events == [Waiting(f"web: http://localhost:{port}/ does not answer yet")]


def test_a_port_is_listened_on_while_a_server_has_it() -> None:
    with server(answering(200)) as port:
        assert is_listened_on(port)
    assert not is_listened_on(free_port())  # that one may be another program's by now
