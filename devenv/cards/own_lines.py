"""What the escape hatches let in: raw keys that compose does not take, lines for the Dockerfile that fail."""

from __future__ import annotations

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


def own_line_failed(clues: Clues) -> Card | None:
    """A RUN of app.dockerfile that ended with another code than 0."""
    found = clues.search(r'process "(?:/bin/sh -c )?(.*)" did not complete successfully: exit code: (\d+)')
    if found is None or not clues.is_build:
        return None
    begun = "".join(found[1].split())[:_ENOUGH]
    for stage, text in clues.environment.app.dockerfile.items():
        if begun in "".join(text.replace("\\\n", "").split()):
            origin = clues.environment.origin_of(f"app.dockerfile.{stage}")
            return Card(
                cause=f"a line of app.dockerfile.{stage} ended with exit code {found[2]}: {found[1][:100]}",
                evidence=(_last_output(clues) or found[0],),
                next_step=f"correct it in {origin.place}" if origin else "correct it",
            )
    return None


def _last_output(clues: Clues) -> str:
    """What the step printed last, without the builder's number and time."""
    said = clues.search(r"^(?:#\d+ )?\d+\.\d+ (.+)")
    return said[1].strip() if said else ""
