"""The files that decide the third-party packages, with digests: requirements files, or uv's lock."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from posixpath import normpath

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from devenv.config.document import Path as Key
from devenv.config.environment import Dependencies, DependencyFile
from devenv.config.model import DependenciesSection
from devenv.config.problems import did_you_mean
from devenv.config.reading import APP_PATH, Reading
from devenv.config.requirements import normalised, read_requirements

KEY: Key = ("app", "dependencies")
_UV = {("uv",), ("uv.lock",), ("pyproject.toml",)}
_WITHOUT_A_DAY = {
    "uv": "uv.lock says each version, of whatever day",
    "none": "no file lists packages, so there is no version to choose",
}


def read_dependencies(section: DependenciesSection | None, app: Path, reading: Reading) -> Dependencies:
    """What `dependencies` asks for, or else what the app's folder has."""
    section = section or DependenciesSection()
    files = section.file or _what_is_there(app)
    if section.as_of and (why := _WITHOUT_A_DAY.get("uv" if files in _UV else files[0])):
        reading.complain((*KEY, "as_of"), f"{why}; remove it")
    if files == ("none",):
        return Dependencies(kind="none")
    if files in _UV:
        return _uv(section.groups, section.extras, app, reading)
    for key in (key for key in ("groups", "extras") if getattr(section, key)):
        message = f"only pyproject.toml has {key}; list several requirements files instead"
        reading.complain((*KEY, key), message)
    return replace(_requirements(files, app, reading), as_of=section.as_of or "")


def _what_is_there(app: Path) -> tuple[str, ...]:
    found = [file for file in ("uv.lock", "requirements.txt") if (app / file).is_file()]
    return (*found, "none")[:1]


def _file_key(reading: Reading, index: int) -> Key:
    """Where the file is named: in `dependencies` itself, its list, or the full form."""
    for key in ((*KEY, "file", index), (*KEY, index), (*KEY, "file")):
        if reading.document.at(key) is not None:
            return key
    return KEY


def _requirements(paths: tuple[str, ...], app: Path, reading: Reading) -> Dependencies:
    found = read_requirements(paths, app, reading, lambda index: _file_key(reading, index))
    files = tuple(DependencyFile(path, _digest(data)) for path, data in found.contents.items())
    return Dependencies(
        kind="requirements", files=files, packages=found.packages, roots=len(set(map(normpath, paths)))
    )


def _uv(groups: tuple[str, ...] | None, extras: tuple[str, ...], app: Path, reading: Reading) -> Dependencies:
    """pyproject.toml and the uv.lock beside it."""

    def complain(message: str) -> None:
        reading.lack(_file_key(reading, 0), message, without=APP_PATH)

    project = reading.read(app / "pyproject.toml", lambda why: complain(f"pyproject.toml: {why}"))
    lock = reading.read(app / "uv.lock", lambda why: complain(f"uv.lock: {why}; `uv lock` makes it"))
    if project is None or lock is None:
        return Dependencies(kind="uv")
    try:
        content = tomllib.loads(project.decode())
        known, optional = _groups(content), _extras(content)
        packages = _locked(tomllib.loads(lock.decode()))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        complain(f"pyproject.toml or uv.lock is not valid TOML: {error}")
        return Dependencies(kind="uv")
    for key, what, said, there in (
        ("groups", "dependency group", groups or (), known),
        ("extras", "extra", extras, optional),
    ):
        for index, name in enumerate(said):
            if name not in there:
                reading.complain((*KEY, key, index), f"no such {what}; {did_you_mean(name, there)}")
    return Dependencies(
        kind="uv",
        files=(DependencyFile("pyproject.toml", _digest(project)), DependencyFile("uv.lock", _digest(lock))),
        groups=groups if groups is not None else tuple(group for group in known if group == "dev"),
        extras=extras,
        packages=packages,
        uv_versions=_uv_versions(content),
    )


def _uv_versions(project: Mapping[str, object]) -> str:
    """What `required-version` asks for, as pip takes it; uv itself says what is wrong with another text."""
    tool = project.get("tool")
    uv = tool.get("uv") if isinstance(tool, dict) else None
    said = str(uv.get("required-version", "")) if isinstance(uv, dict) else ""
    for text in (said, f"=={said}"):
        with suppress(InvalidSpecifier):
            return str(SpecifierSet(text))
    return ""


def _groups(project: dict[str, object]) -> tuple[str, ...]:
    groups = project.get("dependency-groups")
    return tuple(groups) if isinstance(groups, dict) else ()


def _extras(content: dict[str, object]) -> tuple[str, ...]:
    project = content.get("project")
    extras = project.get("optional-dependencies") if isinstance(project, dict) else None
    return tuple(extras) if isinstance(extras, dict) else ()


def _locked(lock: dict[str, object]) -> tuple[str, ...]:
    """The names of the packages in uv.lock."""
    packages = lock.get("package")
    names = (
        [each.get("name") for each in packages if isinstance(each, dict)]
        if isinstance(packages, list)
        else []
    )
    return tuple(sorted({normalised(name) for name in names if isinstance(name, str)}))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
