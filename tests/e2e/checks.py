"""What scenarios look at: every observable, in one file. Each asks the world anew and returns a value."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.e2e.project import Project
from tests.e2e.restless import ROOT
from tests.e2e.waiting import eventually

ANSWER_TIMEOUT_SECONDS = 30
NEVER_TRAVELS = {".devenv", ".devenv-sync", ".git", "__pycache__"}
ALL_UP = dict.fromkeys(("db", "cache", "web", "worker", "beat"), "running") | {"migrate": "exited 0"}
# What comes and goes by itself: health checks, and the relays of channels.
PASSING = re.compile(r"/opt/devenv/agent (health|relay)\b")
# Independent of what devenv itself believes: plain digests, computed inside and outside.
DIGESTS = """
import hashlib, json, os, sys
found = {}
for folder, folders, files in os.walk(sys.argv[1]):
    folders[:] = [name for name in folders if name not in set(sys.argv[2:])]
    for name in files:
        path = os.path.join(folder, name)
        try:
            with open(path, "rb") as file:
                found[os.path.relpath(path, sys.argv[1])] = hashlib.sha256(file.read()).hexdigest()
        except FileNotFoundError:  # it went in this moment, or is a link to nowhere
            continue
print(json.dumps(found))
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a request got. `headers` by lower-case name."""

    status: int
    headers: dict[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


def fetch(url: str, *, accept: str = "application/json", body: object = None) -> Answer:
    """One request, POST where there is a body; every status is an answer. Raises OSError without one."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=ANSWER_TIMEOUT_SECONDS)
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    headers = {"Accept": accept} | ({} if body is None else {"Content-Type": "application/json"})
    payload = None if body is None else json.dumps(body)
    try:
        connection.request("GET" if body is None else "POST", target, body=payload, headers=headers)
        response = connection.getresponse()
        text = response.read().decode("utf-8", "replace")
        return Answer(
            status=response.status,
            headers={name.lower(): value for name, value in response.getheaders()},
            text=text,
        )
    except http.client.HTTPException as error:
        raise OSError(f"no whole answer: {error!r}") from error
    finally:
        connection.close()


def ask(project: Project, path: str, *, accept: str = "application/json", body: object = None) -> Answer:
    """One request to the project's web process, from where its ports are."""
    url = f"http://{project.address('web')}{path}"
    if not project.engine.enter:
        return fetch(url, accept=accept, body=body)
    command = [*project.engine.enter, sys.executable, "-m", "tests.e2e.checks", url, accept, json.dumps(body)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise OSError(done.stderr.strip().splitlines()[-1])
    return Answer(**json.loads(done.stdout))


# The bookstore, as its clients see it


def titles(project: Project) -> list[str]:
    """The books that the API lists, in the database's own order."""
    return [book["title"] for book in ask(project, "/api/books/").json()["results"]]


def edition(project: Project) -> str | None:
    """Which edition of the serializer answers."""
    found: str | None = ask(project, "/api/books/1/").json().get("edition")
    return found


def report(project: Project, *, timeout_seconds: float = 120) -> dict[str, Any]:
    """The result of a report that the Celery worker computed just now."""
    asked = ask(project, "/api/reports/", body={"days": 30})
    assert asked.status == 202, asked
    path = urlsplit(asked.json()["url"]).path
    done = eventually(
        lambda: ask(project, path).json(),
        lambda seen: seen["status"] == "done",
        timeout_seconds=timeout_seconds,
    )
    result: dict[str, Any] = done["result"]
    return result


def generation(project: Project) -> int:
    """How many batches of changes the answering web process has seen."""
    return int(ask(project, "/api/books/1/").headers["x-devenv-generation"])


# The engine's view


def states(project: Project) -> dict[str, str]:
    """Each service's state: "running", "running, unhealthy", "exited 0"."""
    return {_service(found): _state(found["State"]) for found in _inspected(project)}


def everything_is_up(project: Project) -> None:
    """Wait until the bookstore's containers run, its processes are ready, and the app has all it needs."""
    eventually(lambda: states(project), lambda seen: seen == ALL_UP)
    eventually(
        lambda: [health(project, name) for name in ("web", "worker", "beat")], lambda seen: seen == [0] * 3
    )
    eventually(
        lambda: ask(project, "/health/").json(), lambda seen: seen == {"database": "ok", "cache": "ok"}
    )


def health(project: Project, process: str) -> int:
    """What the health check of a process ends with just now; the engine's own asks every few seconds."""
    check = ("exec", project.container(process), "/usr/local/bin/python", "-I", "/opt/devenv/agent", "health")
    return project.engine.code(*check)


def container_ids(project: Project) -> dict[str, str]:
    return {_service(found): found["Id"] for found in _inspected(project)}


def pids(project: Project, service: str) -> set[str]:
    """The processes of the app in a service's container, by their ids on the host: all but the first one."""
    container = project.container(service)
    agent = project.engine.docker("inspect", "--format", "{{.State.Pid}}", container).strip()
    listing = project.engine.docker("top", container, "-o", "pid,args")
    processes = [line.split(maxsplit=1) for line in listing.splitlines()[1:]]
    return {pid for pid, command in processes if pid != agent and not PASSING.search(command)}


def volumes(project: Project) -> list[str]:
    """The project's volumes, without the project's name."""
    return sorted(name.removeprefix(f"{project.name}_") for name in project.find("volume"))


def published_addresses(project: Project) -> set[str]:
    """The host addresses that its ports are bound to."""
    return {
        binding["HostIp"]
        for found in _inspected(project)
        for bindings in (found["NetworkSettings"]["Ports"] or {}).values()
        for binding in bindings or ()
    }


def log(project: Project, service: str) -> str:
    """The last lines that a service wrote."""
    return project.engine.log(project.container(service), lines=200)


# The two trees


def differing_paths(project: Project, service: str = "web") -> list[str]:
    """The files that are not the same on the host and in a container; [] where the trees are equal."""
    here, there = digests_here(project.root), digests_there(project, service)
    return sorted(path for path in here.keys() | there.keys() if here.get(path) != there.get(path))


def digests_here(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file() and not NEVER_TRAVELS & set(path.relative_to(root).parts)
    }


def digests_there(project: Project, service: str) -> dict[str, str]:
    inside = ("exec", project.container(service), "python", "-I", "-c", DIGESTS, "/app")
    found: dict[str, str] = json.loads(project.engine.docker(*inside, *sorted(NEVER_TRAVELS)))
    return found


def owner(path: Path) -> tuple[int, int]:
    return path.stat().st_uid, path.stat().st_gid


def me() -> tuple[int, int]:
    return os.getuid(), os.getgid()


def _inspected(project: Project) -> list[dict[str, Any]]:
    containers = project.find("container", "--all")
    if not containers:
        return []
    # One that was removed since is left out.
    found: list[dict[str, Any]] = json.loads(project.engine.docker("inspect", *containers, check=False))
    return found


def _service(found: dict[str, Any]) -> str:
    name: str = found["Config"]["Labels"]["com.docker.compose.service"]
    return name


def _state(state: dict[str, Any]) -> str:
    if state["Status"] == "exited":
        return f"exited {state['ExitCode']}"
    # The engine asks for health every so often; only what it saw fail is worth a word.
    unwell = state.get("Health", {}).get("Status") == "unhealthy"
    return f"{state['Status']}, unhealthy" if unwell else str(state["Status"])


if __name__ == "__main__":
    url, accept, body = sys.argv[1:]
    answer = fetch(url, accept=accept, body=json.loads(body))
    print(json.dumps({"status": answer.status, "headers": answer.headers, "text": answer.text}))
