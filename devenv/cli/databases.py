"""`devenv db`: snapshots of the app's database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.invocation import Format, confirm, invocation_of, opened, print_json, print_text

if TYPE_CHECKING:
    from devenv.events import Emit
    from devenv.workflows.databases import Server

ServiceOption = Annotated[
    str | None, typer.Option("--service", "-s", help="The database service, where there are several.")
]
Yes = Annotated[bool, typer.Option("-y", "--yes", help="Answer the question with yes.")]
FormatOption = Annotated[Format, typer.Option("--format", help="text for people, json for programs.")]

group = typer.Typer(
    name="db", help="The app's database: snapshots, a new one, the next version.", rich_markup_mode=None
)


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    group.command()(snapshot)
    group.command()(restore)
    group.command("list")(list_)
    group.command()(remove)
    group.command()(reset)
    group.command()(upgrade)
    group.command()(shell)
    app.add_typer(group)


@group.callback()
def db_group() -> None:
    """The app's database: snapshots, a new one, the next version."""


def snapshot(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Its name (default: date and time).")] = None,
    service: ServiceOption = None,
) -> None:
    """Keep the database as it is now; prints the snapshot's name."""
    from devenv.workflows.databases import take_snapshot

    with _opened(context, service) as (server, _):
        taken = take_snapshot(server, name, datetime.now())
    print_text(taken)


def restore(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="A snapshot (default: the latest that you took).")
    ] = None,
    service: ServiceOption = None,
) -> None:
    """Make the database what it was; what is there now becomes a snapshot."""
    from devenv.workflows import databases

    with _opened(context, service) as (server, emit):
        databases.say_kept(emit, databases.restore(server, name, datetime.now()))


def list_(
    context: typer.Context, service: ServiceOption = None, output_format: FormatOption = Format.TEXT
) -> None:
    """The snapshots, the newest first."""
    from devenv.cli.render import snapshots_text

    with _opened(context, service) as (server, _):
        found = server.snapshots()
    if output_format is Format.JSON:
        print_json([asdict(each) for each in found])
    else:
        print_text(snapshots_text(found))


def remove(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(help="Snapshots.")],
    service: ServiceOption = None,
    yes: Yes = False,
) -> None:
    """Remove snapshots for good, after a question."""
    from devenv.workflows.databases import remove_snapshots

    with _opened(context, service) as (server, _):
        confirm(f"remove {', '.join(names)} for good?", assume_yes=yes)
        remove_snapshots(server, names)


def reset(context: typer.Context, service: ServiceOption = None) -> None:
    """Begin with an empty database, and run the jobs; what is there now becomes a snapshot."""
    from devenv.workflows import databases
    from devenv.workflows.jobs import run_jobs

    with _opened(context, service) as (server, emit):
        kept = databases.reset(server, datetime.now())
        run_jobs(server.project, emit, "the database is empty")
        databases.say_kept(emit, kept)


def upgrade(context: typer.Context, service: ServiceOption = None) -> None:
    """Bring the data of an older major version over; `devenv up` does so by itself."""
    from devenv.workflows import upgrade as workflow

    with _opened(context, service) as (server, emit):
        workflow.upgrade(server, emit, datetime.now())


def shell(context: typer.Context, service: ServiceOption = None) -> None:
    """Open the server's own shell, such as psql."""
    from devenv.workflows.inside import shell_in
    from devenv.workflows.project import open_project

    with _opened(context, service) as (server, emit):
        name = server.service.name
    with opened(invocation_of(context)) as (checkout, machine, emit):
        code = shell_in(open_project(checkout, machine), emit, name)
    raise typer.Exit(code)


@contextmanager
def _opened(context: typer.Context, service: str | None) -> Iterator[tuple[Server, Emit]]:
    """The database server of the checkout around the current folder, for us alone."""
    from devenv.workflows.databases import server_of
    from devenv.workflows.jobs import holding_data
    from devenv.workflows.project import open_project
    from devenv.workflows.up import locked

    with opened(invocation_of(context)) as (checkout, machine, emit), locked(checkout, machine, emit):
        project = open_project(checkout, machine)
        with holding_data(project, emit):
            yield server_of(project, service), emit
