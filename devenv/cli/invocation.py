"""What every command gets: the options before its name, and the two streams it may speak on."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from devenv.cli.interrupts import heeded
from devenv.errors import DevenvError, Refused

if TYPE_CHECKING:
    from devenv.config.layering import Choice
    from devenv.engine.step import Step
    from devenv.events import Emit
    from devenv.workflows.checkout import Checkout, LockTerms
    from devenv.workflows.consent import Agree
    from devenv.workflows.machine import Machine


LINE_BYTES = 4096


class Format(StrEnum):
    """How data is printed."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Invocation:
    """The options that stand before the command's name."""

    file: Path | None = None
    project_name: str | None = None
    profiles: tuple[str, ...] = ()
    quiet: bool = False
    verbose: bool = False

    @property
    def choice(self) -> Choice:
        """What is said outside of devenv.yaml and its layers."""
        from devenv.config.layering import Choice

        return Choice(profiles=self.profiles, environ=os.environ)


def invocation_of(context: typer.Context) -> Invocation:
    """The invocation that the top-level callback made."""
    found = context.find_object(Invocation)
    assert found is not None
    return found


@contextmanager
def opened(
    invocation: Invocation, output_format: Format = Format.TEXT, *, terms: LockTerms | None = None
) -> Iterator[tuple[Checkout, Machine, Emit]]:
    """The checkout around the current folder, this machine's doors, and a view for what happens.

    terms: how devenv.lock is taken, where not as it is. Raises ConfigError, LockStale, EngineUnavailable.
    """
    from devenv.workflows.checkout import AS_LOCKED, open_checkout
    from devenv.workflows.lock import keep_terms
    from devenv.workflows.machine import this_machine

    checkout = open_checkout(Path.cwd(), invocation.file, invocation.choice, terms or AS_LOCKED)
    checkout = checkout.named(invocation.project_name)
    keep_terms(checkout)
    machine = this_machine(os.environ)
    with heeded(), view(invocation, output_format) as emit:
        yield checkout, machine, emit


@contextmanager
def view(invocation: Invocation, output_format: Format = Format.TEXT) -> Iterator[Emit]:
    """Where a workflow's events go: people read stderr, programs read JSON lines on stdout."""
    from devenv.dashboard.json_lines import JsonLinesView
    from devenv.dashboard.terminal import TerminalView
    from devenv.events import Failed, Notice

    if output_format is Format.JSON:
        lines = JsonLinesView(sys.stdout)
        try:
            yield lines
        except DevenvError as error:
            lines(Failed.by(error))
            raise
        return
    from rich.console import Console

    terminal = TerminalView(Console(stderr=True), quiet=invocation.quiet, verbose=invocation.verbose)
    try:
        yield terminal
    except KeyboardInterrupt:
        terminal(Notice("interrupted: the next `devenv up` finishes what was begun"))
        raise
    finally:
        terminal.close()


def print_json(value: Any) -> None:
    """Data for programs, on stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def print_text(text: str) -> None:
    """Data for people, on stdout, exactly as it is."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def print_lines(lines: Iterable[tuple[str, str]]) -> None:
    """The same, each line in a style of rich's where stdout is a terminal."""
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        print_text("\n".join(text for text, _ in lines))
        return
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True, markup=False)
    for text, style in lines:
        console.print(text, style=style)


def asking(*, assume_yes: bool) -> Agree:
    """Ask whoever is at the terminal before data is left behind. Raises Refused."""
    from devenv.workflows.consent import nobody_agrees, questions

    def agree(steps: Sequence[Step]) -> None:
        if assume_yes:
            return
        if not sys.stdin.isatty():
            nobody_agrees(steps)
        sys.stderr.write("".join(f"{line}\n" for line in questions(steps)))
        confirm("go on?", assume_yes=False)

    return agree


def line_reader() -> Callable[[], str] | None:
    """What waits for a line at the terminal, None where there is none.

    Not by sys.stdin: a thread that waits there would hold its lock when Python ends.
    """
    if not sys.stdin.isatty():
        return None
    return lambda: os.read(sys.stdin.fileno(), LINE_BYTES).decode("utf-8", "replace")


def confirm(question: str, *, assume_yes: bool) -> None:
    """Ask before a destructive step. Raises Refused on a no, and where nobody can be asked."""
    if assume_yes:
        return
    if not sys.stdin.isatty():
        raise Refused(f"not done: {question}", hint="answer with -y where nobody can be asked")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Refused("not done", hint="nothing was changed")
