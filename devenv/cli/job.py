"""`devenv job`."""

from __future__ import annotations

from typing import Annotated

import typer

from devenv.cli.completion import complete_jobs
from devenv.cli.invocation import invocation_of, opened, print_text

Name = Annotated[str | None, typer.Argument(help="The job to run.", autocompletion=complete_jobs)]


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command()(job)


def job(context: typer.Context, name: Name = None) -> None:
    """Run a job now, done or not, after what it needs; without a name, list the jobs."""
    from devenv.workflows.job import list_jobs, run_job

    with opened(invocation_of(context)) as (checkout, machine, emit):
        if name is not None:
            run_job(checkout, machine, emit, name)
            return
        rows = [(each.name, each.when, each.last or "not run yet") for each in list_jobs(checkout, machine)]
    widths = [max((len(row[at]) for row in rows), default=0) for at in range(2)]
    print_text(
        "\n".join(f"{one:<{widths[0]}}  {two:<{widths[1]}}  {last}" for one, two, last in rows)
        or "devenv.yaml has no jobs"
    )
