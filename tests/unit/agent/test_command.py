"""Which commands can run in a process that is forked from a checkpoint."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from devenv.agent.command import (
    Invocation,
    application_of,
    end_signal,
    serves_by_itself,
    understand,
    without_own_reload,
)


@pytest.mark.parametrize(
    ("command", "invocation"),
    [
        (["python", "manage.py", "qcluster"], Invocation(False, "manage.py", ["qcluster"])),
        (["python3.12", "-u", "bot.py"], Invocation(False, "bot.py", [])),
        (["python", "-m", "huey", "-w", "2"], Invocation(True, "huey", ["-w", "2"])),
        (["python", "-c", "print(1)"], None),
        (["python", "-X", "dev", "bot.py"], None),
        (["python"], None),
        (["sh", "-c", "celery -A x worker"], None),
        (["nowhere-to-be-found"], None),
    ],
)
def test_a_command_line_is_understood_as_python_would(
    command: list[str], invocation: Invocation | None
) -> None:
    assert understand(command, "/nowhere/bin/python") == invocation


@pytest.mark.parametrize(
    ("content", "is_python"),
    [
        ("#!/opt/venv/bin/python\nimport sys\n", True),
        ("#!/usr/bin/env python3\n", True),
        ("#!/bin/sh\n'''exec' \"/a/long/path/bin/python\" \"$0\" \"$@\"\n' '''\n", True),
        ("#!/bin/sh\nexec node x.js\n", False),
        ("\x7fELF", False),
    ],
)
def test_a_script_beside_the_interpreter_counts_if_it_is_python(
    tmp_path: Path, content: str, is_python: bool
) -> None:
    script = tmp_path / "celery"
    script.write_text(content)
    script.chmod(0o755)
    found = understand(["celery", "-A", "x"], str(tmp_path / "python"))
    assert found == (Invocation(False, str(script), ["-A", "x"]) if is_python else None)


OF_GUNICORN = ("--preload", "--keep-alive", "0")


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["-A", "shop", "worker"], ["-A", "shop", "worker", "--without-mingle"]),
        (["-A", "shop", "worker", "--without-mingle"], ["-A", "shop", "worker", "--without-mingle"]),
        (["-A", "shop", "beat"], ["-A", "shop", "beat"]),
        (["-A", "shop", "worker", "--", "x"], ["-A", "shop", "worker", "--", "x"]),
    ],
)
def test_a_celery_worker_does_not_wait_for_other_workers(arguments: list[str], wanted: list[str]) -> None:
    assert without_own_reload(Invocation(True, "celery", arguments)).arguments == wanted


def test_djangos_own_reloader_is_switched_off() -> None:
    given = Invocation(False, "manage.py", ["runserver", "0:8000"])
    assert without_own_reload(given).arguments == ["runserver", "0:8000", "--noreload"]
    assert without_own_reload(without_own_reload(given)).arguments == ["runserver", "0:8000", "--noreload"]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (("uvicorn", "--reload", "shop.asgi:app"), ("shop.asgi:app",)),
        (("gunicorn", "-b", ":80", "--reload", "shop.wsgi"), ("-b", ":80", "shop.wsgi", *OF_GUNICORN)),
        (("gunicorn", "--preload", "shop.wsgi"), ("shop.wsgi", *OF_GUNICORN)),
        (("celery", "--reload"), ("--reload",)),
    ],
)
def test_servers_leave_reloading_to_the_agent(given: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    invocation = Invocation(False, f"/opt/venv/bin/{given[0]}", list(given[1:]))
    assert tuple(without_own_reload(invocation).arguments) == wanted


@pytest.mark.parametrize(
    ("arguments", "application"),
    [
        ("shop.wsgi -k gthread -b 0.0.0.0:80", "shop.wsgi"),
        ("-k uvicorn.workers.UvicornWorker -b 0.0.0.0:80 shop.asgi:app.inner", "shop.asgi:app.inner"),
        ("--bind=0.0.0.0:80 shop.wsgi", "shop.wsgi"),
        ("-c gunicorn.conf.py", ""),
        ("shop:create_app()", ""),
        ("", ""),
    ],
)
def test_the_application_of_a_servers_command_is_read_where_it_is_plain(
    arguments: str, application: str
) -> None:
    assert application_of(Invocation(False, "gunicorn", arguments.split())) == application


def test_only_a_development_server_binds_a_port_of_its_own() -> None:
    commands = [["runserver"], ["runserver_plus", "0:80"], ["migrate"], ["shell", "runserver"], []]
    assert [serves_by_itself(Invocation(False, "manage.py", command)) for command in commands] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        (["python", "manage.py", "run_huey", "-w", "2"], signal.SIGINT),
        (["python", "-m", "django", "run_huey"], signal.SIGINT),
        (["python", "manage.py", "qcluster"], signal.SIGTERM),
        (["python", "manage.py"], signal.SIGTERM),
        (["python", "bot.py", "run_huey"], signal.SIGTERM),
    ],
)
def test_a_worker_is_asked_to_end_in_its_own_words(command: list[str], wanted: int) -> None:
    invocation = understand(command, sys.executable)
    assert invocation is not None
    assert end_signal(invocation) == wanted
