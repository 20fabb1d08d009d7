"""Processes beside the web server: Celery's worker and beat, django-q, RQ, dramatiq, huey."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from posixpath import join, normpath
from typing import Any

from devenv.config.fields import RESERVED_NAMES
from devenv.detect.commands import Command, celery_commands, option_of, with_schedule
from devenv.detect.daemons import daemons, kept_by, own_commands, run_by
from devenv.detect.finding import Finding, Place
from devenv.detect.proposal import Noted, ProposedProcess
from devenv.detect.roots import is_below, module_of
from devenv.detect.tree import Tree
from devenv.detect.values import UNKNOWN, Namespace, plain

_SKIPPED = re.compile(r"(^|/)(tests?|docs?|examples?|migrations)/|(^|/)(test_\w+|conftest)\.py$")
_MADE = re.compile(r"\w*Celery(App)?\(")  # some libraries bring a class of their own
_HUEY = "huey.contrib.djhuey"
_QUEUES: Mapping[str, tuple[str, str, str]] = {  # the process's name, that beside a namesake, its command
    "django_q": ("qcluster", "qcluster", "python manage.py qcluster"),
    "django_rq": ("worker", "rq", "python manage.py rqworker"),
    "django_dramatiq": ("worker", "dramatiq", "python manage.py rundramatiq"),
    _HUEY: ("worker", "huey", "python manage.py run_huey"),
    "background_task": ("worker", "background", "python manage.py process_tasks"),
    "procrastinate.contrib.django": ("worker", "procrastinate", "python manage.py procrastinate worker"),
    "django_tasks.backends.database": ("worker", "tasks", "python manage.py db_worker"),
    "django_tasks_db": ("worker", "tasks", "python manage.py db_worker"),
}
_SCHEDULER = "django_celery_beat"  # its models are used, so it has to be an installed app
_NOTHING = ProposedProcess("")
_NOT_KEPT = frozenset(("runserver", "migrate", "collectstatic"))  # of a project's own, for the web server


@dataclass(frozen=True, kw_only=True, slots=True)
class Workers:
    """`processes`: commands by name. `celery`: the module that calls Celery(, "" where none does."""

    processes: Mapping[str, ProposedProcess] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    celery: str = ""
    celery_place: Place | None = None


def find_workers(
    files: Tree,
    folder: str,
    settings: Namespace,
    commands: Iterable[Command],
    celery: tuple[str, Place] | None,
) -> Workers:
    """What the project's code and its own commands say is run. celery: as `celery_module` finds it."""
    known = [each for each in commands if each.text]
    apps = {str(plain(each)).partition(".apps.")[0] for each in _apps(settings)}
    processes: dict[str, ProposedProcess] = {}
    findings: list[Finding] = []
    if celery and _is_eager(settings) and not any(celery_commands(known, "worker")):
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
        known = [replace(each, text=_runnable(each.text, module, files, folder)) for each in known]
        findings.append(Finding(topic="celery", value=module, why="it calls Celery(", evidence=(place,)))
        started = _workers(module, place, known)
        beating = {name: each for name, each in started.items() if {"-B", "--beat"} & {*each.value.split()}}
        beats_itself = bool(beating)
        processes |= started
        processes |= {name: _scheduled(each, settings) for name, each in beating.items()}
        if not beats_itself and (beat := _beat(module, settings, files, folder, known)):
            processes["beat"] = beat
    for app, (name, other, command) in _QUEUES.items():
        said = next((each for each in known if _runs(command.split()[2], each.text)), None)
        if app == _HUEY and app in apps and _is_immediate(settings):
            why = "huey runs tasks where they are called"
            findings.append(Finding(topic="worker", value="none", why=why))
        elif app in apps or said:
            shown = said.place if said else settings.places.get("INSTALLED_APPS")
            own = _process(said) if said else _NOTHING
            process = replace(own, value=_manage(said, command), note=_at(shown))
            processes[other if name in processes else name] = process
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


def _is_immediate(settings: Namespace) -> bool:
    """Whether huey has nothing for a consumer, which then does not start: as a rule while DEBUG is on."""
    said = plain(settings.values.get("HUEY", {}))
    known = said.get("immediate", settings.values.get("DEBUG")) if isinstance(said, dict) else None
    return plain(known) is True


def _runs(management_command: str, text: str) -> bool:
    return re.search(rf"\bmanage(\.py)?\s+{management_command}\b", text) is not None


def _has(packages: Mapping[str, str], name: str) -> bool:
    return not packages or any(each.partition("[")[0] == name for each in packages)


def _apps(settings: Namespace) -> list[Any]:
    apps = plain(settings.values.get("INSTALLED_APPS", ()))
    return list(apps) if isinstance(apps, (list, tuple)) else []


def celery_module(
    files: Tree, roots: Sequence[str], packages: Mapping[str, str], commands: Iterable[Command]
) -> tuple[str, Place] | None:
    """The module that makes the Celery app, as `celery -A` wants it; one that commands name comes first."""
    if not _has(packages, "celery"):
        return None
    named = [option_of(each.text, "-A", "--app") for each in celery_commands(commands, "worker")]
    chosen = [path for name in named for root in roots for path in _paths_of(name, root)]
    found = [
        (path not in chosen, path.count("/"), path, line)
        for path in files.paths
        if path.endswith(".py") and is_below(path, roots)
        if not _SKIPPED.search(path) and _MADE.search(files.text(path))
        for line in _calls_of_celery(files.module(path))
    ]
    if not found:
        return None
    _, _, path, line = min(found)
    module = module_of(path, roots)
    return module.removesuffix(".celery") if module != "celery" else module, Place(path, line)


def _paths_of(name: str, folder: str) -> list[str]:
    """Where the app is that `celery -A` is given: a module, a package, an attribute of either."""
    module = name.partition(":")[0]
    several = [each.replace(".", "/") for each in (module, module.rpartition(".")[0]) if each]
    endings = (".py", "/celery.py", "/__init__.py")
    return [normpath(join(folder, f"{each}{ending}")) for each in several for ending in endings]


def _calls_of_celery(tree: ast.Module | None) -> Iterator[int]:
    """Where a module's own variable becomes a Celery app."""
    for statement in tree.body if tree else ():
        value = getattr(statement, "value", None)
        called = ast.unparse(value.func) if isinstance(value, ast.Call) else ""
        if _MADE.fullmatch(f"{called.rpartition('.')[2]}(") and isinstance(
            statement, (ast.Assign, ast.AnnAssign)
        ):
            yield statement.lineno


def own_daemons(
    files: Tree, roots: Sequence[str], commands: Sequence[Command], supervised: Sequence[Command]
) -> Iterator[tuple[str, ProposedProcess]]:
    """The management commands that stay and that a compose file or Procfile runs, and those that are kept."""
    known = {"web", *RESERVED_NAMES, *(command.split()[2] for *_, command in _QUEUES.values())}
    staying = {name for name, _ in daemons(files, roots)}
    for name, _ in own_commands(files, tuple(roots)):
        said = run_by(name, commands) if name in staying else None
        said = said or (None if name in _NOT_KEPT else kept_by(name, supervised))
        if slug(name) not in known and said:
            command = _manage(said, f"python manage.py {name}")
            yield slug(name), replace(_process(said), value=command)


def slug(name: str) -> str:
    """A name as devenv.yaml takes it for a process."""
    return re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")


def _workers(module: str, place: Place, commands: Iterable[Command]) -> dict[str, ProposedProcess]:
    """A worker for each set of queues that one of the project's files starts one for."""
    several = list(celery_commands(commands, "worker"))
    if not several:
        return {"worker": ProposedProcess(f"celery -A {module} worker --loglevel info", _at(place))}
    by_queues: dict[str, Command] = {}
    for each in several:
        if each.place.file == several[0].place.file:
            by_queues.setdefault(option_of(each.text, "-Q", "--queues"), each)
    if len(by_queues) == 1:
        return {"worker": _process(several[0])}
    names = [slug(each.name) for each in by_queues.values()]
    are_names = len({*names, "", "web", "beat", *RESERVED_NAMES}) == len(names) + 3 + len(RESERVED_NAMES)
    if not are_names:
        names = [f"worker-{number}" for number in range(1, len(names) + 1)]
    return {name: _process(each) for name, each in zip(names, by_queues.values(), strict=True)}


def _runnable(text: str, module: str, files: Tree, folder: str) -> str:
    """A command of Celery that finds the app, though the file that has it names a module without one.

    It changes no user either: devenv's is nobody who might.
    """
    named = option_of(text, "-A", "--app")
    there = [path for path in _paths_of(named, folder) if files.has(path)] if named else []
    if there and not any("celery" in files.text(path).lower() for path in there):
        text = re.sub(rf"((?:-A|--app)[ =]){re.escape(named)}(?=\s|$)", rf"\g<1>{module}", text)
    return re.sub(r"\s--[ug]id[ =]\S+", "", text) if "celery" in text else text


def _process(said: Command) -> ProposedProcess:
    env = {name: Noted(value, _at(said.place)) for name, value in said.env.items()}
    return ProposedProcess(said.text, _at(said.place), env=env)


def _beat(
    module: str, settings: Namespace, files: Tree, folder: str, commands: Iterable[Command]
) -> ProposedProcess | None:
    """Beat, where there is a schedule: in the settings, in the code, in the database, or in a command."""
    said = next(celery_commands(commands, "beat"), None)
    place = said.place if said else None
    for name in ("CELERY_BEAT_SCHEDULER", "CELERY_BEAT_SCHEDULE", "CELERYBEAT_SCHEDULE"):
        if plain(settings.values.get(name)) not in (None, {}, ""):
            place = place or settings.places.get(name)
    if place is None:
        place = _schedule_in_code(files, folder)
    if place is None:
        return None
    text = said.text if said else f"celery -A {module} beat --loglevel info"
    return _scheduled(ProposedProcess(text, str(place), env=_process(said).env if said else {}), settings)


def _scheduled(process: ProposedProcess, settings: Namespace) -> ProposedProcess:
    """Beat, or a worker that beats too, with its schedule where it can be written."""
    text = _without_absent_scheduler(process.value, settings)
    scheduler = f"{plain(settings.values.get('CELERY_BEAT_SCHEDULER', ''))}{text}".lower()
    if "databasescheduler" not in scheduler and "redbeat" not in scheduler:
        text = with_schedule(text)
    return replace(process, value=text)


def _without_absent_scheduler(text: str, settings: Namespace) -> str:
    """Beat without a scheduler whose app is not installed: it would not start."""
    apps = _apps(settings)
    known = {str(plain(each)).partition(".")[0] for each in apps}
    asked = option_of(text, "-S", "--scheduler")
    if not asked.startswith(_SCHEDULER) or not apps or UNKNOWN in apps or _SCHEDULER in known:
        return text
    return re.sub(r"\s+(-S|--scheduler)[ =]\S+", "", text)


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
    words = said.text.rstrip("\"'").split()
    rest = words[words.index(name) + 1 :]
    return " ".join([usual, *rest]) if all(re.fullmatch(r"[\w=.,:-]+", word) for word in rest) else usual


def _at(place: Place | None) -> str:
    return str(place) if place else ""


def _places(place: Place | None) -> tuple[Place, ...]:
    return (place,) if place else ()
