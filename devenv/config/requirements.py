"""Requirements files: what they include by -r and -c, and the packages that they list."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from posixpath import normpath

from devenv.config.document import Path as Key
from devenv.config.environment import Origin
from devenv.config.problems import Problem, likely
from devenv.config.reading import APP_PATH, NOT_THERE, Reading

_INCLUDE = re.compile(r"(?:-[rc]\s*=?\s*|--(?:requirement|constraint)(?:\s+|\s*=\s*))(?P<path>\S.*)")
_PACKAGE = re.compile(r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?(?=\s*(?:$|[\[=<>!~;@(]))")
_COMMENT = re.compile(r"(?:^|\s)#.*")


@dataclass(frozen=True, slots=True)
class Requirements:
    """Bytes by path in the app's folder, the named files first; normalised names of the packages, sorted."""

    contents: Mapping[str, bytes]
    packages: tuple[str, ...]


_TOOLS = ("poetry", "poetry.lock", "pipenv", "Pipfile", "Pipfile.lock", "pdm", "pdm.lock", "conda", "pip")
_OF_OTHERS = "; name a requirements file: `devenv init` makes one of poetry.lock and Pipfile"


def read_requirements(
    paths: tuple[str, ...], app: Path, reading: Reading, key_of: Callable[[int], Key]
) -> Requirements:
    """The files and all that they include, each once, however they name each other.

    key_of: the key of devenv.yaml that names the file of an index.
    """
    contents: dict[str, bytes] = {}
    packages: set[str] = set()
    asked = [
        (normpath(path), reading.document.problem(key_of(index), "")) for index, path in enumerate(paths)
    ]
    for path, asker in asked:  # grows while it is read
        if path in contents:
            continue
        if (data := _read(path, app, reading, asker)) is None:
            continue
        contents[path] = data
        content = data.decode(errors="replace")
        reading.sources[reading.shown(app / path)] = content
        for line, text in _lines(content):
            if include := _INCLUDE.fullmatch(text):
                included = normpath(f"{PurePosixPath(path).parent}/{include['path']}")
                origin = Origin(reading.shown(app / path), line, 1)
                if "://" not in text and "${" not in text:
                    asked.append((included, Problem(origin, "", f"{text}: ")))
            elif package := _PACKAGE.match(text):
                packages.add(normalised(package[0]))
    return Requirements(contents, tuple(sorted(packages)))


def _read(path: str, app: Path, reading: Reading, asker: Problem) -> bytes | None:
    """A file's bytes. `asker` is the place that names it, and gets the blame where it cannot be read."""

    def complain(why: str) -> None:
        named = asker.message or f"{path}: "
        guess = likely(path, _candidates(app)) if why == NOT_THERE else ""
        if reading.knows(APP_PATH):
            meant = f"; did you mean {guess}?" if guess else _OF_OTHERS if path in _TOOLS else ""
            message = f"{named}{why}{meant}"
            reading.problems.append(Problem(asker.origin, asker.key, message))

    if path.startswith(".."):
        complain("lies outside app.path, so it cannot get into the image")
        return None
    data = reading.read(app / path, complain)
    if data is not None and data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        complain("is UTF-16 (PowerShell's `>` writes that); save it as UTF-8")
        return None
    return data


def _candidates(app: Path) -> list[str]:
    """The requirements files that there are."""
    files = (*app.glob("*requirements*.txt"), *app.glob("requirements/*.txt"))
    return [file.relative_to(app).as_posix() for file in files]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The logical lines with the number of their first physical line; no comments, no empty ones."""
    begun, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        first = first if begun else number
        begun += _COMMENT.sub("", line)
        if begun.endswith("\\"):
            begun = begun[:-1]
            continue
        if begun.strip():
            yield first, begun.strip()
        begun = ""


def normalised(name: str) -> str:
    """A package's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
