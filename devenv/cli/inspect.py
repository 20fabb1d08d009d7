"""Commands that look and change nothing: status, logs, config, url, doctor."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from devenv.cli.completion import complete_containers, complete_running
from devenv.cli.invocation import Format, invocation_of, opened, print_json, print_lines, print_text

FormatOption = Annotated[Format, typer.Option("--format", help="text for people, json for programs.")]
OptionalName = Annotated[
    str | None,
    typer.Argument(
        help="A process or service (default: the one that serves).", autocompletion=complete_running
    ),
]


class ConfigFormat(StrEnum):
    """How `config` prints."""

    YAML = "yaml"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(status)
    app.command()(logs)
    app.command()(config)
    app.command()(url)
    app.command()(doctor)


def status(context: typer.Context, output_format: FormatOption = Format.TEXT) -> None:
    """The chain from recipe to running containers: what is stale in it, and why."""
    from devenv.cli.chain import status_lines
    from devenv.workflows.status import read_status

    with opened(invocation_of(context)) as (checkout, machine, _):
        found = read_status(checkout, machine)
    if output_format is Format.JSON:
        print_json(asdict(found) | {"is_up_to_date": found.is_up_to_date})
    else:
        print_lines(status_lines(found))


def logs(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Services and processes (default: all).", autocompletion=complete_containers),
    ] = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as lines come.")] = False,
    tail: Annotated[str, typer.Option("-n", "--tail", help="How many of the last lines, or all.")] = "all",
    since: Annotated[str | None, typer.Option(help="From then on: 2m, 1h, or a date.")] = None,
    timestamps: Annotated[bool, typer.Option("-t", "--timestamps", help="Say when each line came.")] = False,
) -> None:
    """What the containers printed."""
    from devenv.workflows.project import open_project

    options = [*(["--follow"] if follow else []), "--tail", tail, *(["--timestamps"] if timestamps else [])]
    if since:
        options += ["--since", since]
    with opened(invocation_of(context)) as (checkout, machine, _):
        chosen = checkout.meant(tuple(names or ()))
        tell = None if sys.stdout.isatty() else _print_now
        code = open_project(checkout, machine).compose.logs(chosen, options=options, tell=tell)
    raise typer.Exit(code)


def _print_now(text: str) -> None:
    """A line for whoever reads the pipe now, as of `devenv logs -f | grep`."""
    print_text(text)
    sys.stdout.flush()


def config(
    context: typer.Context,
    output_format: Annotated[
        ConfigFormat, typer.Option("--format", help="yaml or json.")
    ] = ConfigFormat.YAML,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Only check; print nothing.")] = False,
    layers: Annotated[bool, typer.Option("--layers", help="The layers in force, lowest first.")] = False,
) -> None:
    """The environment that devenv.yaml describes, defaults filled in; values of env files are not shown."""
    from devenv.cli.render import layers_text
    from devenv.workflows.config import environment_text, environment_values, layer_values

    with opened(invocation_of(context)) as (checkout, _, _):
        if quiet:
            return
        if layers:
            found = layer_values(checkout.loaded.layers)
            if output_format is ConfigFormat.JSON:
                print_json(found)
            else:
                print_text(layers_text(found))
        elif output_format is ConfigFormat.JSON:
            print_json(environment_values(checkout.environment))
        else:
            print_text(environment_text(checkout.environment))


def url(context: typer.Context, name: OptionalName = None) -> None:
    """Where a process answers on this machine."""
    from devenv.workflows.project import open_project
    from devenv.workflows.urls import find_url

    with opened(invocation_of(context)) as (checkout, machine, _):
        print_text(find_url(open_project(checkout, machine), name))


def doctor(context: typer.Context, output_format: FormatOption = Format.TEXT) -> None:
    """Check the engine, compose, disk, registry, certificates and ports; say what to do about each."""
    from devenv.cli.render import findings_text
    from devenv.workflows.doctor import examine

    invocation = invocation_of(context)
    findings = examine(Path.cwd(), invocation.file, invocation.choice, os.environ)
    if output_format is Format.JSON:
        print_json([asdict(finding) for finding in findings])
    else:
        print_text(findings_text(findings))
    raise typer.Exit(int(any(finding.verdict == "fail" for finding in findings)))
