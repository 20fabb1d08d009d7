"""A command line that typer does not take, in its words, and what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import typer

# Of click, which newer versions of typer have within them.
NotTaken: type[Exception] = next(
    each for each in typer.BadParameter.__mro__ if each.__name__ == "ClickException"
)
BEFORE_THE_COMMAND = ("-f", "--file", "-p", "--project-name", "--profile", "-q", "--quiet", "-v", "--verbose")
_OF_PYDANTIC = "Value error, "


def report_misuse(error: Exception, arguments: Sequence[str]) -> int:
    """Say on stderr what is wrong with it; the exit code."""
    message = getattr(error, "message", "")
    if _OF_PYDANTIC in message:
        error.message = message.replace(_OF_PYDANTIC, "")  # type: ignore[attr-defined]
    show: Callable[[], None] = error.show  # type: ignore[attr-defined]
    show()
    option = getattr(error, "option_name", "")
    if option in BEFORE_THE_COMMAND and message.startswith("No such option"):
        typer.echo(f"hint: {option} stands before the command: `{_moved(option, arguments)}`", err=True)
    code: int = error.exit_code  # type: ignore[attr-defined]
    return code


def _moved(option: str, arguments: Sequence[str]) -> str:
    """The same command line with the option, and its value, in front."""
    at = next((at for at, each in enumerate(arguments) if each.partition("=")[0] == option), len(arguments))
    has_value = option not in {"-q", "--quiet", "-v", "--verbose"} and "=" not in "".join(
        arguments[at : at + 1]
    )
    end = at + 1 + has_value
    return " ".join(["devenv", *arguments[at:end], *arguments[:at], *arguments[end:]])
