"""`devenv help`: the reference, a section at a time."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from devenv.cli.completion import complete_topics
from devenv.cli.invocation import print_text


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command("help")(help_)


def help_(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TOPIC", help="A key, a command or a service.", autocompletion=complete_topics
        ),
    ] = None,
) -> None:
    """Print what the reference says of a key (services.db), a command (up) or a service (postgres)."""
    from devenv.workflows.help import read_help, topics

    topic = " ".join(words or ())
    text = read_help(topic) if topic else "\n".join(topics())
    if topic and sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(text))
    else:
        print_text(text)
