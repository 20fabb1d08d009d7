"""`devenv init`: a devenv.yaml for a project that is there, or a new project."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.invocation import invocation_of, print_text

if TYPE_CHECKING:
    from devenv.detect.finding import Finding
    from devenv.detect.proposal import Proposal
    from devenv.workflows.differences import Difference
    from devenv.workflows.init import Survey

MAX_EVIDENCE = 3


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command()(init)


def init(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="The project's folder.")] = Path(),
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Ask nothing: take what is likeliest.")] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Compare the devenv.yaml that is there; exit code 1 if it differs."),
    ] = False,
    in_image: Annotated[
        bool,
        typer.Option(
            "--import", help="Build the image, import the settings in it, and complete what they tell."
        ),
    ] = False,
    starter: Annotated[
        str | None, typer.Option("--starter", help="Begin a new project in an empty folder: drf.")
    ] = None,
) -> None:
    """Read a Django project, without running it, and write the devenv.yaml that it needs.

    It says what it found, where, and how sure that is, and overwrites nothing.
    """
    from devenv.workflows.init import (
        begin_project,
        check_environment,
        read_project,
        survey,
        write_environment,
    )

    quiet = invocation_of(context).quiet
    if starter is not None:
        _say_written(begin_project(path, starter), path, quiet=quiet)
        return
    seen = survey(path)
    detected = read_project(seen, _default if yes or check or not sys.stdin.isatty() else _ask)
    if len(seen.projects) > 1 and not quiet:
        folders = [project.folder for project in seen.projects]
        taken = detected.findings[0].value
        _say(f"several Django projects ({', '.join(folders)}); this is {taken}")
        if yes or not sys.stdin.isatty():
            _say("`devenv init <folder>` takes another one")
    if not quiet:
        _say(findings_text(detected.findings))
    if check:
        differences = check_environment(seen, detected.proposal)
        print_text(differences_text(differences))
        raise typer.Exit(int(bool(differences)))
    if in_image:
        _import(context, seen, detected.proposal)
        return
    _say_written(write_environment(seen, detected.proposal), path, quiet=quiet)


def _import(context: typer.Context, seen: Survey, proposal: Proposal) -> None:
    """Say what the settings came to in the image, and what became of devenv.yaml."""
    from devenv.cli.invocation import view
    from devenv.detect.imported import findings_of
    from devenv.workflows.importing import import_environment
    from devenv.workflows.machine import this_machine

    invocation = invocation_of(context)
    with view(invocation) as emit:
        outcome = import_environment(
            seen, proposal, this_machine(os.environ), emit, name=invocation.project_name
        )
    if not invocation.quiet:
        _say(findings_text(findings_of(outcome.imported)))
    _say_written(outcome.written, seen.root, quiet=invocation.quiet or not outcome.written)
    if not outcome.written and not invocation.quiet:
        _say("devenv.yaml stays as it is")


def findings_text(findings: Sequence[Finding]) -> str:
    """One line a finding: the topic, the value, how sure, why, and where."""
    width = max(len(finding.topic) for finding in findings)
    return "\n".join(f"{finding.topic.ljust(width)}  {_told(finding)}" for finding in findings)


def _told(finding: Finding) -> str:
    """`3.12, likely: requires-python says >=3.12 (pyproject.toml:5)`."""
    sure = "" if finding.confidence.value == "certain" else f", {finding.confidence.value}"
    places = ", ".join(map(str, finding.evidence[:MAX_EVIDENCE]))
    why = f": {finding.why}" if finding.why else ""
    return f"{finding.value}{sure}{why}{f' ({places})' if places else ''}"


def differences_text(differences: Sequence[Difference]) -> str:
    """One line a value that differs."""
    if not differences:
        return "devenv.yaml says what the project says"
    return "\n".join(
        f"{each.path}: devenv.yaml has {_shown(each.written)}, the project says {_shown(each.found)}"
        for each in differences
    )


def _shown(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "nothing"
    return "nothing" if value in (None, "", {}) else str(value)


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _say_written(files: Sequence[Path], folder: Path, *, quiet: bool) -> None:
    if quiet:
        return
    shown = [file.relative_to(folder).as_posix() for file in files]
    _say(f"wrote {', '.join(shown)}")
    where = "" if folder.resolve() == Path.cwd() else f" in {folder}"
    _say(f"next: `devenv up`{where}")


def _default(_question: str, _answers: Sequence[str], default: str) -> str:
    return default


def _ask(question: str, answers: Sequence[str], default: str) -> str:
    """Ask on the terminal until the answer is one of those that can be; nothing is the default."""
    while True:
        for number, answer in enumerate(answers, 1):
            _say(f"  {number}  {answer}")
        sys.stderr.write(f"{question}? [{default}] ")
        sys.stderr.flush()
        said = sys.stdin.readline().strip() or default
        if said.isdecimal() and answers and 0 < int(said) <= len(answers):
            return answers[int(said) - 1]
        if not answers or said in answers:
            return said
        _say(f"expected one of {', '.join(answers)}")
