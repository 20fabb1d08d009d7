"""Where no other kind knows the failure: the exception that ended it, or its last words."""

from __future__ import annotations

import re

from devenv.cards.clues import Clues
from devenv.errors import Card

LAST_WORDS = 3


def syntax_error(clues: Clues) -> Card | None:
    """Code that Python cannot read."""
    raised = clues.raised("SyntaxError", "IndentationError", "TabError")
    if raised is None or not raised.frames:
        return None
    last = raised.frames[-1]
    if package := re.search(r"/site-packages/(\w+)", last.file):
        return Card(
            cause=f"{package[1]} is written for another Python: {clues.environment.python} cannot read it",
            evidence=(*clues.evidence(raised)[:-1], f"{clues.shown(last)}  {last.code}", raised.text),
            next_step=f"take a newer version of {package[1]}, or an older Python in devenv.yaml",
        )
    return Card(
        cause=f"Python cannot read {clues.shown(last)}: {raised.message.partition(chr(10))[0]}",
        evidence=(f"{clues.shown(last)}  {last.code}",),
        next_step="save the correction",
    )


def command_error(clues: Clues) -> Card | None:
    """What manage.py says of a command, or of its checks, in a line."""
    found = clues.search(r"^(?:CommandError: |Unknown command: |SystemCheckError: |error: ?)(.*)$")
    if clues.chain or clues.is_build or found is None:
        return None
    errors = [line.strip() for line in clues.lines if ": (" in line and ".E" in line]
    subject = clues.failure.subject
    is_reloaded = errors and subject in {process.name for process in clues.environment.processes}
    again = f"correct it, then `devenv up`; the command is that of `{subject}`"
    return Card(
        cause=errors[0] if errors else found[0],
        evidence=tuple(errors[1:LAST_WORDS]),
        next_step="save the correction" if is_reloaded else again,
    )


def exception(clues: Clues) -> Card | None:
    """Any exception: the one that ended it, and the one that was the cause of it."""
    if clues.told is None:
        return None
    first, last = clues.chain[0], clues.chain[-1]
    evidence = dict.fromkeys((*clues.evidence(last), *(clues.evidence(first) if first is not last else ())))
    place = clues.place(last) or clues.place(first)
    return Card(
        cause=f"{first.text if len(last.message) < len(first.message) else last.text}",
        evidence=tuple(evidence),
        next_step=f"see {place}" if place else "the traceback above says where it was raised",
    )


def last_words(clues: Clues) -> Card:
    """The end of the log, where nothing in it is known."""
    said = [line.strip() for line in clues.lines if line.strip()]
    code = clues.failure.exit_code
    how = f"it ended with exit code {code}" if code is not None else "it did not come up"
    how = "the build failed" if clues.is_build else how
    name = clues.failure.subject
    return Card(
        cause=f"{how}, and said at last: {said[-1]}" if said else f"{how}, and printed nothing",
        next_step="correct what the failing step says"
        if clues.is_build
        else f"`devenv logs {name}` has all that it said",
    )
