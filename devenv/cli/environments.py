"""Commands about all environments of the machine: ls, open, prune, and `down --all`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.invocation import (
    Format,
    Invocation,
    confirm,
    invocation_of,
    opened,
    print_json,
    print_text,
    view,
)

if TYPE_CHECKING:
    from devenv.engine.leftovers import Leftover
    from devenv.workflows.environments import ListedEnvironment

FormatOption = Annotated[Format, typer.Option("--format", help="text for people, json for programs.")]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(ls)
    app.command("open")(open_)
    app.command()(prune)


def ls(output_format: FormatOption = Format.TEXT) -> None:
    """All environments of this machine: their state, where they answer, their folders."""
    from devenv.cli.render import environments_text
    from devenv.workflows.environments import list_environments
    from devenv.workflows.machine import this_machine

    found = list_environments(this_machine(os.environ).engine, Path.cwd())
    if output_format is Format.JSON:
        print_json([_values(each) for each in found])
    else:
        print_text(environments_text(found, Path.home()))


def open_(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="A process or service (default: the one that serves).")
    ] = None,
) -> None:
    """Open where a process answers in the browser, and print the address."""
    from devenv.events import Notice
    from devenv.workflows.project import open_project
    from devenv.workflows.urls import find_page, show_page

    with opened(invocation_of(context)) as (checkout, machine, emit):
        address = find_page(open_project(checkout, machine), name)
        if not show_page(address):
            emit(Notice("no browser could be started here", "open the address in one yourself"))
    print_text(address)


def prune(
    context: typer.Context,
    volumes: Annotated[
        bool, typer.Option("-v", "--volumes", help="Also the data of checkouts that are gone.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would go, and do nothing.")] = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Answer the question with yes.")] = False,
    output_format: FormatOption = Format.TEXT,
) -> None:
    """Remove what is left of checkouts that are gone, and of older builds; shows it first, and asks."""
    from devenv.cli.render import leftovers_text, total_size
    from devenv.engine.leftovers import Kind
    from devenv.workflows.environments import observe_leftovers, remove_leftovers
    from devenv.workflows.machine import this_machine

    engine = this_machine(os.environ).engine
    found = observe_leftovers(engine)
    going = [each for each in found if volumes or each.kind is not Kind.VOLUME]
    if output_format is Format.JSON:
        print_json([_leftover_values(each, goes=each in going) for each in found])
    else:
        print_text(leftovers_text(found, going))
        if dry_run and going:
            print_text(f"{len(going)} would go ({total_size(going)})")
    if dry_run or not going:
        return
    confirm(f"remove {len(going)} of these ({total_size(going)})?", assume_yes=yes)
    with view(invocation_of(context), output_format) as emit:
        remove_leftovers(engine, emit, going)


def take_all_down(
    invocation: Invocation, output_format: Format, *, volumes: bool, dry_run: bool, yes: bool
) -> None:
    """`devenv down --all`."""
    from devenv.cli.render import environments_text
    from devenv.errors import UsageError
    from devenv.workflows.environments import list_environments
    from devenv.workflows.environments import take_all_down as workflow
    from devenv.workflows.machine import this_machine

    if volumes:
        raise UsageError(
            "`down --all` keeps all data",
            hint="remove data one environment at a time: `devenv down -v` in its folder",
        )
    machine = this_machine(os.environ)
    found = [each for each in list_environments(machine.engine, Path.cwd()) if each.found.containers]
    if output_format is Format.JSON:
        print_json([_values(each) for each in found])
    else:
        print_text(environments_text(found, Path.home()) if found else "no environment has containers")
    if dry_run or not found:
        return
    which = f"these {len(found)} environments" if len(found) > 1 else found[0].found.project_name
    confirm(f"remove the containers of {which}? Data is kept.", assume_yes=yes)
    with view(invocation, output_format) as emit:
        workflow(machine, emit, [each.found for each in found])


def _values(listed: ListedEnvironment) -> dict[str, object]:
    found = listed.found
    return {
        "name": found.project_name,
        "state": found.state,
        "urls": found.urls,
        "folder": found.root or None,
        "is_here": listed.is_here,
        "is_gone": listed.is_gone,
        "containers": {each.service: each.state for each in found.containers},
        "volumes": found.volumes,
    }


def _leftover_values(leftover: Leftover, *, goes: bool) -> dict[str, object]:
    return {
        "kind": leftover.kind,
        "name": leftover.name,
        "environment": leftover.project_name or None,
        "why": leftover.why,
        "size_bytes": leftover.size_bytes,
        "goes": goes,
    }
