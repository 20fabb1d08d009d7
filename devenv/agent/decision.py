"""What a process does about a change. Pure."""

from __future__ import annotations

from typing import Callable, List, NamedTuple, Sequence

from .history import CODE, COLD, MISSED, MODULES, RESETS, RESTART, USES, History, Touch, earliest_touch

WEB = "web"  # serves the app's WSGI or ASGI callable
PYTHON = "python"  # a command that runs in a process of ours
FOREIGN = "foreign"  # any other command; nobody sees what it loads

HARMLESS = ("none", "static")
RESTARTING = (CODE, MODULES, RESTART, "translation")  # templates are read anew for each request


class Decision(NamedTuple):
    """action: "none", "reset", "reload"; position: of the history to go back to; kinds: what to reset."""

    action: str
    position: int
    kinds: List[str]
    cause: str


def decide(
    *,
    kind: str,
    broken: bool,
    starting: bool,
    history: History,
    reactions: Sequence[Sequence[str]],
    is_package: Callable[[str], bool],
) -> Decision:
    """The least that makes the process run what the files say now.

    broken: it does not run; starting: it may have loaded more than `history` tells.
    """
    if kind == FOREIGN:
        return _decide_unseen(reactions)
    touch = earliest_touch(history, reactions, is_package)
    if touch is not None:
        return Decision("reload", touch.position, [], touch.cause)
    changed = [path for reaction, path in reactions if reaction not in HARMLESS]
    if broken and changed:
        return Decision("reload", 0, [], "%s may heal it" % changed[0])
    if starting and changed:
        return Decision("reload", len(history), [], "%s, during a start" % changed[0])
    return _decide_reset(kind, history, reactions)


def _decide_unseen(reactions: Sequence[Sequence[str]]) -> Decision:
    for reaction, path in reactions:
        if reaction in RESTARTING:
            return Decision(
                "reload", COLD, [], "%s (what the command loads cannot be seen)" % (path or MISSED)
            )
    return Decision("none", 0, [], "nothing that a command reads at its start")


def _decide_reset(kind: str, history: History, reactions: Sequence[Sequence[str]]) -> Decision:
    """Only what is kept in memory needs a reset; a command's children cannot be reached, so it reloads."""
    records = list(history)
    uses = [
        (Touch(records.index([USES, RESETS[reaction]]), path), reaction)
        for reaction, path in reactions
        if reaction in RESETS and [USES, RESETS[reaction]] in records
    ]
    if not uses:
        paths = [path for _, path in reactions]
        return Decision(
            "none", 0, [], "not loaded: %s" % ", ".join(paths[:3]) if paths else "nothing changed"
        )
    earliest = min(uses, key=lambda use: use[0].position)[0]
    if kind == WEB:
        return Decision("reset", 0, sorted({reaction for _, reaction in uses}), earliest.cause)
    return Decision("reload", earliest.position, [], earliest.cause)
