"""`devenv attach` and `devenv debug`: a debugger for what runs in the containers."""

from __future__ import annotations

import socket
import sys
import threading
from contextlib import closing, suppress

from devenv.compiler.agent import agent_command
from devenv.config.environment import is_old
from devenv.engine.client import ByteStream
from devenv.errors import NotRunning, PortTaken, StartFailed, UsageError
from devenv.events import Emit, Notice
from devenv.workflows.dap import Conversation
from devenv.workflows.project import Project

DEBUGPY = "debugpy~=1.8.0"
LIBRARY = "/tmp/devenv-debugpy"  # noqa: S108 in the container, beside the app's own packages
INSTALL = f"test -d {LIBRARY}/debugpy || uv pip install --quiet --target {LIBRARY} '{DEBUGPY}'"
HOST = "127.0.0.1"


def attach_to(project: Project, name: str) -> int:
    """This terminal for each breakpoint() of `name`, until Ctrl-C. Raises UsageError, NotRunning."""
    _container_of(project, name)
    command = (*agent_command(project.checkout.environment.python), "attach")
    return project.compose.exec(name, command, terminal=sys.stdin.isatty() and sys.stdout.isatty())


def debug_process(project: Project, name: str, port: int, emit: Emit) -> None:
    """Lead debuggers that connect to `port` of this machine to `name`, until Ctrl-C.

    Raises UsageError, NotRunning, PortTaken, StartFailed.
    """
    container = _container_of(project, name)
    with closing(_listener(port)) as listener:
        _prepare(project, name, emit)
        emit(Notice(f"{name} waits for a debugger at {HOST}:{port}; Ctrl-C ends it"))
        try:
            while True:
                connection, _ = listener.accept()
                stream = project.machine.engine.open_exec_stream(container, _agent(project, "debugger"))
                _connect(connection, stream)
        except KeyboardInterrupt:
            emit(Notice(f"no more debugging; {name} goes on"))
        finally:
            project.machine.engine.exec(container, _agent(project, "debug", "--off"))


def _agent(project: Project, *words: str) -> tuple[str, ...]:
    return (*agent_command(project.checkout.environment.python), *words)


def _container_of(project: Project, name: str) -> str:
    """The id of the process's running container."""
    checkout = project.checkout
    checkout.meant((name,))
    if name not in checkout.process_names():
        raise UsageError(f"{name} is no process of the app", hint="name one of `processes` in devenv.yaml")
    if is_old(checkout.environment.python):
        raise UsageError(
            f"there is no debugger for Python {checkout.environment.python}", hint="3.8 is needed"
        )
    running = project.observe().running(name)
    if running is None:
        raise NotRunning(f"{name} does not run", hint="start it with `devenv up -d`")
    return running.container_id


def _listener(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise PortTaken(
            f"port {port} of this machine is taken", details=str(error), hint="choose another with --port"
        ) from error


def _prepare(project: Project, name: str, emit: Emit) -> None:
    """Bring debugpy into the container, beside the app's packages, and have the process offer it."""
    emit(Notice(f"debugpy goes into the container of {name}, and {name} starts anew"))
    lines: list[str] = []
    for command in (("sh", "-c", INSTALL), _agent(project, "debug")):
        if project.compose.exec_told(name, command, lines.append):
            raise StartFailed(f"{name} cannot be debugged", details="\n".join(lines[-5:]))


def _connect(connection: socket.socket, stream: ByteStream) -> None:
    """Copy both ways in threads of their own, until either side ends."""

    conversation = Conversation()

    def inwards() -> None:
        with suppress(OSError, ValueError):
            while data := connection.recv(65536):
                stream.send(conversation.from_editor(data))
        stream.close()

    def outwards() -> None:
        with suppress(OSError, ValueError):
            while data := stream.recv():
                connection.sendall(conversation.from_process(data))
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()

    for copy in (inwards, outwards):
        threading.Thread(target=copy, daemon=True).start()
