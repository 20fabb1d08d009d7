"""What a process of devenv.yaml runs, as the agent's own command line says it."""

from __future__ import annotations

import os
import signal
import sys
from typing import List, NamedTuple, Optional

from .command import Invocation, end_signal, serves_by_itself, takes_port, understand, without_own_reload
from .decision import FOREIGN, PYTHON, WEB

VENV_PYTHON = "/opt/venv/bin/python"


class Program(NamedTuple):
    """What to run: wsgi or asgi ("module:attribute"), an invocation, or else the command as it is.

    root: the source folder; python: the interpreter that has the app's packages; exclusive: no second
    process may start before the first one is gone; cold: why the command runs without checkpoints, or "";
    port: what the agent holds, 0 for none; boot: see checkpoints.Link; folder: of sockets; first_alone: the
    seconds for which the first request has a new process to itself.
    """

    name: str
    root: str
    wsgi: str
    asgi: str
    command: List[str]
    invocation: Optional[Invocation]
    python: str
    exclusive: bool
    cold: str = ""
    port: int = 0
    boot: str = ""
    folder: str = ""
    first_alone: float = 0.0

    @property
    def kind(self) -> str:
        """WEB, PYTHON or FOREIGN."""
        if not self.command:
            return WEB
        return PYTHON if self.invocation and not self.cold else FOREIGN

    @property
    def takes_port(self) -> bool:
        """Whether the command serves the held socket."""
        if self.invocation is None or not self.port:
            return False
        return serves_by_itself(self.invocation) if self.cold else takes_port(self.invocation)

    @property
    def binds_port(self) -> bool:
        """Whether the command listens at the port by itself, where no second one can."""
        return bool(self.command and self.port and not self.takes_port)

    @property
    def end_signal(self) -> int:
        """What asks the command to finish what is under way and end."""
        return end_signal(self.invocation) if self.invocation is not None else signal.SIGTERM

    @property
    def says_when_ready(self) -> bool:
        """Whether the command tells that it does its work; of others it is assumed after a while."""
        is_celery = self.kind == PYTHON and self.invocation is not None and self.invocation.name == "celery"
        return is_celery or self.takes_port


def program_of(
    *,
    name: str,
    root: str,
    wsgi: str,
    asgi: str,
    command: List[str],
    python: str,
    exclusive: bool,
    cold: str = "",
    port: int = 0,
    boot: str = "",
    folder: str = "",
    first_alone: float = 0.0,
) -> Program:
    """The program behind the agent's own command line."""
    chosen = python_of(python)
    invocation = understand(command, chosen) if command else None
    if invocation is not None:
        exclusive = exclusive or (serves_by_itself(invocation) and not port)
        invocation = without_own_reload(invocation)
    program = Program(
        name,
        root,
        wsgi,
        asgi,
        command,
        invocation,
        chosen,
        exclusive,
        cold=cold,
        port=port,
        boot=boot,
        folder=folder,
        first_alone=first_alone,
    )
    return program._replace(exclusive=True) if program.binds_port else program


def python_of(chosen: str) -> str:
    """The interpreter that has the app's packages."""
    return chosen or (VENV_PYTHON if os.access(VENV_PYTHON, os.X_OK) else sys.executable)
