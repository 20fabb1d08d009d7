"""The commands as one typer application."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from devenv import __version__
from devenv.cli import (
    adopt,
    databases,
    debug,
    env,
    environments,
    explain,
    init,
    inside,
    inspect,
    job,
    lifecycle,
    lock,
    plan,
    reference,
    schema,
    sync,
    test,
    why,
)
from devenv.cli.completion import complete_profiles
from devenv.cli.invocation import Invocation, print_text
from devenv.cli.misused import NotTaken, report_misuse

HELP = """One devenv.yaml, and a Django app and its services run in containers, live as you type.

Start with `devenv up`: it builds, starts, waits until the app answers, then sends every save into the
containers. `devenv plan` prints what it would do, and why.
"""

app = typer.Typer(name="devenv", help=HELP, no_args_is_help=True, rich_markup_mode=None)


def show_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        print_text(f"devenv {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Option("-f", "--file", help="The devenv.yaml (default: here or in a folder above)."),
    ] = None,
    project_name: Annotated[
        str | None, typer.Option("-p", "--project-name", help="The compose project's name.")
    ] = None,
    profiles: Annotated[
        list[str] | None,
        typer.Option(
            "--profile",
            metavar="NAME",
            help="Switch on a profile of devenv.yaml; repeatable.",
            autocompletion=complete_profiles,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Say only what went wrong.")] = False,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Show what docker and compose print.")
    ] = False,
    version: Annotated[  # noqa: ARG001 the callback has acted by now
        bool, typer.Option("--version", help="Print devenv's version.", callback=show_version, is_eager=True)
    ] = False,
) -> None:
    """Options that stand before the command's name, as compose has them."""
    context.obj = Invocation(
        file=file,
        project_name=project_name,
        profiles=tuple(profiles or ()),
        quiet=quiet,
        verbose=verbose,
    )


lifecycle.register(app)
plan.register(app)
adopt.register(app)
lock.register(app)
init.register(app)
inside.register(app)
job.register(app)
inspect.register(app)
environments.register(app)
databases.register(app)
explain.register(app)
sync.register(app)
schema.register(app)
reference.register(app)
env.register(app)
test.register(app)
why.register(app)
debug.register(app)


def run_app(arguments: list[str]) -> int:
    """Run one command line; returns the exit code. Raises DevenvError."""
    command = typer.main.get_command(app)
    try:
        code = command(args=arguments, prog_name="devenv", standalone_mode=False)
    except NotTaken as error:
        return report_misuse(error, arguments)
    except typer.Abort:
        typer.echo("aborted", err=True)
        return 1
    except SystemExit as end:
        code = end.code
    return code if isinstance(code, int) else 0
