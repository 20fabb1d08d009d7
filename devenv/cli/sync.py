"""`devenv sync`: whether both trees are equal, made so now, made so without believing anything."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from devenv.cli.invocation import Format, invocation_of, opened, print_json, print_text

if TYPE_CHECKING:
    from devenv.sync.convergence import Comparison

FormatOption = Annotated[Format, typer.Option("--format", help="text for people, json for programs.")]
TimeoutOption = Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds to wait at most.")]

group = typer.Typer(
    name="sync", help="How the host's tree and the containers' compare.", rich_markup_mode=None
)


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    group.command()(status)
    group.command()(flush)
    group.command()(reset)
    app.add_typer(group)


@group.callback()
def sync_group() -> None:
    """How the host's tree and the containers' compare."""


def status(context: typer.Context, output_format: FormatOption = Format.TEXT) -> None:
    """Whether both trees are equal, and every path that differs; exit code 1 where they are not."""
    from devenv.workflows.exchange import compare
    from devenv.workflows.project import open_project

    with opened(invocation_of(context)) as (checkout, machine, emit):
        found = compare(open_project(checkout, machine), emit)
    _end(found, output_format)


def flush(
    context: typer.Context, output_format: FormatOption = Format.TEXT, timeout: TimeoutOption = 60
) -> None:
    """Return when all that was saved until now is in the containers; exit code 1 where something is not."""
    from devenv.workflows.exchange import flush as flush_now
    from devenv.workflows.project import open_project

    with opened(invocation_of(context)) as (checkout, machine, emit):
        found = flush_now(open_project(checkout, machine), emit, timeout_seconds=timeout)
    _end(found, output_format)


def reset(
    context: typer.Context, output_format: FormatOption = Format.TEXT, timeout: TimeoutOption = 60
) -> None:
    """Forget what either side remembers and compare every byte; nothing is deleted on the host."""
    from devenv.workflows.exchange import flush as flush_now
    from devenv.workflows.project import open_project

    with opened(invocation_of(context)) as (checkout, machine, emit):
        project = open_project(checkout, machine)
        found = flush_now(project, emit, timeout_seconds=timeout, anew=True)
    _end(found, output_format)


def _end(found: Comparison, output_format: Format) -> NoReturn:
    from devenv.cli.render import comparison_text

    if output_format is Format.JSON:
        print_json(asdict(found) | {"is_equal": found.is_equal})
    else:
        print_text(comparison_text(found))
    raise typer.Exit(int(not found.is_equal))
