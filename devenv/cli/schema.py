"""`devenv schema`: completion and checks of devenv.yaml in the editor."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from devenv.cli.invocation import invocation_of, print_text


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command()(schema)


def schema(
    context: typer.Context,
    write: Annotated[
        bool, typer.Option("--write", help="Write it to .devenv/ instead, and say how an editor finds it.")
    ] = False,
    layer: Annotated[
        bool, typer.Option("--layer", help="The schema of devenv.local.yaml and of files to extend.")
    ] = False,
) -> None:
    """The JSON schema of devenv.yaml: an editor that has it completes keys and underlines mistakes."""
    from devenv.workflows.schema import MODELINE, schema_text, write_schema

    if not write:
        print_text(schema_text(of_layer=layer))
        return
    invocation = invocation_of(context)
    file = write_schema(Path.cwd(), invocation.file)
    if not invocation.quiet:
        sys.stderr.write(f"wrote {file}; editors find it by this line at the top of devenv.yaml:\n")
    print_text(MODELINE)
