"""Models without a migration: which files are about models, and what Django says of them. Pure."""

from __future__ import annotations

import re

_NICE = ("nice", "-n", "19")
_CHECK = ("makemigrations", "--check", "--dry-run", "--no-color")
MISSING = 1  # what `--check` ends with; an exception ends with it, too, and says nothing on stdout
SHOWN = 3

_APP = re.compile(r"^Migrations for '(.+)':$")
_OPERATION = re.compile(r"^\s+[-+~] (.+)$")


def check_command(manage: tuple[str, ...]) -> tuple[str, ...]:
    """What asks Django. manage: what runs its commands."""
    return (*_NICE, *manage, *_CHECK)


def is_of_models(path: str) -> bool:
    """Whether models are defined there, as Django projects have it."""
    *folders, name = path.split("/")
    return name == "models.py" or (name.endswith(".py") and "models" in folders)


def missing_migrations(exit_code: int, output: str) -> str:
    """The one line about what `check_command` printed; "" where nothing is missing, or it could not tell."""
    if exit_code != MISSING:
        return ""
    changes: dict[str, list[str]] = {}
    for line in output.splitlines():
        if found := _APP.match(line):
            changes[found[1]] = []
        elif changes and (found := _OPERATION.match(line)):
            changes[[*changes][-1]].append(found[1][0].lower() + found[1][1:])
    return "; ".join(
        f"{app}: models changed without a migration ({_few(operations)})"
        for app, operations in changes.items()
    )


def _few(operations: list[str]) -> str:
    more = len(operations) - SHOWN
    return ", ".join([*operations[:SHOWN], *([f"{more} more"] if more > 0 else [])])
