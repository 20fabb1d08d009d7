"""Failures become cards: what a workflow raises or tells gets its cause, its evidence and the next step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import PurePosixPath

from devenv.cards.kinds import card_for
from devenv.detect.tree import load_tree
from devenv.errors import Card, DevenvError, Failure
from devenv.events import Emit, Event, ProcessReloaded
from devenv.workflows.checkout import Checkout


@contextmanager
def explained(checkout: Checkout) -> Iterator[None]:
    """What is raised inside, and came of something that failed, says why."""
    try:
        yield
    except DevenvError as error:
        if error.failure is not None and error.card is None:
            error.card = explain(checkout, error.failure)
        raise


def explaining(checkout: Checkout, emit: Emit) -> Emit:
    """`emit`, with a card for code that does not start."""

    def tell(event: Event) -> None:
        if isinstance(event, ProcessReloaded) and event.traceback:
            failure = Failure(subject=event.process, log=event.traceback)
            event = replace(event, card=explain(checkout, failure))
        emit(event)

    return tell


def explain(checkout: Checkout, failure: Failure) -> Card:
    """The card of a failure in this checkout."""
    return card_for(failure, checkout.environment, cache(lambda: own_modules(checkout)))


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
