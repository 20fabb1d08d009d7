"""`devenv env`: the variables that the settings read, who sets them, and .env.example kept in step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from devenv.cli.invocation import Format, invocation_of, opened, print_json, print_text

if TYPE_CHECKING:
    from devenv.workflows.contract import Contract, Variable

NOBODY = "nobody"


def register(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command()(env)


def env(
    context: typer.Context,
    write_example: Annotated[
        bool, typer.Option("--write-example", help="Add what .env.example lacks; no line of yours changes.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Exit code 1 if a required variable or a line of .env.example is missing."
        ),
    ] = False,
    output_format: Annotated[
        Format, typer.Option("--format", help="text for people, json for programs.")
    ] = Format.TEXT,
) -> None:
    """The variables that the settings read: where, required or not, and who sets each; never a value."""
    from devenv.workflows import contract as workflow

    with opened(invocation_of(context)) as (checkout, _, _):
        contract = workflow.read_contract(checkout)
        if write_example and not check and workflow.write_example(checkout, contract):
            print_text(f"wrote {workflow.example_file(checkout).relative_to(checkout.root)}")
            return
        lacking = workflow.lacking_in_example(checkout, contract)
    if output_format is Format.JSON:
        print_json(_values(contract, lacking))
    elif not invocation_of(context).quiet:
        print_text(contract_text(contract, lacking))
    if check:
        raise typer.Exit(int(bool(contract.missing or lacking)))


def _values(contract: Contract, lacking: Sequence[str]) -> dict[str, object]:
    return {
        "variables": [asdict(variable) for variable in contract.variables],
        "unread": contract.unread,
        "missing_in_example": list(lacking),
    }


def contract_text(contract: Contract, lacking: Sequence[str]) -> str:
    """A line a variable, and below what is wrong."""
    from devenv.cli.render import columns

    rows = [(each.name, _need(each), each.set_by or NOBODY, each.read_at[0]) for each in contract.variables]
    lines = (
        columns(("NAME", "NEEDED", "SET BY", "READ AT"), rows) if rows else ["the settings read no variable"]
    )
    lines += [f"missing: {each.name} (required at {each.read_at[0]})" for each in contract.missing]
    lines += [f"never read: {name}, set at {where}" for name, where in contract.unread.items()]
    lines += [f".env.example lacks {', '.join(lacking)}: `devenv env --write-example`"] if lacking else []
    return "\n".join(lines)


def _need(variable: Variable) -> str:
    if variable.required:
        return "required"
    return f"default {variable.default}" if variable.default else "optional"
