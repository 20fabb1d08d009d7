"""`devenv test`: the project's tests."""

from __future__ import annotations

from typing import Annotated

import typer

from devenv.cli.inside import PASS_ON, NoTerminal
from devenv.cli.invocation import invocation_of, opened


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command("test", context_settings=PASS_ON)(run_the_tests)


def run_the_tests(
    context: typer.Context,
    arguments: Annotated[list[str] | None, typer.Argument(help="What pytest or manage.py test gets.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Run again what a save touches.")] = False,
    no_tty: NoTerminal = False,
) -> None:
    """Run pytest, or `manage.py test`, in the app's container, from a start that runs share."""
    from devenv.workflows.project import open_project
    from devenv.workflows.testing import RunWatch, run_tests

    with opened(invocation_of(context)) as (checkout, machine, emit):
        project = open_project(checkout, machine)
        given = tuple(arguments or ())
        if watch:
            code = RunWatch(project, emit, given, no_terminal=no_tty).run()
        else:
            code = run_tests(project, emit, given, no_terminal=no_tty)
    raise typer.Exit(code)
