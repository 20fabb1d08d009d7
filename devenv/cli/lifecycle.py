"""Commands that bring the environment to a state: up, watch, compile, build, stop, restart, down."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from devenv.cli.completion import complete_containers
from devenv.cli.environments import take_all_down
from devenv.cli.invocation import Format, asking, confirm, invocation_of, line_reader, opened, print_text
from devenv.cli.lock import Frozen
from devenv.cli.plan import print_plan

Names = Annotated[
    list[str] | None,
    typer.Argument(help="Services and processes (default: all).", autocompletion=complete_containers),
]
FormatOption = Annotated[Format, typer.Option("--format", help="text for people, json for programs.")]
Yes = Annotated[bool, typer.Option("-y", "--yes", help="Answer every question with yes.")]
Force = Annotated[bool, typer.Option("--force", help="Replace generated files that were edited by hand.")]


class Logs(StrEnum):
    """Whose output is shown while watching."""

    SERVED = "served"
    ALL = "all"
    NONE = "none"


LogsOption = Annotated[Logs, typer.Option("--logs", help="Whose output is shown while watching.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan, with causes, and do nothing.")]


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(up)
    app.command()(watch)
    app.command("compile")(compile_)
    app.command()(build)
    app.command()(stop)
    app.command()(restart)
    app.command()(down)


def up(
    context: typer.Context,
    names: Names = None,
    detach: Annotated[bool, typer.Option("-d", "--detach", help="Do not watch; containers go on.")] = False,
    build: Annotated[bool, typer.Option("--build", help="Build the image even if it is up to date.")] = False,
    logs: LogsOption = Logs.SERVED,
    dry_run: DryRun = False,
    force: Force = False,
    frozen: Frozen = False,
    yes: Yes = False,
    output_format: FormatOption = Format.TEXT,
) -> None:
    """Build, start, wait until the app answers, then send every save into the containers.

    Ctrl-C ends the watching; the containers go on until `devenv stop` or `devenv down`.
    """
    from devenv.workspace.settled import begin

    begun = begin()
    from devenv.workflows.checkout import LockTerms
    from devenv.workflows.looking_on import watch_or_look_on
    from devenv.workflows.up import UpOptions, bring_up, preview_up

    options = UpOptions(
        only=tuple(names or ()),
        build=build,
        force=force,
        consent=yes,
        begun=begun,
        detached=detach,
        agree=asking(assume_yes=yes),
    )
    terms = LockTerms(frozen=frozen)
    with opened(invocation_of(context), output_format, terms=terms) as (checkout, machine, emit):
        if dry_run:
            print_plan(preview_up(checkout, machine, options), output_format)
            return
        project = bring_up(checkout, machine, options, emit)
        if not detach:
            watch_or_look_on(project, emit, logs=logs.value, consent=yes, read_line=line_reader())


def watch(
    context: typer.Context,
    logs: LogsOption = Logs.SERVED,
    yes: Yes = False,
    output_format: FormatOption = Format.TEXT,
) -> None:
    """Send every save into the running containers and reload; follow edits of devenv.yaml."""
    from devenv.workflows.looking_on import watch_or_look_on
    from devenv.workflows.project import open_project

    with opened(invocation_of(context), output_format) as (checkout, machine, emit):
        project = open_project(checkout, machine)
        watch_or_look_on(project, emit, logs=logs.value, consent=yes, read_line=line_reader())


def compile_(context: typer.Context, force: Force = False, frozen: Frozen = False) -> None:
    """Write .devenv/Dockerfile and .devenv/compose.yaml, and start nothing."""
    from devenv.workflows.checkout import LockTerms
    from devenv.workflows.compile import write_compiled
    from devenv.workflows.lock import pin_new_layers

    with opened(invocation_of(context), terms=LockTerms(frozen=frozen)) as (checkout, machine, emit):
        pin_new_layers(checkout, emit)
        written = write_compiled(checkout, machine.environ, emit, force=force)
    if not invocation_of(context).quiet:
        print_text("\n".join(f".devenv/{path}" for path in written.paths) or ".devenv/ is up to date")


def build(
    context: typer.Context,
    target: Annotated[str, typer.Option(help="dev, or production for the image to deploy.")] = "dev",
    tag: Annotated[str | None, typer.Option("-t", "--tag", help="The image's name.")] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Build every step anew.")] = False,
    force: Force = False,
    frozen: Frozen = False,
) -> None:
    """Build the image that containers run, or the production image."""
    from devenv.workflows.build import BuildOptions, build_image
    from devenv.workflows.checkout import LockTerms

    options = BuildOptions(target=target, tag=tag, fresh=no_cache, force=force)
    with opened(invocation_of(context), terms=LockTerms(frozen=frozen)) as (checkout, machine, emit):
        name = build_image(checkout, machine, emit, options)
    print_text(name)


def stop(context: typer.Context, names: Names = None) -> None:
    """Stop containers; nothing is removed."""
    from devenv.workflows import down as workflow

    with opened(invocation_of(context)) as (checkout, machine, emit):
        workflow.stop(checkout, machine, emit, tuple(names or ()))


def restart(context: typer.Context, names: Names = None) -> None:
    """Stop and start containers as they are (default: every process)."""
    from devenv.workflows import down as workflow

    with opened(invocation_of(context)) as (checkout, machine, emit):
        workflow.restart(checkout, machine, emit, tuple(names or ()))


def down(
    context: typer.Context,
    volumes: Annotated[bool, typer.Option("-v", "--volumes", help="Remove the data, too; asks.")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Those of all environments of this machine; asks.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    output_format: FormatOption = Format.TEXT,
) -> None:
    """Remove containers and networks. Volumes stay, unless -v."""
    from devenv.workflows.down import preview_down, take_down

    if every:
        take_all_down(invocation_of(context), output_format, volumes=volumes, dry_run=dry_run, yes=yes)
        return

    with opened(invocation_of(context)) as (checkout, machine, emit):
        plan = preview_down(checkout, machine, volumes=volumes)
        if dry_run:
            print_plan(plan, output_format)
            return
        lost = [step.subject for step in plan.risky]
        if lost:
            confirm(f"remove the data in {', '.join(lost)} of {checkout.environment.name}?", assume_yes=yes)
        take_down(checkout, machine, emit, volumes=volumes)
