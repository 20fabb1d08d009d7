"""The project's .dockerignore, as far as it is about images that hold the app."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

_EVERYTHING = frozenset(("*", "**", "/*", "/**", "**/*", "*/*"))
_PROJECTS = ("manage.py", "*/manage.py", "*/*/manage.py")


def leaves_out_the_app(text: str, app: Path) -> bool:
    """Whether it leaves out everything, manage.py too: it is of images that get the source by a mount."""
    lines = [line.strip() for line in text.splitlines()]
    if _EVERYTHING.isdisjoint(lines):
        return False
    let_in = [line[1:].strip().removeprefix("./").strip("/") for line in lines if line.startswith("!")]
    projects = [path.relative_to(app).as_posix() for pattern in _PROJECTS for path in app.glob(pattern)]
    return bool(projects) and not any(_lets_in(each, path) for each in let_in for path in projects)


def _lets_in(pattern: str, path: str) -> bool:
    above = [each.as_posix() for each in (PurePosixPath(path), *PurePosixPath(path).parents)]
    at_any_depth = pattern.removeprefix("**/")
    return any(fnmatch(each, pattern) for each in above) or fnmatch(path.rpartition("/")[2], at_any_depth)
