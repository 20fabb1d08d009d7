"""Before data is left behind or goes, somebody agrees; where nobody can be asked, nothing is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from devenv.engine.step import Step
from devenv.errors import Refused

Agree = Callable[[Sequence[Step]], None]
"""Asked with the risky steps of a plan, before the first step. Raises Refused."""

HOW = "`devenv up --yes` agrees, also from another terminal while one watches; or take the edit back"


def questions(steps: Sequence[Step]) -> tuple[str, ...]:
    """A line for each step: what becomes of which data, and the cause."""
    return tuple(
        f"{step.subject} {step.risk} ({'; '.join(map(str, step.causes))})" if step.causes else step.subject
        for step in steps
    )


def nobody_agrees(steps: Sequence[Step]) -> None:
    """Raises Refused."""
    raise Refused("not done without a yes", details="\n".join(questions(steps)), hint=HOW)
