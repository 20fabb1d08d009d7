"""Save -> served on a project of your own, on this machine: the agent beside servers that reload.

`python -m benchmarks.real_project FILE.toml [--saves 50] [--only devenv,runserver,uvicorn,gunicorn]`

FILE.toml says where the project lies, as `tests.contract.twins.project_of` reads it, and `view`: the path of
a module with views. That module gets one more view, which tells the edition, and is what is saved; atomically
and in place by turns, at random moments. No container: what sync adds is measured by `save_to_bytes`.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.save_to_served import LOADS, SERVED_LIMIT_SECONDS, STYLES
from tests.contract.agents import free_port, running, write
from tests.contract.twins import NOT_COPIED, Project, project_of
from tests.e2e.restless import Tally, asking

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
    served = ("--wsgi", "bench.wsgi:application")
    project = copy.project
    with running(
        copy.root.parent, *served, python=project.python, root=copy.root, environment=surroundings(copy)
    ) as agent:
        host = agent.ready()
        yield agent.port, lambda edition, _: _commit(host.commit, copy, edition)


def _commit(commit: Callable[[dict[str, str]], object], copy: Copy, edition: str) -> None:
    commit({copy.view: copy.with_edition(edition)})


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


def row_of(name: str, load: str, served: list[float], tally: Tally, saves: int) -> str:
    if len(served) < 2:
        return f"| {name} | {load} | never served | | {tally.failures} | {tally.stale} | |"
    p95 = statistics.quantiles(served, n=20, method="inclusive")[-1]
    never = f" ({saves - len(served)} of {saves} never)" if len(served) < saves else ""
    return (
        f"| {name} | {load} | {statistics.median(served):.0f} ms{never} | {p95:.0f} ms | {tally.failures} "
        f"| {tally.stale} | {tally.longest_gap_ms:.0f} ms |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--saves", type=int, default=50)
    parser.add_argument("--only", default=",".join(SERVERS), help="some of " + ",".join(SERVERS))
    options = parser.parse_args()
    with prepared(options.file) as copy:
        modules = sum(1 for _ in copy.root.rglob("*.py"))
        print(f"{modules} modules, {copy.view} is saved\n")
        print("| server | client | save → served, median | p95 | failed | stale | longest gap |")
        print("|---|---|---|---|---|---|---|")
        for name in options.only.split(","):
            with SERVERS[name](copy) as (port, save):
                url = f"http://127.0.0.1:{port}{ADDRESS}"
                until_answers(url)
                for load in LOADS:
                    served, tally = measure(url, save, load, options.saves)
                    print(row_of(name, load, served, tally, options.saves), flush=True)


if __name__ == "__main__":
    main()
