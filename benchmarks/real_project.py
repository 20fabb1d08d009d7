"""Save -> served on a project of your own, on this machine: the agent beside servers that reload.

`DEVENV_BENCH_PROJECT=FILE.toml python -m benchmarks.real_project [--saves 50]
[--only devenv,runserver,uvicorn,gunicorn]`

FILE.toml says where the project lies, as `tests.contract.twins.project_of` reads it, and `view`: the path of
a module with views. That module gets one more view, which tells the edition, and is what is saved; atomically
and in place by turns, at random moments. No container, but for devenv all else that a save goes through: the
watcher, the session, the relay, and an agent with a folder of its own.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.save_to_served import LOADS, SERVED_LIMIT_SECONDS, STYLES, said
from devenv.events import Event
from devenv.reload import Rules, kinds_for_agents, react
from devenv.sync.session import SyncSession
from tests.contract.agents import Agent, running, write
from tests.contract.sync_stand import RelayStream, await_true
from tests.contract.twins import NOT_COPIED, Project, project_of
from tests.e2e.restless import Tally, asking
from tests.ports import free_port

ADDRESS = "/devenv-bench/"
START_SECONDS = 120
VIEW = """

def devenv_bench(request):
    from django.http import JsonResponse
    return JsonResponse({"edition": "%s"})
"""
ROUTE = """
from django.urls import path as _path
import %s as _benched
urlpatterns.insert(0, _path("devenv-bench/", _benched.devenv_bench))
"""
VERSIONS = """
import importlib.metadata, os, sys
names = ("Django", "djangorestframework", "uvicorn", "watchfiles", "gunicorn")
there = {each.metadata["Name"].lower(): each.version for each in importlib.metadata.distributions()}
found = [f"{name} {there[name.lower()]}" for name in names if name.lower() in there]
print(", ".join([f"{os.cpu_count()} processors", f"Python {sys.version.split()[0]}", *found]))
"""
SERVED = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
from django.core.{0} import get_{0}_application
application = get_{0}_application()
"""
Save = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the project, prepared. view: the module that is saved, and its text before the edition."""

    project: Project
    root: Path
    view: str
    text: str

    def with_edition(self, edition: str) -> str:
        return self.text + VIEW % edition

    def save(self, edition: str, number: int) -> None:
        STYLES[number % 2](self.root / self.view, self.with_edition(edition))


@contextmanager
def prepared(file: Path) -> Iterator[Copy]:
    project, ground = project_of(file)
    view: str = tomllib.loads(file.read_text(encoding="utf-8"))["view"]
    with tempfile.TemporaryDirectory(prefix="dvt-bench-", ignore_cleanup_errors=True) as folder:
        root = Path(folder) / "app"
        shutil.copytree(project.root, root, ignore=NOT_COPIED, symlinks=True)
        settings = f"from {project.settings} import *\n{project.overrides}\nALLOWED_HOSTS = ['*']\n"
        served = {f"bench/{kind}.py": SERVED.format(kind) for kind in ("wsgi", "asgi")}
        write(root, {"bench/__init__.py": "", "bench/settings.py": settings, **served})
        with (root / ground.urls).open("a", encoding="utf-8") as urls:
            urls.write(ROUTE % view[: -len(".py")].replace("/", "."))
        copy = Copy(project, root, view, (root / view).read_text(encoding="utf-8"))
        copy.save("first", 0)
        run(copy, "manage.py", "migrate", "--noinput", "--settings=bench.settings")
        yield copy


def run(copy: Copy, *arguments: str) -> None:
    subprocess.run(
        [copy.project.python, *arguments],
        cwd=copy.root, env=surroundings(copy), check=True, capture_output=True, timeout=600,
    )  # fmt: skip


def surroundings(copy: Copy) -> dict[str, str]:
    return {**os.environ, **copy.project.environment, "DJANGO_SETTINGS_MODULE": "bench.settings"}


@contextmanager
def devenv(copy: Copy) -> Iterator[tuple[int, Save]]:
    folder, served = copy.root.parent, ("--wsgi", "bench.wsgi:application")
    root = Path(shutil.copytree(copy.root, folder / "volume", symlinks=True))
    with running(
        folder, *served, python=copy.project.python, root=root, environment=surroundings(copy)
    ) as agent:
        agent.ready()
        with _following(copy.root, agent):
            yield agent.port, copy.save


@contextmanager
def _following(root: Path, agent: Agent) -> Iterator[None]:
    """What `devenv watch` does for a folder, with a relay that is no exec."""
    events: list[Event] = []
    streams: list[RelayStream] = []

    def connect(_: str) -> RelayStream:
        streams.append(RelayStream(agent.socket))
        return streams[-1]

    session = SyncSession(
        root,
        processes=("web",),
        connect=connect,
        emit=events.append,
        react=lambda change: kinds_for_agents(react(change, Rules()), ()),
        mode="volume",
        ignore=(),
        cache=root.parent / "digests.json",
    )
    thread = threading.Thread(target=session.run)
    thread.start()
    try:
        (root / "bench/followed").touch()
        await_true((agent.root / "bench/followed").exists, lambda: f"{events}")
        yield
    finally:
        session.stop()
        thread.join()
        for stream in streams:
            stream.close()


@contextmanager
def _command(copy: Copy, *words: str) -> Iterator[tuple[int, Save]]:
    port = free_port()
    command = [copy.project.python, *(word.format(port=port) for word in words)]
    with (copy.root.parent / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=copy.root, env=surroundings(copy), stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield port, copy.save
        finally:
            os.killpg(process.pid, 15)
            process.wait(30)


def runserver(copy: Copy) -> AbstractContextManager[tuple[int, Save]]:
    return _command(copy, "manage.py", "runserver", "127.0.0.1:{port}", "--settings=bench.settings")


def uvicorn(copy: Copy) -> AbstractContextManager[tuple[int, Save]]:
    return _command(copy, "-m", "uvicorn", "bench.asgi:application", "--port", "{port}", "--reload")


def gunicorn(copy: Copy) -> AbstractContextManager[tuple[int, Save]]:
    words = ("-m", "gunicorn", "bench.wsgi:application", "--bind", "127.0.0.1:{port}", "--threads", "8")
    return _command(copy, *words, "--reload")


SERVERS = {"devenv": devenv, "runserver": runserver, "uvicorn": uvicorn, "gunicorn": gunicorn}


def until_answers(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=20).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def measure(url: str, save: Save, load: str, saves: int) -> tuple[list[float], Tally]:
    connections, pause_seconds = LOADS[load]
    served = []
    with asking(url, connections=connections, pause_seconds=pause_seconds) as client:
        for number in range(saves):
            time.sleep(random.uniform(0.5, 1.5))
            edition = f"{connections}-{number}"
            saved_at = time.monotonic()
            save(edition, number)
            try:
                answered_at = client.first_answer_with(edition, timeout_seconds=SERVED_LIMIT_SECONDS)
            except TimeoutError:
                continue
            served.append(1000 * (answered_at - saved_at))
        return served, client.stop()


def row_of(name: str, load: str, served: list[float], of_devenv: list[float], tally: Tally) -> str:
    if len(served) < 2:
        return f"| {name} | {load} | {len(served)} | | | | {tally.failures} | {tally.stale} | |"
    median, p95 = statistics.median(served), statistics.quantiles(served, n=20, method="inclusive")[-1]
    ratio = f"{median / statistics.median(of_devenv):.1f} times" if of_devenv else ""
    return (
        f"| {name} | {load} | {len(served)} | {median:.0f} ms | {p95:.0f} ms | {ratio} "
        f"| {tally.failures} | {tally.stale} | {tally.longest_gap_ms:.0f} ms |"
    )


def versions_of(copy: Copy) -> str:
    """What the project's interpreter has."""
    done = subprocess.run(
        [copy.project.python, "-c", VERSIONS], cwd=copy.root, capture_output=True, text=True, check=True
    )
    return f"{done.stdout.strip()}; devenv at {said('git', 'rev-parse', '--short', 'HEAD')}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--saves", type=int, default=50)
    parser.add_argument("--only", default=",".join(SERVERS), help="some of " + ",".join(SERVERS))
    options = parser.parse_args()
    if "DEVENV_BENCH_PROJECT" not in os.environ:
        parser.error("DEVENV_BENCH_PROJECT names no file")
    with prepared(Path(os.environ["DEVENV_BENCH_PROJECT"])) as copy:
        modules = sum(1 for _ in copy.root.rglob("*.py"))
        print(f"{modules} modules, {copy.view} is saved; {versions_of(copy)}\n")
        print("| server | client | served | median | p95 | against devenv | failed | stale | longest gap |")
        print("|---|---|---|---|---|---|---|---|---|")
        of_devenv: dict[str, list[float]] = {}
        for name in options.only.split(","):
            with SERVERS[name](copy) as (port, save):
                url = f"http://127.0.0.1:{port}{ADDRESS}"
                until_answers(url)
                for load in LOADS:
                    served, tally = measure(url, save, load, options.saves)
                    if name == "devenv":
                        of_devenv[load] = served
                    print(row_of(name, load, served, of_devenv.get(load, []), tally), flush=True)


if __name__ == "__main__":
    main()
