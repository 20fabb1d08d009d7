"""`devenv adopt`: keep what was edited by hand in generated files."""

from __future__ import annotations

import typer

from devenv.cli.invocation import invocation_of, opened, print_text


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command()(adopt)


def adopt(context: typer.Context) -> None:
    """Take edits of .devenv/compose.yaml and .devenv/Dockerfile over into devenv.local.yaml."""
    from devenv.workflows.adopt import adopt_edits

    with opened(invocation_of(context)) as (checkout, machine, emit):
        keys = adopt_edits(checkout, machine, emit)
    print_text("\n".join(keys) or "nothing was edited by hand")
