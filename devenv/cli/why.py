"""`devenv why`: what a change to a path does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.invocation import Format, invocation_of, opened, print_json, print_text

if TYPE_CHECKING:
    from devenv.workflows.why import Effect, Why


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command()(why)


def why(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A file or folder, there or not.")],
    output_format: Annotated[
        Format, typer.Option("--format", help="text for people, json for programs.")
    ] = Format.TEXT,
) -> None:
    """Say what a change to a path does, to which process, and why; nothing is changed by asking."""
    from devenv.workflows.why import agents_of, explain_path

    with opened(invocation_of(context)) as (checkout, machine, _):
        found = explain_path(checkout, Path.cwd() / path, agents_of(checkout, machine))
    if output_format is Format.JSON:
        print_json(asdict(found))
    else:
        print_text(why_text(found))


def why_text(found: Why) -> str:
    """A line for each thing that happens, the processes last."""
    return "\n".join([_what(found), *(f"  {line}" for line in _lines(found))])


def _what(found: Why) -> str:
    if found.what == "folder":
        count = sum(found.kinds.values())
        return f"{found.path}: a folder, {count} {'file' if count == 1 else 'files'} of it are sent"
    return f"{found.path}: there is no such file yet" if found.what == "missing" else found.path


def _lines(found: Why) -> Iterator[str]:
    because = f": {found.sent_because}" if found.sent_because else ""
    if found.sent:
        yield f"sent to the containers{because}"
    else:
        yield f"not sent to the containers{because}"
    if found.kinds:
        yield ", ".join(f"{count} {kind}" for kind, count in sorted(found.kinds.items()))
    if found.sent and found.kind:
        yield f"{found.kind}: {found.cause}"
    yield from found.work
    yield from (f"{effect.process}: {_effect(effect)}" for effect in found.effects)


def _effect(effect: Effect) -> str:
    several = f", {effect.files} files reach it" if effect.files > 1 else ""
    match effect.action:
        case "unknown":
            return f"cannot say ({effect.cause})"
        case "reload":
            return f"{_reload(effect)} ({effect.cause}{_position(effect)}{several}{_obstacle(effect)})"
        case "reset":
            return f"resets what it keeps in memory, and goes on ({effect.cause}{several})"
        case _:
            return f"nothing to do ({effect.cause or 'nothing that it reads'})"


def _reload(effect: Effect) -> str:
    if effect.rung == "cold":
        return "starts anew from cold"
    where = f"before {effect.before}" if effect.before else "at the end of its start"
    return f"reloads from its checkpoint {where}"


def _position(effect: Effect) -> str:
    return f", {effect.position} of {effect.records} in its history" if effect.position else ""


def _obstacle(effect: Effect) -> str:
    return f"; no nearer checkpoint: {effect.obstacle}" if effect.obstacle else ""
