"""`devenv plan`: what `devenv up` would do, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.completion import complete_containers
from devenv.cli.invocation import Format, invocation_of, opened, print_json, print_text
from devenv.cli.lock import Frozen

if TYPE_CHECKING:
    from devenv.engine.step import Plan

EXIT_SOMETHING_TO_DO = 20


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command()(plan)


def plan(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Services and processes (default: all).", autocompletion=complete_containers),
    ] = None,
    build: Annotated[bool, typer.Option("--build", help="As if by `devenv up --build`.")] = False,
    exit_code: Annotated[
        bool,
        typer.Option("--exit-code", help=f"End with {EXIT_SOMETHING_TO_DO} where there is something to do."),
    ] = False,
    frozen: Frozen = False,
    output_format: Annotated[
        Format, typer.Option("--format", help="text for people, json for programs.")
    ] = Format.TEXT,
) -> None:
    """What `devenv up` would do, in its order, each step with its causes; nothing is done."""
    from devenv.workflows.checkout import LockTerms
    from devenv.workflows.up import UpOptions, preview_up

    options = UpOptions(only=tuple(names or ()), build=build)
    with opened(invocation_of(context), terms=LockTerms(frozen=frozen)) as (checkout, machine, _):
        found = preview_up(checkout, machine, options)
    print_plan(found, output_format)
    if found and exit_code:
        raise typer.Exit(EXIT_SOMETHING_TO_DO)


def print_plan(plan: Plan, output_format: Format) -> None:
    """Steps and what is kept, on stdout."""
    from devenv.cli.render import plan_text, plan_values

    if output_format is Format.JSON:
        print_json(plan_values(plan))
    else:
        print_text(plan_text(plan))
