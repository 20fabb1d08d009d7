"""Wait until the app answers over HTTP, or until it is clear that it will not."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from devenv.clock import Clock
from devenv.engine.client import Engine, State
from devenv.engine.observed import observe_containers
from devenv.events import Emit, Waiting

LOOPBACK = "127.0.0.1"
POLL_SECONDS = 0.05
ANSWER_TIMEOUT_SECONDS = 10.0
LOG_LINES = 300  # the cause of a failure may be far above its last line
TOLD_AFTER_SECONDS = 2.0

_DEBUG_PAGE = re.compile(  # the plain one: all settings and variables follow
    r"^(?P<frames>Traceback(?: \(most recent call last\))?:\n.*?)^Exception Type: (?P<type>\S+).*?\n"
    r"Exception Value: ?(?P<value>[^\n]*)",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Ready:
    """It answered with a status below 500: a redirect, a login page and a 404 are answers."""

    status: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Broken:
    """It answered that its code does not run; `traceback` as the agent gives it."""

    status: int
    traceback: str


@dataclass(frozen=True, slots=True)
class Gone:
    """Its container ended before it answered; `log` are its last lines."""

    log: str


@dataclass(frozen=True, slots=True)
class Silent:
    """Nothing answered in time; `reason` is what the last try met."""

    reason: str


Answer = Ready | Broken | Gone | Silent


@dataclass(frozen=True, kw_only=True, slots=True)
class AppAddress:
    """Where the app is asked: a process of a project, by its host port."""

    project_name: str
    process: str
    port: int
    path: str = "/"
    name: str = "localhost"  # of this machine: Django allows this one while DEBUG is on

    @property
    def url(self) -> str:
        """What to open in a browser."""
        return f"http://{self.name}:{self.port}{self.path}"


def wait_until_it_answers(
    address: AppAddress, engine: Engine, *, emit: Emit, clock: Clock, timeout_seconds: float = 120
) -> Answer:
    """Ask until there is an answer; a container that ended is not waited for."""
    began = clock.monotonic()
    told = False
    while True:
        try:
            status, body = ask(address)
            if status < 500:
                return Ready(status, clock.monotonic() - began)
            return Broken(status, traceback_of(body))
        except (OSError, HTTPException) as error:
            reason = str(error) or type(error).__name__
        if log := _log_of_ended(address, engine):
            return log
        passed = clock.monotonic() - began
        if passed > timeout_seconds:
            return Silent(reason)
        if passed > TOLD_AFTER_SECONDS and not told:
            emit(Waiting(f"{address.process}: {address.url} does not answer yet"))
            told = True
        clock.sleep(POLL_SECONDS)


def ask(address: AppAddress, connect: Callable[..., HTTPConnection] = HTTPConnection) -> tuple[int, str]:
    """One GET as an API client would send it: the status and the body. Raises OSError, HTTPException.

    An API client is told a failure in plain words. DRF answers it 406 where a view makes only HTML; a page
    is asked for then.
    """
    status, body = _get(address, "application/json", connect)
    return _get(address, "*/*", connect) if status == HTTPStatus.NOT_ACCEPTABLE else (status, body)


def _get(address: AppAddress, accept: str, connect: Callable[..., HTTPConnection]) -> tuple[int, str]:
    connection = connect(LOOPBACK, address.port, timeout=ANSWER_TIMEOUT_SECONDS)
    try:
        headers = {"Host": f"{address.name}:{address.port}", "Accept": accept}
        connection.request("GET", address.path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


def traceback_of(body: str) -> str:
    """The traceback in the agent's problem+json or in Django's debug page, or the body as it is."""
    try:
        content = json.loads(body)
    except ValueError:
        found = _DEBUG_PAGE.search(body)
        return f"{found['frames'].rstrip()}\n{found['type']}: {found['value']}" if found else body.strip()
    lines = content.get("traceback") if isinstance(content, dict) else None
    return "\n".join(map(str, lines)) if isinstance(lines, list) else body.strip()


def _log_of_ended(address: AppAddress, engine: Engine) -> Gone | None:
    for container in observe_containers(engine, address.project_name):
        if container.service == address.process and container.state not in {State.CREATED, State.RUNNING}:
            lines = engine.log_lines(container.container_id, LOG_LINES)
            return Gone("\n".join(lines) or f"it is {container.state}")
    return None
