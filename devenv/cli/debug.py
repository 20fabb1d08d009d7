"""Commands that look into a process that runs: attach, debug."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from devenv.cli.completion import complete_running
from devenv.cli.invocation import invocation_of, opened, print_text

Process = Annotated[
    str | None, typer.Argument(help="A process (default: web).", autocompletion=complete_running)
]


class Editor(StrEnum):
    """Whose configuration to write."""

    VSCODE = "vscode"
    PYCHARM = "pycharm"


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(attach)
    app.command()(debug)


def attach(context: typer.Context, name: Process = None) -> None:
    """Open pdb here for each breakpoint() that the process stops at."""
    from devenv.workflows.debug import attach_to
    from devenv.workflows.project import open_project

    with opened(invocation_of(context)) as (checkout, machine, _):
        code = attach_to(open_project(checkout, machine), name or checkout.web_process())
    raise typer.Exit(code)


def debug(
    context: typer.Context,
    name: Process = None,
    port: Annotated[int, typer.Option("--port", help="Where the editor connects, on 127.0.0.1.")] = 5678,
    write: Annotated[
        Editor | None, typer.Option("--write", help="Only write the editor's configuration.")
    ] = None,
) -> None:
    """Let an editor's debugger into a process, across reloads; debugpy is installed where it runs."""
    from devenv.workflows.debug import debug_process
    from devenv.workflows.launch import pycharm_note, write_launch
    from devenv.workflows.project import open_project

    with opened(invocation_of(context)) as (checkout, machine, emit):
        chosen = name or checkout.web_process()
        if write is Editor.VSCODE:
            print_text(write_launch(checkout, chosen, port))
        elif write is Editor.PYCHARM:
            print_text(pycharm_note(checkout, port))
        else:
            debug_process(open_project(checkout, machine), chosen, port, emit)
