"""Debian packages that devenv's own table cannot know of: by version, or by the project's Dockerfile."""

from __future__ import annotations

import re
from collections.abc import Iterable

from devenv.detect.dependencies import Dependencies, included
from devenv.detect.proposal import Noted
from devenv.detect.python_version import compiled
from devenv.detect.reading import Reading
from devenv.detect.roots import is_below
from devenv.detect.tree import Tree

# Of all that Dockerfiles install, what an app calls by name while it runs.
_CALLED = frozenset(
    (
        "ffmpeg",
        "gdal-bin",
        "gettext",
        "ghostscript",
        "graphviz",
        "imagemagick",
        "libmagic1",
        "pandoc",
        "poppler-utils",
    )
) | frozenset(("tesseract-ocr", "wkhtmltopdf", "exiftool", "libvips42", "xmlsec1", "git"))


_GIS = re.compile(r"^\s*(?:from|import) django\.contrib\.gis(?!\.geoip)", re.MULTILINE)
_FROM_GIT = re.compile(r"git\+|^source = \{ git =", re.MULTILINE)  # as requirements and uv.lock have it
_OF_OTHER_SYSTEMS = frozenset(("pywin32", "pywinpty", "pyobjc-core", "appnope", "winloop"))


def _without_wheel(dependencies: Dependencies, tag: str) -> Iterable[str]:
    """What the lock has as source only for a Python."""
    return (
        name
        for name, tags in dependencies.wheels.items()
        if tag not in tags and name not in _OF_OTHER_SYSTEMS
    )


def _needs_gis(files: Tree, reading: Reading) -> str:
    """Why the libraries of GeoDjango are needed: the database, an app, a model; "" where nothing is."""
    if reading.database.is_gis or "django.contrib.gis" in reading.apps:
        return "GeoDjango"
    for path in files.paths:
        if path.endswith(".py") and "models" in path and (found := _GIS.search(files.text(path))):
            return f"GeoDjango: {path}:{files.text(path).count(chr(10), 0, found.start()) + 1}"
    return ""


def _imports_tkinter(files: Tree, folder: str) -> str:
    """Where the project's code imports tkinter, as editors add it: slim images leave its libraries out."""
    for path in files.paths:
        if path.endswith(".py") and is_below(path, (folder,)) and "tkinter" in files.text(path):
            for line, text in files.lines(path):
                if re.match(r"(from|import) tkinter\b", text):
                    return f"{path}:{line} imports tkinter"
    return ""


def _of_own_code(files: Tree, folder: str, reading: Reading) -> dict[str, str]:
    found: dict[str, str] = {}
    if why := _needs_gis(files, reading):
        found |= dict.fromkeys(("binutils", "gdal-bin", "libproj-dev"), why)
    if why := _imports_tkinter(files, folder):
        found["libtk8.6"] = why
    return found


def system_packages(
    files: Tree,
    dependencies: Dependencies,
    python: str,
    dockerfiles: Iterable[str],
    reading: Reading,
    *,
    folder: str,
) -> tuple[Noted, ...]:
    """Packages with the reason for each, sorted by name."""
    found: dict[str, str] = {}
    major, minor = (int(each) for each in python.split("."))
    for name, needs in compiled(dependencies.packages, (major, minor)).items():
        version = dependencies.packages[name]
        found |= dict.fromkeys(needs, f"{name} {version} has no wheel for Python {python}")
    for name in _without_wheel(dependencies, f"cp{major}{minor}"):
        found |= dict.fromkeys(("gcc", "libc6-dev"), f"{name} has no wheel for Python {python} in the lock")
    if "psycopg[c]" in dependencies.packages and dependencies.kind == "requirements":
        found |= dict.fromkeys(("gcc", "libc6-dev", "libpq-dev", "libpq5"), "psycopg[c] is compiled")
    found |= _of_own_code(files, folder, reading)
    listed = [files.text(path) for path in included(files, dependencies.files)]
    if any(map(_FROM_GIT.search, (*listed, dependencies.export))):
        found["git"] = "a requirement comes from a git repository"
    for path in list(dockerfiles)[:1]:
        for line, text in files.lines(path):
            for word in re.findall(
                r"[a-z][\w.+-]+", text if not text.startswith(("#", "FROM", "COPY")) else ""
            ):
                if word in _CALLED and word != "git":
                    found.setdefault(word, f"{path}:{line}")
    return tuple(Noted(name, found[name]) for name in sorted(found))
