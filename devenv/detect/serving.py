"""WSGI or ASGI: ASGI only where something needs it, since a stock asgi.py proves nothing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from devenv.detect.commands import Command
from devenv.detect.finding import Confidence, Finding, Place
from devenv.detect.roots import is_below, module_of, path_of
from devenv.detect.sockets import without_pages
from devenv.detect.tree import Tree
from devenv.detect.values import Namespace, plain

_ASGI_SERVER = re.compile(r"\b(uvicorn|daphne|hypercorn)\b|UvicornWorker")


def find_served(
    files: Tree,
    roots: Sequence[str],
    settings: Namespace,
    commands: Iterable[Command],
    scripts: Iterable[str],
    *,
    has_old_channels: bool = False,
) -> Finding | None:
    """ "wsgi" or "asgi" as the topic, the callable as the value; None where there is neither."""
    wsgi = _callable(files, roots, settings, "WSGI_APPLICATION", "wsgi")
    asgi = find_asgi(files, roots, settings)
    special = _special(files, path_of(files, roots, asgi[0].partition(":")[0])) if asgi else None
    reason = (_needs_asgi(files, settings, asgi[1], commands, scripts) or special) if asgi else None
    lacking = asgi and without_pages(files, roots, settings, asgi[0], has_old_channels=has_old_channels)
    if wsgi and lacking:
        why, place = lacking
        return Finding(topic="wsgi", value=wsgi[0], why=why, evidence=(wsgi[1], place))
    if asgi and (reason or not wsgi):
        why, place = reason or ("there is no wsgi.py", asgi[1])
        return Finding(topic="asgi", value=asgi[0], why=why, evidence=(place,))
    if wsgi:
        why = "a stock asgi.py is there too, and nothing needs it" if asgi else ""
        return Finding(topic="wsgi", value=wsgi[0], why=why, evidence=(wsgi[1],))
    return None


def find_asgi(files: Tree, roots: Sequence[str], settings: Namespace) -> tuple[str, Place] | None:
    """The ASGI callable, whether or not it serves anything."""
    return _of_channels(files, roots) or _callable(files, roots, settings, "ASGI_APPLICATION", "asgi")


def _of_channels(files: Tree, roots: Sequence[str]) -> tuple[str, Place] | None:
    """An asgi.py of Channels before 3: it sets Django up and gives what ASGI_APPLICATION names."""
    for path in (each for each in files.named("asgi.py") if is_below(each, roots)):
        for line, text in files.lines(path):
            if re.match(r"application = get_default_application\(", text):
                return f"{module_of(path, roots)}:application", Place(path, line)
    return None


def sets_up(files: Tree, roots: Sequence[str], served: str) -> bool:
    """Whether a module makes Django ready by itself, as a server that knows nothing of Django needs it."""
    path = path_of(files, roots, served.partition(":")[0])
    return re.search(r"\b(?:setup|get_\w+_application)\(", files.text(path)) is not None if path else True


def _callable(
    files: Tree, roots: Sequence[str], settings: Namespace, setting: str, name: str
) -> tuple[str, Place] | None:
    """ "package.module:attribute" by the setting, else by the file that startproject would make."""
    said = plain(settings.values.get(setting))
    if isinstance(said, str) and "." in said:
        module, _, attribute = said.rpartition(".")
        if path := path_of(files, roots, module):
            return f"{module}:{attribute}", settings.places.get(setting) or Place(path)
    candidates = [
        settings.name.split(".")[:length] for length in range(len(settings.name.split(".")) - 1, -1, -1)
    ]
    for parts in candidates:
        module = ".".join([*parts, name])
        if path := path_of(files, roots, module):
            return f"{module}:application", Place(path)
    for path in (each for each in files.named(f"{name}.py") if is_below(each, roots)):
        module = module_of(path, roots)
        if all(part.isidentifier() for part in module.split(".")):
            return f"{module}:application", Place(path)
    return None


def _needs_asgi(
    files: Tree,
    settings: Namespace,
    otherwise: Place,
    commands: Iterable[Command],
    scripts: Iterable[str],
) -> tuple[str, Place] | None:
    """Why ASGI is needed, and where that shows; None where nothing does."""
    apps = plain(settings.values.get("INSTALLED_APPS", ()))
    for app in apps if isinstance(apps, (list, tuple)) else ():
        if str(plain(app)).partition(".")[0] in {"channels", "daphne"}:
            return f"{plain(app)} is installed", settings.places.get("INSTALLED_APPS") or otherwise
    for command in commands:
        if _ASGI_SERVER.search(command.text):
            return "a command serves it", command.place
    for path in scripts:
        for line, text in files.lines(path):
            if _ASGI_SERVER.search(text) and not text.startswith("#"):
                return "a start script serves it", Place(path, line)
    return None


def _special(files: Tree, path: str | None) -> tuple[str, Place] | None:
    """An asgi.py that does more than startproject's."""
    tree = files.module(path) if path else None
    for node in ast.walk(tree) if tree and path else ():
        if isinstance(node, ast.AsyncFunctionDef):
            return f"it has its own {node.name}()", Place(str(path), node.lineno)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("ProtocolTypeRouter"):
            return "it has a ProtocolTypeRouter", Place(str(path), node.lineno)
    return None


def without_server(folder: str, command: str = "python manage.py") -> Finding:
    """A project with neither callable: Django's own server serves it. command: what runs Django's."""
    return Finding(
        topic="web",
        value=f"{command} runserver 0.0.0.0:8000",
        why=f"there is no wsgi.py or asgi.py{'' if folder == '.' else f' in {folder}'}",
        confidence=Confidence.LIKELY,
    )
