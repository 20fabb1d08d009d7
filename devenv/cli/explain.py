"""`devenv explain`: where a value comes from, and what it became."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from devenv.cli.completion import complete_keys
from devenv.cli.invocation import Format, invocation_of, opened, print_json, print_text


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command()(explain)


def explain(
    context: typer.Context,
    key: Annotated[
        str, typer.Argument(help="A key such as services.db.version.", autocompletion=complete_keys)
    ],
    output_format: Annotated[
        Format, typer.Option("--format", help="text for people, json for programs.")
    ] = Format.TEXT,
) -> None:
    """Say of a key which layer sets it where, over whom, and which generated lines it became."""
    from devenv.cli.explanation import explanation_text
    from devenv.workflows.explain import explain_key

    with opened(invocation_of(context)) as (checkout, _, _):
        found = explain_key(checkout, key)
    if output_format is Format.JSON:
        print_json(asdict(found))
    else:
        print_text(explanation_text(found))
