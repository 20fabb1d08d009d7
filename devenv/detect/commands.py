"""Commands that a project's own files run: compose files, Procfiles, Dockerfiles."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from devenv.detect.compose_file import ComposeService
from devenv.detect.finding import Place
from devenv.detect.tree import Tree

_WRAPPERS = (
    ("uv", "run"),
    ("poetry", "run"),
    ("pipenv", "run"),
    ("exec",),
    ("python", "-m"),
    ("python3", "-m"),
    ("watchfiles",),
    ("newrelic-admin", "run-program"),
    ("ddtrace-run",),
    ("opentelemetry-instrument",),
)
_TO_A_FILE = frozenset(("-f", "--logfile", "--pidfile"))
_SCHEDULE = "/tmp/celerybeat-schedule"  # noqa: S108 - in a container of its own
_ASSIGNMENT = re.compile(r"\w+=\S*")


@dataclass(frozen=True, slots=True)
class Command:
    """A command that a compose file or a Procfile runs: the name that it has there, and its own variables."""

    text: str
    place: Place
    name: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


def commands_of(files: Tree, services: Iterable[ComposeService], folders: Iterable[str]) -> list[Command]:
    """Every command that compose files and Procfiles run."""
    found = [Command(each.command, each.place, each.name, each.env) for each in services]
    for folder in folders:
        for path in files.inside(folder):
            if path.rpartition("/")[2] in {"Procfile", "Procfile.dev"}:
                for line, text in files.lines(path):
                    name, _, command = text.partition(":")
                    found.append(Command(command.strip(), Place(path, line), name))
    return found


def celery_commands(commands: Iterable[Command], what: str) -> Iterator[Command]:
    """The project's own celery commands, without what restarts them or sends them to the background."""
    for command in commands:
        env, words = _words(command.text)
        if words[:1] == ["celery"] and what in words and "multi" not in words and "$" not in command.text:
            text = shlex.join(_in_front(words))
            yield replace(command, text=text, env={**command.env, **env})


def option_of(text: str, *names: str) -> str:
    """The value of an option of a command, "" where it has none."""
    words = text.split()
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in names:
            return following
        name, equals, value = word.partition("=")
        if equals and name in names:
            return value
    return ""


def with_schedule(beat: str) -> str:
    """Beat's command with its file where its user may write, not only root, as in /var/run."""
    if not option_of(beat, "-s", "--schedule"):
        return f"{beat} --schedule {_SCHEDULE}"
    return re.sub(r"(\s(?:-s|--schedule)[ =])/(?!tmp/)\S+", rf"\g<1>{_SCHEDULE}", beat)


def _in_front(words: list[str]) -> list[str]:
    """A celery command that stays, and speaks where `devenv logs` hears it."""
    kept: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in _TO_A_FILE:
            next(rest, None)
        elif word not in {"-D", "--detach"} and not word.startswith(
            ("--autoreload", "--logfile=", "--pidfile=")
        ):
            kept.append(word)
    return kept


def _words(text: str) -> tuple[dict[str, str], list[str]]:
    """The words of a command that celery begins, whatever is put before it, and the variables among that."""
    text = re.split(r"&&|;", text)[-1] if "celery" in re.split(r"&&|;", text)[-1] else text
    try:
        words = shlex.split(text)
    except ValueError:
        return {}, []
    env: dict[str, str] = {}
    words = words[1:] if words[:1] == ["env"] else words
    while words and _ASSIGNMENT.fullmatch(words[0]):
        name, _, env[name] = words.pop(0).partition("=")
    for wrapper in _WRAPPERS:
        if tuple(words[: len(wrapper)]) == wrapper:
            words = words[len(wrapper) :]
    return env, words
