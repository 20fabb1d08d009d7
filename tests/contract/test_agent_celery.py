"""A celery worker under load whose tasks are edited: each task runs, and none runs twice.

The broker is a real redis in a container; the worker runs on this machine, under the agent.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from devenv.agent.protocol import Held, Hold, Release
from tests.contract.agents import running, write
from tests.contract.test_service_definitions import docker, engine_answers

celery = pytest.importorskip("celery")
pytest.importorskip("redis")

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(sys.platform != "linux", reason="the agent runs in containers"),
    pytest.mark.skipif(not engine_answers(), reason="no engine answers; `make lab` sets one up"),
    pytest.mark.timeout(400),
]
RELOADS = 8
KINDS = ("early", "late")
LIMIT_SECONDS = 120
PROJECT = {
    "proj/__init__.py": """
        from celery import Celery
        app = Celery("proj", broker="{broker}", include=["proj.tasks"])
    """,
    "proj/tasks.py": """
        import os
        import time
        from proj import app
        EDITION = "{edition}"
        def note(kind, number):
            time.sleep(0.005)
            with open("{notes}", "a") as file:
                file.write("%s %d %s\\n" % (kind, number, EDITION))
        @app.task(name="early", ignore_result=True)
        def early(number):
            note("early", number)
        @app.task(name="late", ignore_result=True, acks_late=True)
        def late(number):
            note("late", number)
    """,
}

WAITING = {
    "proj/__init__.py": """
        import pathlib, time
        from celery import Celery
        app = Celery("proj", broker="{broker}")
        @app.task(name="work", ignore_result=True)
        def work(name):
            pathlib.Path(name + "-begun").touch()
            time.sleep(2.5 if name == "first" else 0)
            pathlib.Path(name + "-ended").touch()
    """,
}

LONG = {
    "proj/__init__.py": """
        import pathlib, time
        from celery import Celery
        app = Celery("proj", broker="{broker}")
        app.conf.task_acks_late = {late}
        @app.task(name="work", ignore_result=True)
        def work(name):
            pathlib.Path(name + "-begun").touch()
            while name == "long" and not pathlib.Path("enough").exists():
                time.sleep(0.05)
            with open(name + "-ended", "a") as file:
                file.write("{edition}\\n")
    """,
}


@pytest.fixture
def broker() -> Iterator[str]:
    started = docker("run", "--detach", "--rm", "--publish", "127.0.0.1::6379", "redis:8")
    assert started.returncode == 0, started.stderr
    container_id = started.stdout.strip()
    try:
        port = docker("port", container_id, "6379").stdout.split()[-1].rpartition(":")[2]
        _until(lambda: docker("exec", container_id, "redis-cli", "ping").stdout.strip() == "PONG")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        docker("rm", "--force", container_id)


def test_each_task_runs_once_while_its_worker_reloads_under_load(tmp_path: Path, broker: str) -> None:
    notes = tmp_path / "notes"

    def text_of(path: str, edition: str) -> str:
        return PROJECT[path].format(broker=broker, edition=edition, notes=notes)

    write(tmp_path / "app", {path: text_of(path, "first") for path in PROJECT})
    celery = str(Path(sys.executable).with_name("celery"))
    command = (celery, "-A", "proj", "worker", "--concurrency", "2", "--loglevel", "warning")
    with running(tmp_path, "--", *command) as agent:
        host = agent.ready()
        with _sending(broker) as sent:
            for number in range(RELOADS):
                edition = f"edition{number}"
                write(tmp_path / "next", {"tasks.py": text_of("proj/tasks.py", edition)})
                host.save("proj/tasks.py", (tmp_path / "next/tasks.py").read_text())
                _until(partial(_has, notes, edition))
        wanted = Counter(f"{kind} {number}" for kind in KINDS for number in range(len(sent)))
        _until(lambda: _runs(notes).keys() >= wanted.keys())
        log = agent.log.read_text()
    assert _runs(notes) == wanted
    assert "was killed" not in log


def test_tasks_wait_while_they_are_held(tmp_path: Path, broker: str) -> None:
    write(tmp_path / "app", {path: text.replace("{broker}", broker) for path, text in WAITING.items()})
    celery_command = str(Path(sys.executable).with_name("celery"))
    command = (celery_command, "-A", "proj", "worker", "--concurrency", "1", "--loglevel", "warning")
    with running(tmp_path, "--", *command) as agent:
        host, sender = agent.ready(), celery.Celery("sender", broker=broker)

        def is_there(name: str) -> bool:
            return (agent.root / name).exists()

        for name in ("first", "second"):
            sender.send_task("work", [name])
        _until(lambda: is_there("first-begun"))

        host.send(Hold(requests=True))
        host.wait(Held)

        assert is_there("first-ended")
        assert not is_there("second-begun")
        host.send(Release(""))
        _until(lambda: is_there("second-ended"))
        assert "was killed" not in agent.log.read_text()


@pytest.mark.parametrize("late", [False, True])
def test_what_waits_behind_a_long_task_is_run_by_the_new_worker(
    tmp_path: Path, broker: str, late: bool
) -> None:
    def project(edition: str) -> dict[str, str]:
        texts = {"broker": broker, "late": str(late), "edition": edition}
        return {path: text.format(**texts) for path, text in LONG.items()}

    write(tmp_path / "app", project("old"))
    write(tmp_path / "next", project("new"))
    celery_command = str(Path(sys.executable).with_name("celery"))
    command = (celery_command, "-A", "proj", "worker", "--concurrency", "1", "--loglevel", "warning")
    with running(tmp_path, "--", *command) as agent:
        host, sender = agent.ready(), celery.Celery("sender", broker=broker)

        def editions(name: str) -> list[str]:
            return _text(agent.root / f"{name}-ended").split()

        sender.send_task("work", ["long"])
        _until(lambda: (agent.root / "long-begun").exists())
        for name in ("second", "third"):
            sender.send_task("work", [name])
        host.save("proj/__init__.py", (tmp_path / "next/proj/__init__.py").read_text())
        sender.send_task("work", ["fourth"])

        _until(lambda: all(editions(name) for name in ("second", "third", "fourth")))
        assert editions("long") == []
        (agent.root / "enough").touch()
        _until(lambda: editions("long"))
        assert agent.log.read_text().count("No consumers") == 0
    assert {name: editions(name) for name in ("second", "third", "fourth", "long")} == {
        "second": ["new"],
        "third": ["new"],
        "fourth": ["new"],
        "long": ["old"],
    }


def _runs(notes: Path) -> Counter[str]:
    return Counter(line.rpartition(" ")[0] for line in _text(notes).splitlines())


def _has(notes: Path, edition: str) -> bool:
    return edition in _text(notes)


def _text(notes: Path) -> str:
    return notes.read_text() if notes.exists() else ""


@contextmanager
def _sending(broker: str) -> Iterator[list[int]]:
    """Sends a task of each kind, some thirty times a second; what was sent."""
    app, sent, stop = celery.Celery("sender", broker=broker), list[int](), threading.Event()

    def send() -> None:
        with app.connection() as connection:
            while not stop.wait(0.03):
                for kind in KINDS:
                    app.send_task(kind, [len(sent)], connection=connection)
                sent.append(len(sent))

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield sent
    finally:
        stop.set()
        thread.join()


def _until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
