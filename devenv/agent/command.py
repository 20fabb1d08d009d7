"""A process's command: whether it can run in a process of ours, and how."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import signal
import sys
from typing import List, NamedTuple, Optional

PYTHON_NAME = re.compile(r"python([23](\.\d+)?)?")
PLAIN_OPTIONS = ("-u", "-O", "-B")
DJANGO_COMMANDS = ("manage.py", "django-admin", "django")
APPLICATION = re.compile(r"[A-Za-z_][\w.]*(:[A-Za-z_][\w.]*)?")
SERVERS = ("runserver", "runserver_plus")
HELD_SERVERS = ("uvicorn", "daphne", "gunicorn")
HUEY = ("run_huey", "huey_consumer", "huey_consumer.py")
WITHOUT_MINGLE = "--without-mingle"


class Invocation(NamedTuple):
    """What Python would run. target: a script's path, or a module's name; arguments: what follows it."""

    is_module: bool
    target: str
    arguments: List[str]

    @property
    def name(self) -> str:
        """The tool's name: "celery", "manage.py"."""
        return os.path.basename(self.target)


def understand(command: List[str], python: str) -> Optional[Invocation]:
    """The invocation behind a command line, or None where another program is to run."""
    first = os.path.basename(command[0])
    if PYTHON_NAME.fullmatch(first):
        return _of_python(command[1:])
    script = shutil.which(command[0], path=_search_path(python))
    if script is not None and _is_python_script(script):
        return Invocation(False, script, command[1:])
    return None


def _of_python(arguments: List[str]) -> Optional[Invocation]:
    rest = list(arguments)
    while rest and rest[0] in PLAIN_OPTIONS:
        del rest[0]
    if len(rest) >= 2 and rest[0] == "-m":
        return Invocation(True, rest[1], rest[2:])
    if rest and not rest[0].startswith("-"):
        return Invocation(False, rest[0], rest[1:])
    return None


def _search_path(python: str) -> str:
    return os.pathsep.join([os.path.dirname(python), os.environ.get("PATH", os.defpath)])


def _is_python_script(path: str) -> bool:
    """By its first lines; installers write a shell line before the Python one where the path is long."""
    try:
        with open(path, "rb") as file:
            head = file.read(512).split(b"\n")[:2]
    except OSError:
        return False
    return head[0].startswith(b"#!") and any(b"python" in line for line in head)


def without_own_reload(invocation: Invocation) -> Invocation:
    """A reloader of its own would start a second process and watch every file.

    gunicorn loads the app before it forks, so that a checkpoint can stand before the module that was edited,
    and keeps no connection alive that would have to meet the process that reads on.
    A celery worker would wait a second at each start for other workers to tell which tasks were revoked.
    """
    arguments = invocation.arguments
    if is_celery_worker(invocation) and WITHOUT_MINGLE not in arguments:
        arguments = [*arguments, WITHOUT_MINGLE]
    if serves_by_itself(invocation) and "--noreload" not in arguments:
        arguments = [*arguments, "--noreload"]
    elif invocation.name in HELD_SERVERS:
        arguments = [word for word in arguments if word != "--reload"]
        if invocation.name == "gunicorn":
            arguments = [word for word in arguments if word != "--preload"]
            arguments = [*arguments, "--preload", "--keep-alive", "0"]
    return invocation._replace(arguments=arguments)


def takes_port(invocation: Invocation) -> bool:
    """Whether the command is a server that can be given the held port: it binds by Python's own sockets."""
    return serves_by_itself(invocation) or invocation.name in HELD_SERVERS


def application_of(invocation: Invocation) -> str:
    """The "module:attribute" that a server's command names, "" where that is not plain to see."""
    before = ""
    for word in invocation.arguments:
        is_value = before.startswith("-") and "=" not in before
        if not is_value and APPLICATION.fullmatch(word) and ("." in word or ":" in word):
            return word
        before = word
    return ""


def says_when_loaded(invocation: Invocation) -> bool:
    """Whether it is a command of celery that tells when the project's code is loaded."""
    is_beat = invocation.name == "celery" and "beat" in invocation.arguments
    return is_beat or is_celery_worker(invocation)


def is_celery_worker(invocation: Invocation) -> bool:
    """Whether the command is one worker of celery; `celery multi` starts others by itself."""
    return (
        invocation.name == "celery" and "worker" in invocation.arguments and "--" not in invocation.arguments
    )


def end_signal(invocation: Invocation) -> int:
    """What asks the command to finish what is under way and end; huey takes SIGTERM for "at once"."""
    django = invocation.name in DJANGO_COMMANDS
    name = invocation.arguments[0] if django and invocation.arguments else invocation.name
    return signal.SIGINT if name in HUEY else signal.SIGTERM


def serves_by_itself(invocation: Invocation) -> bool:
    """Whether the command is a development server that binds a port of its own."""
    return invocation.name in DJANGO_COMMANDS and invocation.arguments[:1] in [[name] for name in SERVERS]


def run(invocation: Invocation) -> None:
    """Become the command, as `python` would run it."""
    sys.argv = [invocation.target, *invocation.arguments]
    if invocation.is_module:
        sys.path.insert(0, os.getcwd())
        runpy.run_module(invocation.target, run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, os.path.dirname(os.path.abspath(invocation.target)))
        runpy.run_path(invocation.target, run_name="__main__")
