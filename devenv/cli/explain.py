"""`devenv explain`: where a value comes from, and what it became."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from devenv.cli.invocation import Format, invocation_of, opened, print_json, print_text
from devenv.errors import DevenvError


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command()(explain)


def keys(context: typer.Context, incomplete: str) -> list[str]:
    """Completion: the keys that there are; none where devenv.yaml is not valid."""
    from devenv.config import Choice
    from devenv.workflows.checkout import open_checkout
    from devenv.workflows.explain_key import explainable_keys

    chosen = context.parent.params.get("file") if context.parent else None
    try:
        checkout = open_checkout(Path.cwd(), chosen, Choice(environ=os.environ))
    except DevenvError:
        return []
    return [key for key in explainable_keys(checkout) if key.startswith(incomplete)]


def explain(
    context: typer.Context,
    key: Annotated[str, typer.Argument(help="A key such as services.db.version.", autocompletion=keys)],
    output_format: Annotated[
        Format, typer.Option("--format", help="text for people, json for programs.")
    ] = Format.TEXT,
) -> None:
    """Say of a key which layer sets it where, over whom, and which generated lines it became."""
    from devenv.cli.explanation import explanation_text
    from devenv.workflows.explain_key import explain_key

    with opened(invocation_of(context)) as (checkout, _, _):
        found = explain_key(checkout, key)
    if output_format is Format.JSON:
        print_json(asdict(found))
    else:
        print_text(explanation_text(found))
