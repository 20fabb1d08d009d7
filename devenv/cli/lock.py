"""`devenv lock`: the same images and layers for everybody."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from devenv.cli.completion import complete_services
from devenv.cli.invocation import invocation_of, opened, print_text
from devenv.errors import UsageError

Frozen = Annotated[
    bool, typer.Option("--frozen", help="Stop, before anything is done, where devenv.lock is not up to date.")
]


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command()(lock)


def lock(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="With --update: services, images and layers (default: all).",
            autocompletion=complete_services,
        ),
    ] = None,
    update: Annotated[bool, typer.Option("--update", help="Ask anew what each stands for now.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 15 if it is not up to date.")
    ] = False,
) -> None:
    """Write devenv.lock: which images and layers devenv.yaml stands for, to be committed.

    What is locked stays; what is missing is added, what is unused goes. --update takes what is there now.
    """
    from devenv.workflows.checkout import LockTerms, Renewal
    from devenv.workflows.lock import lock_environment

    if (names and not update) or (check and update):
        wrong = "names stand with --update only" if not update else "--check changes nothing"
        raise UsageError(wrong, hint="`devenv lock --update db` takes the service's image as it is now")
    renewal = Renewal(tuple(names or ())) if update else None
    invocation = invocation_of(context)
    with opened(invocation, terms=LockTerms(frozen=check, renewal=renewal)) as (checkout, machine, _):
        relocked = None if check else lock_environment(checkout, machine, renewal)
    changes = relocked.changes if relocked else ()
    for remark in relocked.remarks if relocked else ():
        sys.stderr.write(f"note: {remark}\n")
    if changes or not invocation.quiet:
        print_text("\n".join(changes) or "devenv.lock is up to date")
