"""Commands that run something inside the environment: exec, run, manage, shell; its exit code is theirs."""

from __future__ import annotations

from typing import Annotated

import typer

from devenv.cli.completion import complete_running
from devenv.cli.invocation import invocation_of, opened

PASS_ON = {"allow_interspersed_args": False, "ignore_unknown_options": True}

Name = Annotated[str, typer.Argument(help="A service or process.", autocompletion=complete_running)]
Command = Annotated[list[str], typer.Argument(help="The command and its arguments.")]
NoTerminal = Annotated[bool, typer.Option("-T", "--no-tty", help="Give the command no terminal.")]
User = Annotated[str | None, typer.Option("-u", "--user", help="Run as this user.")]
Folder = Annotated[str | None, typer.Option("-w", "--workdir", help="Run in this folder.")]
Variables = Annotated[list[str] | None, typer.Option("-e", "--env", help="Set a variable: NAME=VALUE.")]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command("exec", context_settings=PASS_ON)(exec_)
    app.command(context_settings=PASS_ON)(run)
    app.command(context_settings=PASS_ON)(manage)
    app.command()(shell)


def exec_(
    context: typer.Context,
    name: Name,
    command: Command,
    no_tty: NoTerminal = False,
    user: User = None,
    workdir: Folder = None,
    env: Variables = None,
) -> None:
    """Run a command in a running container."""
    from devenv.workflows.inside import InsideOptions, exec_in
    from devenv.workflows.project import open_project

    options = InsideOptions(no_terminal=no_tty, user=user, working_dir=workdir, env=tuple(env or ()))
    with opened(invocation_of(context)) as (checkout, machine, emit):
        code = exec_in(open_project(checkout, machine), emit, name, tuple(command), options)
    raise typer.Exit(code)


def run(
    context: typer.Context,
    name: Name,
    command: Command,
    no_tty: NoTerminal = False,
    user: User = None,
    workdir: Folder = None,
    env: Variables = None,
) -> None:
    """Run a command in a container of its own, which is removed afterwards."""
    from devenv.workflows.inside import InsideOptions, run_in
    from devenv.workflows.project import open_project

    options = InsideOptions(no_terminal=no_tty, user=user, working_dir=workdir, env=tuple(env or ()))
    with opened(invocation_of(context)) as (checkout, machine, emit):
        code = run_in(open_project(checkout, machine), emit, name, tuple(command), options)
    raise typer.Exit(code)


def manage(
    context: typer.Context,
    arguments: Annotated[list[str] | None, typer.Argument(help="What follows `python manage.py`.")] = None,
    no_tty: NoTerminal = False,
) -> None:
    """Run `python manage.py ...` in the app's container; the files that it makes come back."""
    from devenv.workflows.inside import InsideOptions, manage_in
    from devenv.workflows.project import open_project

    with opened(invocation_of(context)) as (checkout, machine, emit):
        code = manage_in(
            open_project(checkout, machine), emit, tuple(arguments or ()), InsideOptions(no_terminal=no_tty)
        )
    raise typer.Exit(code)


def shell(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(help="A service or process (default: the app).", autocompletion=complete_running),
    ] = None,
) -> None:
    """Open a shell: the app's, or the service's own, such as psql or redis-cli."""
    from devenv.workflows.inside import shell_in
    from devenv.workflows.project import open_project

    with opened(invocation_of(context)) as (checkout, machine, emit):
        code = shell_in(open_project(checkout, machine), emit, name)
    raise typer.Exit(code)
