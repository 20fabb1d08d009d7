"""The `app` section and the folder that it speaks of."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from posixpath import normpath

from devenv.config.dependencies import read_dependencies
from devenv.config.env_files import read_env_files
from devenv.config.environment import App
from devenv.config.model import AppSection
from devenv.config.reading import Reading

SETTINGS_VARIABLE = "DJANGO_SETTINGS_MODULE"
_SEARCH_DEPTH = 3
_NOT_SEARCHED = {"node_modules", "venv", "env", "site-packages", "__pycache__"}


def read_app(section: AppSection, reading: Reading) -> App:
    """The app, with what its files say."""
    folder = _folder(section.path, reading)
    project = _project(section.working_dir, folder, reading) if folder else None
    wsgi, asgi = _served(section, project, reading)
    app = folder or reading.root
    return App(
        path=normpath(section.path),
        working_dir=normpath(section.working_dir),
        settings=section.settings,
        wsgi=wsgi,
        asgi=asgi,
        dependencies=read_dependencies(section.dependencies if folder else None, app, reading),
        system_packages=section.system_packages,
        env=_env(section, reading),
        env_files=tuple(normpath(path) for path in section.env_file),
        env_file_values=read_env_files(section.env_file, app, reading) if folder else {},
        dockerignore=_dockerignore(app, reading),
    )


def _folder(path: str, reading: Reading) -> Path | None:
    """The app's folder, None where it cannot be one."""
    folder = reading.root / path
    if not folder.resolve().is_relative_to(reading.root.resolve()):
        reading.complain(("app", "path"), f"{path} is outside the folder of devenv.yaml; move devenv.yaml up")
    elif not folder.is_dir():
        reading.complain(
            ("app", "path"), f"there is no folder {path}{_elsewhere(reading.root, reading.root)}"
        )
    else:
        return folder
    return None


def _project(working_dir: str, app: Path, reading: Reading) -> Path | None:
    """The folder of manage.py."""
    project = app / working_dir
    if not project.resolve().is_relative_to(app.resolve()):
        reading.complain(("app", "working_dir"), f"{working_dir} is outside app.path")
    elif not project.is_dir():
        reading.complain(
            ("app", "working_dir"), f"there is no folder {working_dir} in app.path{_elsewhere(app, app)}"
        )
    elif not (project / "manage.py").is_file():
        reading.complain(
            ("app", "working_dir"), f"there is no manage.py in {reading.shown(project)}{_elsewhere(app, app)}"
        )
    else:
        return project
    return None


def _elsewhere(start: Path, base: Path) -> str:
    """Where a manage.py is, for the end of a message."""
    found = [file.parent.relative_to(base).as_posix() for file in _manage_files(start, _SEARCH_DEPTH)]
    if not found:
        return ""
    return f"; write {' or '.join(sorted(found)[:3])}, where manage.py is"


def _manage_files(folder: Path, depth: int) -> Iterator[Path]:
    if (folder / "manage.py").is_file():
        yield folder / "manage.py"
    if depth:
        for child in sorted(folder.iterdir()):
            searched = not child.name.startswith(".") and child.name not in _NOT_SEARCHED
            if searched and child.is_dir() and not child.is_symlink() and os.access(child, os.R_OK | os.X_OK):
                yield from _manage_files(child, depth - 1)


def _served(section: AppSection, project: Path | None, reading: Reading) -> tuple[str | None, str | None]:
    """The WSGI and the ASGI callable, at most one of them set."""
    if section.wsgi and section.asgi:
        first = reading.document.place(("app", "wsgi"), ("app", "asgi"))
        reading.complain(
            ("app", "asgi"), f"one server serves one of both, and wsgi is set at {first}: keep one"
        )
    if section.wsgi or section.asgi:
        return _with_attribute(section.wsgi), None if section.wsgi else _with_attribute(section.asgi)
    if section.settings is None or project is None:
        return None, None
    return _guessed(section.settings, project)


def _with_attribute(served: str | None) -> str | None:
    return f"{served}:application" if served and ":" not in served else served


def _guessed(settings: str, project: Path) -> tuple[str | None, str | None]:
    """What Django's startproject puts beside the settings, be those a module or a package."""
    parts = settings.split(".")
    for length in range(len(parts) - 1, 0, -1):
        package = project.joinpath(*parts[:length])
        for module in ("wsgi", "asgi"):
            if (package / f"{module}.py").is_file():
                served = f"{'.'.join(parts[:length])}.{module}:application"
                return (served, None) if module == "wsgi" else (None, served)
    return None, None


def _env(section: AppSection, reading: Reading) -> Mapping[str, str]:
    """The variables, with the settings module where Django looks for it."""
    if section.settings is None:
        return dict(section.env)
    said = section.env.get(SETTINGS_VARIABLE, section.settings)
    if said != section.settings:
        key = ("app", "env", SETTINGS_VARIABLE)
        place = reading.document.place(("app", "settings"), key)
        reading.complain(key, f"app.settings says {section.settings} at {place}: keep one")
    return {SETTINGS_VARIABLE: section.settings, **section.env}


def _dockerignore(app: Path, reading: Reading) -> str:
    file = app / ".dockerignore"
    data = reading.read(file, lambda _why: None) if file.is_file() else None
    return (data or b"").decode(errors="replace")
