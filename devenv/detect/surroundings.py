"""What stands around the settings: compose files, env files, commands, Dockerfiles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from posixpath import basename, dirname, join, normpath

from devenv.detect.commands import Command, commands_of
from devenv.detect.compose_file import ComposeService, read_compose
from devenv.detect.configurations import CONFIGURATION
from devenv.detect.dockerfiles import command_of
from devenv.detect.env_files import examples, is_ignored, read_env_text
from devenv.detect.finding import Finding, Place
from devenv.detect.namers import named_value
from devenv.detect.projects import Project
from devenv.detect.settings import choose_settings
from devenv.detect.supervisors import supervised
from devenv.detect.tree import Tree

_APP_NAMES = ("web", "django", "app", "api", "backend", "server")
_SERVERS = re.compile(r"runserver|gunicorn|uvicorn|daphne|uwsgi")
_OF_OTHERS = re.compile(r"(^|/)(nginx|node|caddy|httpd|postgres|postgis|mysql|mariadb|redis)\b")  # as images


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What does not depend on values of variables."""

    files: Tree
    project: Project
    folders: tuple[str, ...]  # of manage.py and above, the nearest first
    compose: tuple[ComposeService, ...]
    app_service: ComposeService | None
    samples: Mapping[str, str]
    committed: Mapping[str, str]  # of a .env that the settings load themselves
    commands: list[Command]
    supervised: tuple[Command, ...]  # those that are started again when they end
    scripts: tuple[str, ...]
    settings: Finding | None
    configuration: tuple[str, Place] | None  # of django-configurations, as a file names it


def look_around(files: Tree, project: Project) -> Surroundings:
    """Everything near a project that tells of how it is run."""
    folders = _upwards(project.folder)
    compose = read_compose(files, (*folders, ".devcontainer", "docker", "compose"))
    app_service = _app_service(compose)
    own = app_service.env if app_service else {}
    place = app_service.place if app_service else Place(".")
    settings = choose_settings(files, project, {name: (value, place) for name, value in own.items()})
    samples = _samples(files, (*_inwards(project, settings), *folders))
    commands = commands_of(files, compose, folders)
    dockerfiles = [each.dockerfile for each in compose if each.built and each.dockerfile]
    commands += [Command(command_of(files, path), Place(path)) for path in dict.fromkeys(dockerfiles)]
    return Surroundings(
        files=files,
        project=project,
        folders=folders,
        compose=compose,
        app_service=app_service,
        samples={**samples, **own},
        committed=_committed(files, project.folder),
        commands=commands,
        supervised=tuple(supervised(files)),
        scripts=_scripts(files, app_service),
        settings=settings,
        configuration=_configuration(files, project, samples, app_service),
    )


def _samples(files: Tree, folders: Iterable[str]) -> dict[str, str]:
    """The values of env files and of examples; what stands nearer to the root counts more."""
    samples: dict[str, str] = {}
    for folder in folders:
        for path in reversed(examples(files, folder)):
            samples |= read_env_text(files.text(path))
    return samples


def _inwards(project: Project, settings: Finding | None) -> tuple[str, ...]:
    """The folders between manage.py and the settings, the innermost first."""
    packages = settings.value.split(".")[:-1] if settings else []
    return tuple(normpath(join(project.folder, *packages[:length])) for length in range(len(packages), 0, -1))


def _configuration(
    files: Tree, project: Project, samples: Mapping[str, str], app_service: ComposeService | None
) -> tuple[str, Place] | None:
    """The class that the compose file, an example of an env file or manage.py names."""
    if app_service and CONFIGURATION in app_service.env:
        return app_service.env[CONFIGURATION], app_service.place
    found = named_value(files, project.script, CONFIGURATION)
    return found or ((samples[CONFIGURATION], Place(".")) if CONFIGURATION in samples else None)


def _committed(files: Tree, folder: str) -> Mapping[str, str]:
    """The values of a .env beside manage.py that goes wherever the project goes."""
    path = normpath(join(folder, ".env"))
    hidden = is_ignored(files, path) or any(
        text.strip("/") in {".env", "*.env", ".env*", ".*"} for _, text in files.lines(".dockerignore")
    )
    return read_env_text(files.text(path)) if files.has(path) and not hidden else {}


def _upwards(folder: str) -> tuple[str, ...]:
    found = [folder]
    while folder not in {".", ""}:
        folder = dirname(folder) or "."
        found.append(folder)
    return tuple(found)


def _app_service(compose: Iterable[ComposeService]) -> ComposeService | None:
    """The service that serves the project: one built of it, else one with a server in an image of its own."""
    own = [each for each in compose if not _OF_OTHERS.search(each.image)]
    built = [each for each in own if each.built]
    serving = [each for each in built if _SERVERS.search(each.command)]
    named = [each for each in built if each.name in _APP_NAMES]
    django = [each for each in built if "django" in each.name]
    python = [each for each in built if "python" in each.image]
    released = [each for each in own if _SERVERS.search(each.command)]
    for group in (serving, named, python, django, built, released):
        if group:
            return group[0]
    return None


def _scripts(files: Tree, app_service: ComposeService | None) -> tuple[str, ...]:
    """Start scripts of the image for development: where a command is hidden from the compose file."""
    if app_service is None or not app_service.dockerfile:
        return ()
    folder = dirname(app_service.dockerfile)
    word = basename(app_service.command.split()[0]) if app_service.command else ""
    return tuple(path for path in files.inside(folder) if word and basename(path) in {word, f"{word}.sh"})


def dockerfiles_of(around: Surroundings) -> list[str]:
    """The app's own first, then others near it, those for production last."""
    own = [around.app_service.dockerfile] if around.app_service and around.app_service.dockerfile else []
    others = [
        path
        for path in around.files.paths
        if basename(path).startswith("Dockerfile") or basename(path).endswith((".Dockerfile", ".dockerfile"))
    ]
    return list(
        dict.fromkeys([*own, *sorted(others, key=lambda path: ("prod" in path, path.count("/"), path))])
    )
