"""Pages that a front end's build makes: folders that TEMPLATES looks in and git does not have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from posixpath import dirname, join
from typing import Any

from devenv.detect.env_files import is_ignored
from devenv.detect.finding import Confidence, Finding, Place
from devenv.detect.locks import load_json
from devenv.detect.roots import is_below
from devenv.detect.tree import Tree
from devenv.detect.values import ROOT, Namespace, plain


def built_pages(settings: Namespace, files: Tree, path: str) -> dict[str, str]:
    """Such folders in `path`, each with the package.json above it that has a script `build`."""
    found = {}
    for folder in _folders(settings):
        makers = (join(above, "package.json") for above in _above(folder))
        maker = next((path for path in makers if _builds(files, path)), None)
        if maker and is_below(folder, (path,)) and not files.has_folder(folder) and is_ignored(files, folder):
            found[folder] = maker
    return found


def about_pages(pages: dict[str, str], settings: Namespace) -> Iterator[Finding]:
    """What has to be built before there is anything to see."""
    for folder, maker in pages.items():
        where = dirname(maker)
        command = f"cd {where} && npm install && npm run build" if where else "npm install && npm run build"
        place = settings.places.get("TEMPLATES") or Place(maker)
        yield Finding(
            topic="open",
            value=f"{folder}, where TEMPLATES looks, is not built",
            why=f"`{command}` on this machine makes it; sync.ignore lets it come along",
            evidence=(place,),
            confidence=Confidence.LIKELY,
        )


def _folders(settings: Namespace) -> Iterator[str]:
    engines: Any = plain(settings.values.get("TEMPLATES"))
    for engine in engines if isinstance(engines, (list, tuple)) else ():
        known: Any = plain(engine)
        said: Any = plain(known.get("DIRS")) if isinstance(known, dict) else None
        for each in map(plain, said if isinstance(said, (list, tuple)) else ()):
            path = PurePosixPath(str(each))
            if isinstance(each, (str, PurePosixPath)) and path != ROOT and path.is_relative_to(ROOT):
                yield path.relative_to(ROOT).as_posix()


def _above(folder: str) -> Iterator[str]:
    """The folders that it is in, the nearest first, the root of the tree as ""."""
    while folder:
        folder = dirname(folder)
        yield folder


def _builds(files: Tree, path: str) -> bool:
    content = load_json(files.text(path)) if files.has(path) else None
    scripts = content.get("scripts") if isinstance(content, dict) else None
    return isinstance(scripts, dict) and "build" in scripts
