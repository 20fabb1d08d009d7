"""Folders outside of the project that the settings write to: each becomes a volume of the app's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from posixpath import join

from devenv.detect.proposal import Noted
from devenv.detect.tree import Tree
from devenv.detect.values import ROOT, Namespace, plain

APP = PurePosixPath("/app")  # where the project is in its containers
_NAME = re.compile(
    r"(?:^|_)(?:LOGS?|LOGGING|MEDIA|STATIC|DATA|UPLOADS?|STORAGE|FILES?|CACHE)_?(?:ROOT|DIR|DIRECTORY|FOLDER|PATH)$"
)
_OF_THE_SYSTEM = frozenset(
    ("bin", "boot", "dev", "etc", "home", "lib", "lib64", "proc", "root", "run", "sbin", "sys", "tmp", "usr")
)
_SHARED = frozenset(
    ("/", "/opt", "/srv", "/var", "/var/cache", "/var/lib", "/var/run", "/var/tmp", "/var/www")  # noqa: S108 - names
)


def is_free(folder: str) -> bool:
    """Whether a volume may take the place of a folder: it is nobody's but the app's."""
    first = folder.split("/")[1:2]
    return folder.startswith("/") and folder not in _SHARED and not _OF_THE_SYSTEM & {*first}


def volume_name(folder: str) -> str:
    """A name for the volume that stands there."""
    return re.sub(r"[^a-z0-9]+", "-", folder.rpartition("/")[2].lower()).strip("-") or "data"


def outer_folders(settings: Namespace, files: Tree, folder: str) -> Mapping[str, Noted]:
    """Volumes by name: the path of each, and the line that says so.

    folder: what stands in /app; a folder of the project's own there is hidden by no volume.
    """
    found: dict[str, Noted] = {}
    for name, written in _folders(settings):
        path = str(written)
        if is_free(path) and not written.is_relative_to(ROOT) and not _is_own(written, files, folder):
            found.setdefault(volume_name(path), Noted(path, str(settings.places.get(name, name))))
    return found


def is_in_the_way(settings: Namespace, files: Tree, folder: str) -> bool:
    """Whether the settings write to a folder of the project's own, were `folder` to stand in /app.

    Who writes to /app/backend where `backend` is that folder has the whole repository in /app.
    """
    return any(
        _is_own(written, files, folder) or (folder != "." and written.is_relative_to(APP / folder))
        for _, written in _folders(settings)
    )


def _is_own(written: PurePosixPath, files: Tree, folder: str) -> bool:
    return written.is_relative_to(APP) and files.has_folder(join(folder, written.relative_to(APP)))


def _folders(settings: Namespace) -> Iterator[tuple[str, PurePosixPath]]:
    logging = plain(settings.values.get("LOGGING"))
    handlers = plain(logging.get("handlers")) if isinstance(logging, dict) else None
    for handler in handlers.values() if isinstance(handlers, dict) else ():
        known = plain(handler)
        path = plain(known.get("filename")) if isinstance(known, dict) else None
        if isinstance(path, (str, PurePosixPath)) and str(path).startswith("/"):
            yield "LOGGING", PurePosixPath(path).parent
    for name, value in settings.values.items():
        path = plain(value)
        if _NAME.search(name) and isinstance(path, (str, PurePosixPath)) and str(path).startswith("/"):
            yield name, PurePosixPath(path)
