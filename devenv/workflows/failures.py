"""Failures become cards: what a workflow raises or tells gets its cause, its evidence and the next step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import PurePosixPath

from devenv.cards.kinds import card_for
from devenv.detect.tree import load_tree
from devenv.errors import Card, DevenvError, Failure
from devenv.events import Emit, Event, Failed, ProcessReloaded
from devenv.workflows.checkout import Checkout
from devenv.workflows.dated import day_of
from devenv.workflows.project import Project

_VERDICT = re.compile(r"^devenv: \S+ (?:ready in|does not start) .*$\n?", re.MULTILINE)
_IN_VAIN = "(it did not start)"  # the agent's words for a start that only time asked for
_NO_NEWS = re.compile(r"^devenv: \S+: (?:unchanged |reset |why it does not start, ).*$\n?", re.MULTILINE)
LOG_LINES = 300  # the cause of a failure may be far above its last line
TOLD_LINES = 30


@contextmanager
def explained(checkout: Checkout) -> Iterator[None]:
    """What is raised inside, and came of something that failed, says why."""
    try:
        yield
    except DevenvError as error:
        if error.failure is not None and error.card is None:
            error.card = explain(checkout, error.failure)
        raise


@contextmanager
def failures_told(emit: Emit) -> Iterator[None]:
    """What fails inside is told, and ends nothing."""
    try:
        yield
    except DevenvError as error:
        emit(Failed.by(error))


def explaining(project: Project, emit: Emit) -> Emit:
    """`emit`, with a card for code that does not start, and the end of its log where it raised nothing."""

    def tell(event: Event) -> None:
        if isinstance(event, ProcessReloaded) and event.action == "failed":
            log = event.traceback if _tells(event.traceback) else last_attempt(log_of(project, event.process))
            card = explain(project.checkout, Failure(subject=event.process, log=log))
            event = replace(event, card=card, traceback=event.traceback or _end(log))
        emit(event)

    return tell


def _tells(traceback: str) -> bool:
    """Whether a traceback says why; a command that prints what is wrong and exits leaves only the exit."""
    return bool(traceback) and not traceback.rstrip().rpartition("\n")[2].startswith("SystemExit")


def _end(log: str) -> str:
    return "\n".join(log.splitlines()[-TOLD_LINES:])


def last_attempt(log: str) -> str:
    """What was printed since the agent last said what came of a start, or by the last start that told why.

    A start that is tried again, and fails as before, leaves it out.
    """
    log = _NO_NEWS.sub("", log).rstrip()
    parts, verdicts = _VERDICT.split(log), [*_VERDICT.findall(log), ""]
    attempts = [each for each in zip(parts, verdicts, strict=True) if each[0].strip()]
    told = [part for part, verdict in attempts if _IN_VAIN not in verdict or "Traceback" in part]
    return next(reversed(told), attempts[-1][0] if attempts else "")


def verdict(log: str) -> str:
    """What the agent said last of its process: "ready", "broken", or "" as long as it says nothing."""
    said = _VERDICT.findall(log)
    return ("ready" if " ready in " in said[-1] else "broken") if said else ""


def log_of(project: Project, process: str) -> str:
    """The end of what a running process printed, "" where it does not run."""
    container = project.observe().running(process)
    return "\n".join(project.machine.engine.log_lines(container.container_id, LOG_LINES)) if container else ""


def explain(checkout: Checkout, failure: Failure) -> Card:
    """The card of a failure in this checkout."""
    find_modules, find_day = cache(lambda: own_modules(checkout)), cache(lambda: day_of(checkout))
    return card_for(failure, checkout.environment, find_modules, find_day)


def own_modules(checkout: Checkout) -> tuple[str, ...]:
    """The project's modules and packages, dotted, as they are imported from the folder of manage.py."""
    folder = PurePosixPath(checkout.environment.app.working_dir)
    found = set()
    for path in load_tree(checkout.app_folder).paths:
        module = PurePosixPath(path)
        if module.suffix == ".py" and module.is_relative_to(folder):
            parts = module.relative_to(folder).with_suffix("").parts
            found.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return tuple(sorted(found - {""}))
