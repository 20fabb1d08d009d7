"""Which Python: what the project pins, held against what its Django and its packages can run on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from posixpath import basename, join

from devenv.detect.dependencies import Dependencies
from devenv.detect.dockerfiles import python_of
from devenv.detect.finding import Confidence, Finding, Place
from devenv.detect.tree import Tree

Version = tuple[int, int]
# Django's release -> the oldest and the newest Python that its release notes name.
_DJANGO: Mapping[Version, tuple[Version, Version]] = {
    (1, 7): ((2, 7), (2, 7)),
    (1, 9): ((2, 7), (3, 5)),
    (1, 11): ((2, 7), (3, 7)),
    (2, 1): ((3, 5), (3, 7)),
    (2, 2): ((3, 5), (3, 9)),
    (3, 1): ((3, 6), (3, 9)),
    (3, 2): ((3, 6), (3, 10)),
    (4, 0): ((3, 8), (3, 10)),
    (4, 1): ((3, 8), (3, 11)),
    (4, 2): ((3, 8), (3, 12)),
    (5, 0): ((3, 10), (3, 12)),
    (5, 2): ((3, 10), (3, 13)),
    (99, 0): ((3, 12), (3, 14)),
}
_COMPILER = ("gcc", "libc6-dev")


def _firsts(releases: str, since: int = 7) -> Mapping[Version, str]:
    """Releases by Python, from Python 3.`since` on."""
    return {(3, minor): release for minor, release in enumerate(releases.split(), since)}


# A package's first release that brings a wheel for a Python; an older one is compiled, with these packages.
_WHEELS: Mapping[str, tuple[Mapping[Version, str], tuple[str, ...]]] = {
    "aiohttp": (_firsts("3.7 3.8 3.8 3.8.3 3.9 3.10.6 3.13", 8), _COMPILER),
    "cffi": (_firsts("1.11.5 1.13 1.14.3 1.15 1.15.1 1.16 1.17 2.0"), (*_COMPILER, "libffi-dev")),
    "gevent": (_firsts("1.3.5 20.4 20.9 21.8 22.10 23.9 24.10 25.9"), (*_COMPILER, "libffi-dev")),
    "greenlet": (_firsts("0.4.14 0.4.16 1.0 1.1.2 2.0 3.0 3.1 3.2.4"), ("g++", "libc6-dev")),
    "grpcio": (_firsts("1.13 1.25 1.33 1.41 1.49.1 1.59 1.66.2 1.75.1"), ("g++", "libc6-dev")),
    "hiredis": (_firsts("0.2 1.0.1 2.0 2.1 2.1 2.2.3 3.0 3.3"), _COMPILER),
    "httptools": (_firsts("0.1 0.1 0.1.2 0.3 0.5 0.6.1 0.6.2 0.7.1"), _COMPILER),
    "lxml": (
        _firsts("4.2.2 4.4.2 4.6 4.6.4 4.9.2 4.9.3 5.3 6.0.1"),
        (*_COMPILER, "libxml2-dev", "libxslt1-dev"),
    ),
    "multidict": (_firsts("4.3.1 4.6 5.0 5.2 6.0.3 6.0.5 6.1 6.6.4"), _COMPILER),
    "numpy": (_firsts("1.14.5 1.17.3 1.19.3 1.21.2 1.23.2 1.26 2.1 2.3.2"), ("g++", "libc6-dev")),
    "pandas": (_firsts("0.23.2 0.25.3 1.1.4 1.3.3 1.5.1 2.1.1 2.2.3 2.3.3"), ("g++", "libc6-dev")),
    "pillow": (
        _firsts("5.2 6.2.1 8.0 8.4 9.3 10.1 10.4 12.0"),
        (*_COMPILER, "libjpeg62-turbo-dev", "zlib1g-dev"),
    ),
    "psycopg2-binary": (
        _firsts("2.7.5 2.8.4 2.8.6 2.9.2 2.9.5 2.9.8 2.9.10 2.9.11"),
        (*_COMPILER, "libpq-dev"),
    ),
    "psycopg-binary": (_firsts("3.1.12 3.2.2 3.2.10", 12), ()),
    "pydantic-core": (_firsts("2.20 2.40", 13), ()),
    "pyyaml": (_firsts("6.0 6.0 6.0.1 6.0.2 6.0.3", 10), _COMPILER),
    "twisted": (_firsts("21.2 " * 10, 5), _COMPILER),
    "typed-ast": (_firsts("1.1 1.4 1.4.1 1.5 1.5.5 99"), _COMPILER),  # without one for 3.12 and later
    "uvloop": (_firsts("0.11 0.14 0.15 0.16 0.17 0.18 0.21 0.22"), (*_COMPILER, "make")),
    "yarl": (_firsts("1.2.6 1.4 1.6 1.7 1.8.1 1.9.3 1.15 1.20.1"), _COMPILER),
}
_PINNED = re.compile(r"(?:python-?|cpython-)?(?P<major>\d)\.(?P<minor>\d+)")
_CLAUSE = re.compile(r"(?P<operator>[<>=!~^]=?=?)?\s*v?(?P<major>\d)(?:\.(?P<minor>\d+))?(?P<rest>[\w.*]*)")


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    place: Place
    who: str

    @property
    def pinned(self) -> Version | None:
        """The version, where the text names just one."""
        match = _PINNED.match(self.text.strip())
        return (int(match["major"]), int(match["minor"])) if match else None


def choose_python(
    files: Tree,
    folders: Iterable[str],
    dockerfiles: Iterable[str],
    dependencies: Dependencies,
    known: tuple[Version, ...],
    *,
    newest: Version | None = None,
) -> Finding:
    """The version that the project pins, else the newest that its requires-python, Django and packages allow.

    known: those that devenv has images for, the newest first. newest: of the day that packages are taken of.
    """
    packages = dependencies.packages
    folders = tuple(folders)
    pins = [each for each in _pins(files, folders, dockerfiles) if each.pinned]
    ranges = list(_ranges(files, folders))
    oldest, of_django = _djangos(packages.get("django", ""))
    fitting = [each for each in pins if _fits(each.pinned, ranges, oldest)]
    others = ", ".join(f"{each.who} says {_shown(each.pinned)}" for each in pins if each not in fitting)
    if fitting:
        return _pinned(fitting, others, known)
    if newest:
        least = min((each for each in known if _fits(each, ranges, oldest)), default=newest)
        of_django = min(of_django, max(newest, least))
    return _newest(dependencies, ranges, djangos=(oldest, of_django), others=others, known=known)


def _pinned(fitting: list[_Said], others: str, known: tuple[Version, ...]) -> Finding:
    first = fitting[0]
    version = first.pinned
    assert version is not None
    different = [each for each in fitting if each.pinned != version]
    why = f"{first.who} names it"
    if different or others:
        said = ", ".join(f"{each.who} says {_shown(each.pinned)}" for each in different)
        why += f"; {', '.join(filter(None, (said, others)))}"
    used = next((each for each in reversed(known) if each >= version), known[0])
    if used != version:
        why = f"{first.who} names {_shown(version)}, the nearest that devenv has is {_shown(used)}"
    return Finding(
        topic="python",
        value=_shown(used),
        why=why,
        evidence=tuple(each.place for each in (first, *different)),
        confidence=Confidence.CERTAIN if used == version and not different else Confidence.LIKELY,
    )


def _newest(
    dependencies: Dependencies,
    ranges: list[_Said],
    *,
    djangos: tuple[Version, Version],
    others: str,
    known: tuple[Version, ...],
) -> Finding:
    allowed = [each for each in known if djangos[0] <= each <= djangos[1] and _fits(each, ranges, djangos[0])]
    packages = dependencies.packages
    with_wheels = sorted(allowed, key=lambda each: (each[0] < 3, _to_compile(dependencies, each)))
    fitting = with_wheels or [each for each in known if _fits(each, ranges, (0, 0))] or known
    version = fitting[0]
    django = packages.get("django") or "of today"
    why = f"the newest that Django {django} and the packages run on"
    if djangos[1] < known[-1]:
        version, why = known[-1], f"Django {django} wants {_shown(djangos[1])}; the oldest that devenv has"
    if ranges:
        why = f"{ranges[0].who} says {ranges[0].text}; {why}"
    return Finding(
        topic="python",
        value=_shown(version),
        why="; ".join(filter(None, (why, others))),
        evidence=tuple(each.place for each in ranges),
        confidence=Confidence.LIKELY if ranges else Confidence.GUESS,
    )


def _to_compile(dependencies: Dependencies, python: Version) -> int:
    """How many packages have no wheel for a Python."""
    tag = f"cp{python[0]}{python[1]}"
    in_lock = sum(tag not in pythons for pythons in dependencies.wheels.values())
    return len(compiled(dependencies.packages, python)) + in_lock


def compiled(packages: Mapping[str, str], python: Version) -> Mapping[str, tuple[str, ...]]:
    """The packages whose version has no wheel for a Python, with what compiling them needs of the system."""
    found = {}
    for name, (firsts, needs) in _WHEELS.items():
        version = packages.get(name, "")
        since = [first for wheels_for, first in firsts.items() if wheels_for <= python]
        if version and since and _numbers(version) < _numbers(since[-1]):
            found[name] = needs
    return found


def compiled_at_all(packages: Iterable[str]) -> bool:
    """Whether one of the packages is compiled where it has no wheel for a Python."""
    return not _WHEELS.keys().isdisjoint(packages)


def _djangos(version: str) -> tuple[Version, Version]:
    numbers = _numbers(version)[:2]
    if not version:
        return (2, 0), (3, 99)
    if (1, 11) <= _numbers(version) < (1, 11, 17):  # its admin is no code that Python 3.7 can read
        return (2, 7), (3, 6)
    for release, pythons in _DJANGO.items():
        if tuple(numbers) <= release:
            return pythons
    return (3, 12), (3, 99)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in re.findall(r"\d+", version)[:3])


def _shown(version: Version | None) -> str:
    return ".".join(map(str, version or ()))


def _pins(files: Tree, folders: Iterable[str], dockerfiles: Iterable[str]) -> Iterator[_Said]:
    """What names one version, the most telling first: what it runs on, then what tools would install."""
    for path in dockerfiles:
        if found := python_of(files, path):
            yield _Said(found[0], Place(path, found[1]), basename(path))
    for folder in folders:
        for name in (".python-version", "runtime.txt"):
            for line, text in files.lines(join(folder, name)):
                if text and not text.startswith("#"):
                    yield _Said(text, Place(_at(folder, name), line), name)
                    break
        for line, text in files.lines(join(folder, ".tool-versions")):
            if text.startswith("python "):
                yield _Said(
                    text.removeprefix("python "), Place(_at(folder, ".tool-versions"), line), ".tool-versions"
                )
        requires = _toml(files, join(folder, "Pipfile")).get("requires")
        if isinstance(requires, dict):
            said = str(requires.get("python_version") or requires.get("python_full_version") or "")
            yield _Said(
                said,
                Place(_at(folder, "Pipfile"), _line(files, join(folder, "Pipfile"), "python_")),
                "Pipfile",
            )


def _ranges(files: Tree, folders: Iterable[str]) -> Iterator[_Said]:
    for folder in folders:
        path = join(folder, "pyproject.toml")
        content = _toml(files, path)
        project, poetry = content.get("project"), _poetry(content)
        if isinstance(project, dict) and isinstance(said := project.get("requires-python"), str):
            yield _Said(
                said,
                Place(_at(folder, "pyproject.toml"), _line(files, path, "requires-python")),
                "requires-python",
            )
        elif isinstance(said := poetry.get("python"), str):
            yield _Said(
                said, Place(_at(folder, "pyproject.toml"), _line(files, path, "python")), "pyproject.toml"
            )
        for line, text in files.lines(join(folder, "setup.cfg")):
            if text.startswith("python_requires"):
                said = text.partition("=")[2].strip()
                yield _Said(said, Place(_at(folder, "setup.cfg"), line), "setup.cfg")


def _poetry(content: Mapping[str, object]) -> Mapping[str, object]:
    tool = content.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    found = poetry.get("dependencies") if isinstance(poetry, dict) else None
    return found if isinstance(found, dict) else {}


def _toml(files: Tree, path: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(files.text(path))
    except tomllib.TOMLDecodeError:
        return {}


def _line(files: Tree, path: str, beginning: str) -> int:
    return next((line for line, text in files.lines(path) if text.startswith(beginning)), 0)


def _at(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"


def _fits(version: Version | None, ranges: Iterable[_Said], oldest: Version) -> bool:
    return version is not None and version >= oldest and all(allows(each.text, version) for each in ranges)


def allows(specifier: str, version: Version) -> bool:
    """Whether `>=3.10,<3.13`, `==3.13.*`, `^3.11` or `~3.12` allows a Python of this minor version."""
    return any(
        all(_clause(match, version) for match in _CLAUSE.finditer(alternative))
        for alternative in specifier.split("||")
    )


def _clause(match: re.Match[str], version: Version) -> bool:
    said = (int(match["major"]), int(match["minor"] or 0))
    has_patch = bool(
        match["rest"].strip(".*0")
    )  # `<3.13.1` and `>3.12.1` leave room within the minor version
    same_major = version[0] == said[0]
    verdicts = {
        ">=": version >= said,
        "<=": version <= said,
        ">": version > said or (version == said and has_patch),
        "<": version < said or (version == said and has_patch),
        "!=": version != said or has_patch,
        "^": version >= said and same_major,
        "~=": version == said if match["rest"] else version >= said and same_major,
    }
    equal = version == said if match["minor"] else same_major
    return verdicts.get(match["operator"] or "==", equal)
