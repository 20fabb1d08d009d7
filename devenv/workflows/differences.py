"""What a devenv.yaml says otherwise than the project would have it, as lines that a reader can act on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from devenv.config import Environment
from devenv.workflows.config import environment_values

_PLAIN = ("python", "app")  # the rest no project tells
_NAMED = {"services": "image", "processes": "command", "jobs": "command"}  # what shows an entry that one has
_FOLLOWS = ("env", "gives", "mounts", "health_check", "ports", "shell")  # of a service's image and settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A value of devenv.yaml that differs from what the project says now; None where one has none."""

    path: str
    written: object
    found: object


def differences(written: Environment, found: Environment) -> Iterator[Difference]:
    """Each value that counts, a service or a process that only one of them has by its name alone."""
    here, there = environment_values(written), environment_values(found)
    for key in _PLAIN:
        yield from _differing(key, here[key], there[key])
    for key, shown in _NAMED.items():
        mine, theirs = _by_name(here[key]), _by_name(there[key])
        for name in {**mine, **theirs}:
            path = f"{key}.{name}"
            if name in mine and name in theirs:
                yield from _differing(path, mine[name], theirs[name])
            else:
                yield Difference(
                    path=path,
                    written=_told(mine, name, shown),
                    found=_told(theirs, name, shown),
                )


def _told(entries: Mapping[str, dict[str, Any]], name: str, shown: str) -> str | None:
    value = entries[name][shown] if name in entries else None
    return " ".join(value) if isinstance(value, (list, tuple)) else value


def _by_name(entries: tuple[dict[str, Any], ...]) -> dict[str, dict[str, Any]]:
    return {each["name"]: {key: each[key] for key in each if not _is_followed(each, key)} for each in entries}


def _is_followed(entry: Mapping[str, Any], key: str) -> bool:
    return "image" in entry and key in _FOLLOWS


def _differing(path: str, written: object, found: object) -> Iterator[Difference]:
    here, there = dict(_flat(path, written)), dict(_flat(path, found))
    for each in {**here, **there}:
        difference = Difference(path=each, written=here.get(each), found=there.get(each))
        if _counts(difference):
            yield difference


def _flat(path: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flat(f"{path}.{name}", inner)
    else:
        yield path, value


def _counts(each: Difference) -> bool:
    """Of variables what counts is that they are set: the value is the user's."""
    if each.path.startswith("app.env."):
        return None in (each.written, each.found)
    if each.path == "app.dependencies.as_of":  # a newer commit of the list is no reason to change what works
        return bool(each.found) and not each.written
    return each.written != each.found
