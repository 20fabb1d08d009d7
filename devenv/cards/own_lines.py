"""What the escape hatches let in: raw keys that compose does not take, lines for the Dockerfile that fail."""

from __future__ import annotations

import re
from dataclasses import dataclass

from devenv.cards.clues import Clues
from devenv.errors import Card

_ENOUGH = 40  # characters of a command, by which its line is known again


def raw_key_refused(clues: Clues) -> Card | None:
    """Compose reads the whole file before it does anything, and says which value it cannot be."""
    found = clues.search(r"services[.\[]([a-z0-9_-]+)\]?\.([\w.-]+?)'?:? (.*)")
    if found is None or not clues.search(r"compose\.yaml: services|error decoding '"):
        return None
    name, key, why = found.groups()
    environment = clues.environment
    kinds = ("services", "processes", "jobs")
    key_of_file = next(
        (each for kind in kinds if (each := f"{kind}.{name}.compose.{key}") in environment.origins),
        f"services.{name}.compose.{key}",
    )
    return Card(
        cause=f"compose does not take `{key}` of {name}: {why}",
        evidence=(str(environment.origin_of(key_of_file) or name),),
        next_step="correct it under `compose:` in devenv.yaml; compose's own reference says what it may be",
    )


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A RUN of app.dockerfile that failed: its begin, and where in devenv.yaml the text of its stage is."""

    stage: str
    command: str
    exit_code: str
    place: str


def own_line(clues: Clues) -> OwnLine | None:
    """The one that ended the build."""
    found = clues.search(
        r'process "(?:/bin/sh -c |/dev/devenv/run (?:-c )?)?(.*)" did not complete successfully: '
        r"exit code: (\d+)"
    )
    if found is None or not clues.is_build:
        return None
    begun = _bare(found[1])[:_ENOUGH]
    for stage, text in clues.environment.app.dockerfile.items():
        if begun in _bare(text.replace("\\\n", "")):
            origin = clues.environment.origin_of(f"app.dockerfile.{stage}")
            return OwnLine(stage, found[1][:100], found[2], origin.place if origin else "")
    return None


def _bare(command: str) -> str:
    """Without what the builder shows otherwise: spaces, quotes and what escapes them."""
    return re.sub(r"[\s\"'\\,\[\]]", "", command)


def own_line_failed(clues: Clues) -> Card | None:
    """It ended with another code than 0."""
    line = own_line(clues)
    if line is None:
        return None
    return Card(
        cause=f"a line of app.dockerfile.{line.stage} ended with exit code {line.exit_code}: {line.command}",
        evidence=(_last_output(clues) or f"exit code: {line.exit_code}",),
        next_step=f"correct it in {line.place}" if line.place else "correct it",
    )


def _last_output(clues: Clues) -> str:
    """What the step printed last, without the builder's number and time."""
    said = clues.search(r"^(?:#\d+ )?\d+\.\d+ (.+)")
    return said[1].strip() if said else ""
