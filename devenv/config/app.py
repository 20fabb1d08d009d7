"""The `app` section and the folder that it speaks of."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from posixpath import normpath

from devenv.config.dependencies import read_dependencies
from devenv.config.dockerignore import leaves_out_the_app
from devenv.config.document import Path as Key
from devenv.config.document import dotted
from devenv.config.env_files import read_env_files
from devenv.config.environment import MANAGE, WITHOUT_MANAGE, App, DjangoProject
from devenv.config.fragments import read_fragments
from devenv.config.locate import is_file, is_folder
from devenv.config.model import AppSection
from devenv.config.mounts import check_app_mounts, read_mounts
from devenv.config.process_model import ProcessSection, RunSection
from devenv.config.reading import APP_PATH, Reading

APP: Key = ("app",)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
SETTINGS_VARIABLE = "DJANGO_SETTINGS_MODULE"
_SEARCH_DEPTH = 3
_NOT_SEARCHED = {"node_modules", "venv", "env", "site-packages", "__pycache__"}


def read_app(section: AppSection, reading: Reading) -> App:
    """The app, with what its files say."""
    folder = _folder(section.path, reading)
    project = _project(section.working_dir, folder, APP, reading, section.settings) if folder else None
    wsgi, asgi = _served(section.wsgi, section.asgi, APP, reading)
    if not (wsgi or asgi):
        wsgi, asgi = _guessed(section.settings, project)
    app = folder or reading.root
    check_app_mounts(section.volumes, ("app", "volumes"), reading)
    return App(
        path=normpath(section.path),
        working_dir=normpath(section.working_dir),
        settings=section.settings,
        wsgi=wsgi,
        asgi=asgi,
        dependencies=read_dependencies(section.dependencies if folder else None, app, reading),
        system_packages=section.system_packages,
        env=_env(section.settings, section.env, APP, reading),
        env_files=tuple(normpath(path) for path in section.env_file),
        env_file_values=read_env_files(section.env_file, app, reading) if folder else {},
        dockerignore=_dockerignore(app, reading),
        mounts=read_mounts("app", section.volumes, ("app", "volumes"), reading),
        build_args=_build_args(section, reading),
        dockerfile=read_fragments(section.dockerfile, reading),
        check_migrations=section.check_migrations,
        refresh=section.refresh,
        manage=_manage(project),
    )


def read_project(section: RunSection, app: App, key: Key, reading: Reading) -> DjangoProject | None:
    """The project of a process or job, where it is not the app's: another of the same source tree."""
    wsgi, asgi = (section.wsgi, section.asgi) if isinstance(section, ProcessSection) else (None, None)
    if not (section.working_dir or section.settings or wsgi or asgi):
        return None
    working_dir = section.working_dir or app.working_dir
    folder = reading.root / app.path
    is_known = section.working_dir is not None and is_folder(folder)
    settings = section.settings or app.settings
    project = _project(working_dir, folder, key, reading, settings) if is_known else folder / working_dir
    _env(section.settings, section.env, key, reading)
    wsgi, asgi = _served(wsgi, asgi, key, reading)
    if not (wsgi or asgi):
        wsgi, asgi = _guessed(settings, project)
    manage = _manage(project)
    return DjangoProject(
        working_dir=normpath(working_dir), settings=settings, wsgi=wsgi, asgi=asgi, manage=manage
    )


def _manage(project: Path | None) -> tuple[str, ...]:
    """What runs Django's commands in a project's folder."""
    return MANAGE if project is None or is_file(project / "manage.py") else WITHOUT_MANAGE


def _folder(path: str, reading: Reading) -> Path | None:
    """The app's folder, None where it cannot be one."""
    folder = reading.root / path
    if not folder.resolve().is_relative_to(reading.root.resolve()):
        reading.complain(("app", "path"), f"{path} is outside the folder of devenv.yaml; move devenv.yaml up")
    elif not is_folder(folder):
        reading.complain(
            ("app", "path"), f"there is no folder {path}{_elsewhere(reading.root, reading.root)}"
        )
    else:
        return folder
    return None


def _project(working_dir: str, app: Path, key: Key, reading: Reading, settings: str | None) -> Path | None:
    """The folder of manage.py; where there is none anywhere, any that settings are named for."""
    project = app / working_dir
    key = (*key, "working_dir")
    if not project.resolve().is_relative_to(app.resolve()):
        reading.complain(key, f"{working_dir} is outside app.path")
    elif not is_folder(project):
        message = f"there is no folder {working_dir} in app.path{_elsewhere(app, app)}"
        reading.lack(key, message, without=APP_PATH)
    elif not is_file(project / "manage.py") and ((elsewhere := _elsewhere(app, app)) or not settings):
        hint = elsewhere or "; write app.settings where the project has none"
        message = f"there is no manage.py in {reading.shown(project)}{hint}"
        reading.lack(key, message, without=APP_PATH)
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


def _served(wsgi: str | None, asgi: str | None, key: Key, reading: Reading) -> tuple[str | None, str | None]:
    """The WSGI and the ASGI callable that are written, at most one of them."""
    if wsgi and asgi:
        first = reading.document.place((*key, "wsgi"), (*key, "asgi"))
        message = f"one server serves one of both, and wsgi is set at {first}: keep one"
        reading.complain((*key, "asgi"), message)
    return _with_attribute(wsgi), None if wsgi else _with_attribute(asgi)


def _with_attribute(served: str | None) -> str | None:
    if served and served.endswith((".wsgi.application", ".asgi.application")):  # as WSGI_APPLICATION has it
        return f"{served.removesuffix('.application')}:application"
    return f"{served}:application" if served and ":" not in served else served


def _guessed(settings: str | None, project: Path | None) -> tuple[str | None, str | None]:
    """What Django's startproject puts beside the settings, be those a module or a package."""
    if settings is None or project is None:
        return None, None
    parts = settings.split(".")
    for length in range(len(parts) - 1, 0, -1):
        package = project.joinpath(*parts[:length])
        for module in ("wsgi", "asgi"):
            if is_file(package / f"{module}.py"):
                served = f"{'.'.join(parts[:length])}.{module}:application"
                return (served, None) if module == "wsgi" else (None, served)
    return None, None


def _env(settings: str | None, env: Mapping[str, str], key: Key, reading: Reading) -> Mapping[str, str]:
    """The variables, with the settings module where Django looks for it."""
    if settings is None:
        return dict(env)
    if env.get(SETTINGS_VARIABLE, settings) != settings:
        here, there = (*key, "env", SETTINGS_VARIABLE), (*key, "settings")
        said = f"{dotted(there)} says {settings} at {reading.document.place(there, here)}"
        reading.complain(here, f"{said}: keep one")
    return {SETTINGS_VARIABLE: settings, **env}


def _build_args(section: AppSection, reading: Reading) -> Mapping[str, str]:
    """The arguments; the host's proxies come by themselves."""
    for name in section.build_args:
        if name.upper() in PROXIES:
            reading.complain(
                ("app", "build_args", name), "devenv passes on the proxies of this machine; remove it"
            )
    return section.build_args


def _dockerignore(app: Path, reading: Reading) -> str:
    file = app / ".dockerignore"
    data = reading.read(file, lambda _why: None) if file.is_file() else None
    text = (data or b"").decode(errors="replace")
    return "" if leaves_out_the_app(text, app) else text
