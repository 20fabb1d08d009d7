"""Processes beside the web server: Celery's worker and beat, django-q, RQ, dramatiq, huey."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from posixpath import relpath
from typing import Any

from devenv.detect.compose_file import ComposeService
from devenv.detect.finding import Finding, Place
from devenv.detect.proposal import Noted
from devenv.detect.tree import Tree
from devenv.detect.values import Namespace, plain

_SKIPPED = re.compile(r"(^|/)(tests?|docs?|examples?|migrations)/|(^|/)(test_\w+|conftest)\.py$")
_WRAPPERS = (
    ("uv", "run"),
    ("poetry", "run"),
    ("pipenv", "run"),
    ("exec",),
    ("python", "-m"),
    ("python3", "-m"),
    ("watchfiles",),
)
_TO_A_FILE = frozenset(("-f", "--logfile", "--pidfile"))
_SCHEDULE = "/tmp/celerybeat-schedule"  # noqa: S108 - in a container of its own
_QUEUES: Mapping[str, tuple[str, str]] = {
    "django_q": ("qcluster", "python manage.py qcluster"),
    "django_rq": ("worker", "python manage.py rqworker"),
    "django_dramatiq": ("worker", "python manage.py rundramatiq"),
    "huey.contrib.djhuey": ("worker", "python manage.py run_huey"),
    "background_task": ("worker", "python manage.py process_tasks"),
    "procrastinate.contrib.django": ("worker", "python manage.py procrastinate worker"),
    "django_tasks.backends.database": ("worker", "python manage.py db_worker"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Workers:
    """`processes`: commands by name. `celery`: the module that calls Celery(, "" where none does."""

    processes: Mapping[str, Noted] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    celery: str = ""
    celery_place: Place | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command that a compose file or a Procfile runs."""

    text: str
    place: Place


def find_workers(
    files: Tree,
    folder: str,
    settings: Namespace,
    packages: Mapping[str, str],
    commands: Iterable[Command],
) -> Workers:
    """What the project's code and its own commands say is run."""
    known = [each for each in commands if each.text]
    apps = {str(plain(each)).partition(".apps.")[0] for each in _apps(settings)}
    processes: dict[str, Noted] = {}
    findings: list[Finding] = []
    celery = _celery_module(files, folder) if _has(packages, "celery") else None
    if celery and _is_eager(settings) and not _said(known, "worker"):
        findings.append(
            Finding(
                topic="celery",
                value="no worker",
                why="tasks run where they are called",
                evidence=(celery[1],),
            )
        )
        celery = None
    if celery:
        module, place = celery
        findings.append(Finding(topic="celery", value=module, why="it calls Celery(", evidence=(place,)))
        processes["worker"] = _worker(module, place, known)
        beats_itself = {"-B", "--beat"} & {*processes["worker"].value.split()}
        if not beats_itself and (beat := _beat(module, settings, files, folder, known)):
            processes["beat"] = beat
    for app, (name, command) in _QUEUES.items():
        said = next((each for each in known if _runs(command.split()[2], each.text)), None)
        if app in apps or said:
            shown = said.place if said else settings.places.get("INSTALLED_APPS")
            processes[name] = Noted(_manage(said, command), _at(shown))
            findings.append(
                Finding(topic="worker", value=command, why=f"{app} is installed", evidence=_places(shown))
            )
    return Workers(
        processes=processes,
        findings=tuple(findings),
        celery=celery[0] if celery else "",
        celery_place=celery[1] if celery else None,
    )


def _is_eager(settings: Namespace) -> bool:
    names = ("CELERY_TASK_ALWAYS_EAGER", "CELERY_ALWAYS_EAGER")
    return any(plain(settings.values.get(name)) is True for name in names)


def _runs(management_command: str, text: str) -> bool:
    return re.search(rf"\bmanage(\.py)?\s+{management_command}\b", text) is not None


def _has(packages: Mapping[str, str], name: str) -> bool:
    return not packages or any(each.partition("[")[0] == name for each in packages)


def _apps(settings: Namespace) -> list[Any]:
    apps = plain(settings.values.get("INSTALLED_APPS", ()))
    return list(apps) if isinstance(apps, (list, tuple)) else []


def _celery_module(files: Tree, folder: str) -> tuple[str, Place] | None:
    """The module that calls Celery(, as `celery -A` wants it."""
    found = []
    for path in files.paths:
        inside = folder == "." or path.startswith(f"{folder}/")
        if (
            not path.endswith(".py")
            or not inside
            or _SKIPPED.search(path)
            or "Celery(" not in files.text(path)
        ):
            continue
        found += [(path.count("/"), path, line) for line in _calls_of_celery(files.module(path))]
    if not found:
        return None
    _, path, line = min(found)
    module = relpath(path, folder).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return module.removesuffix(".celery") if module != "celery" else module, Place(path, line)


def _calls_of_celery(tree: ast.Module | None) -> Iterator[int]:
    """Where a module's own variable becomes a Celery app."""
    for statement in tree.body if tree else ():
        value = getattr(statement, "value", None)
        called = ast.unparse(value.func) if isinstance(value, ast.Call) else ""
        if called.rpartition(".")[2] == "Celery" and isinstance(statement, (ast.Assign, ast.AnnAssign)):
            yield statement.lineno


def _worker(module: str, place: Place, commands: Iterable[Command]) -> Noted:
    if said := _said(commands, "worker"):
        return Noted(said.text, str(said.place))
    return Noted(f"celery -A {module} worker --loglevel info", _at(place))


def _said(commands: Iterable[Command], what: str) -> Command | None:
    """The project's own celery command, without what restarts it or sends it to the background."""
    for command in commands:
        words = _words(command.text)
        if words[:1] == ["celery"] and what in words and "multi" not in words and "$" not in command.text:
            return Command(shlex.join(_in_front(words)), command.place)
    return None


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


def _words(text: str) -> list[str]:
    """The words of a command that celery begins, whatever is put before it."""
    text = re.split(r"&&|;", text)[-1] if "celery" in re.split(r"&&|;", text)[-1] else text
    try:
        words = shlex.split(text)
    except ValueError:
        return []
    while words and re.fullmatch(r"\w+=\S*", words[0]):
        words = words[1:]
    for wrapper in _WRAPPERS:
        if tuple(words[: len(wrapper)]) == wrapper:
            words = words[len(wrapper) :]
    return words


def _beat(
    module: str, settings: Namespace, files: Tree, folder: str, commands: Iterable[Command]
) -> Noted | None:
    """Beat, where there is a schedule: in the settings, in the code, in the database, or in a command."""
    scheduler = str(plain(settings.values.get("CELERY_BEAT_SCHEDULER", "")))
    said = _said(commands, "beat")
    place = said.place if said else None
    for name in ("CELERY_BEAT_SCHEDULER", "CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE"):
        if plain(settings.values.get(name)) not in (None, {}, ""):
            place = place or settings.places.get(name)
    if place is None:
        place = _schedule_in_code(files, folder)
    if place is None:
        return None
    text = said.text if said else f"celery -A {module} beat --loglevel info"
    in_database = "DatabaseScheduler" in scheduler + text or "redbeat" in scheduler.lower() + text.lower()
    if not in_database and not re.search(r"(^|\s)(-s|--schedule)\b", text):
        text += f" --schedule {_SCHEDULE}"
    return Noted(text, str(place))


def _schedule_in_code(files: Tree, folder: str) -> Place | None:
    for path in files.paths:
        inside = folder == "." or path.startswith(f"{folder}/")
        if path.endswith(".py") and inside and not _SKIPPED.search(path) and "celery" in files.text(path):
            for line, text in files.lines(path):
                if re.search(r"\.beat_schedule\s*=|add_periodic_task\(|@periodic_task", text):
                    return Place(path, line)
    return None


def _manage(said: Command | None, usual: str) -> str:
    """The project's own arguments for a management command, where they are plain words."""
    if said is None:
        return usual
    name = usual.rsplit(maxsplit=1)[-1]
    words = said.text.split()
    rest = words[words.index(name) + 1 :]
    return " ".join([usual, *rest]) if all(re.fullmatch(r"[\w=.,:-]+", word) for word in rest) else usual


def _at(place: Place | None) -> str:
    return str(place) if place else ""


def _places(place: Place | None) -> tuple[Place, ...]:
    return (place,) if place else ()


def commands_of(files: Tree, services: Iterable[ComposeService], folders: Iterable[str]) -> list[Command]:
    """Every command that compose files and Procfiles run."""
    found = [Command(each.command, each.place) for each in services]
    for folder in folders:
        for path in files.inside(folder):
            if path.rpartition("/")[2] in {"Procfile", "Procfile.dev"}:
                found += [
                    Command(text.partition(":")[2].strip(), Place(path, line))
                    for line, text in files.lines(path)
                ]
    return found
