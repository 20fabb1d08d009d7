"""Before data is left behind or goes, somebody agrees; where nobody can be asked, nothing is done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from devenv.engine.step import Step
from devenv.errors import Refused

Agree = Callable[[Sequence[Step]], None]
"""Asked with the risky steps of a plan, before the first step. Raises Refused."""

YES = frozenset({"y", "yes"})
HOW = "`devenv up --yes` agrees, also from another terminal while one watches; or take the edit back"


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody typed a line."""

    agrees: bool


def questions(steps: Sequence[Step]) -> tuple[str, ...]:
    """A line for each step: what becomes of which data, and the cause."""
    return tuple(
        f"{step.subject} {step.risk} ({'; '.join(map(str, step.causes))})" if step.causes else step.subject
        for step in steps
    )


def nobody_agrees(steps: Sequence[Step]) -> None:
    """Raises Refused."""
    raise Refused("not done without a yes", details="\n".join(questions(steps)), hint=HOW)


class Answers:
    """Lines that somebody types at the terminal of a watch, read from the first question on.

    read_line: waits for a line, "" at the end; None where there is no terminal.
    """

    def __init__(self, read_line: Callable[[], str] | None = None) -> None:
        self._read_line = read_line
        self._put: Callable[[Answered], None] = lambda _: None
        self._is_read = False

    @property
    def how(self) -> str:
        """What somebody may do who reads a question."""
        if self._read_line is None:
            return HOW
        return (
            "y and Enter where devenv watches, or `devenv up --yes` anywhere, agrees; or take the edit back"
        )

    def expect(self, put: Callable[[Answered], None]) -> None:
        """Whatever is typed from now on goes there, in a thread of its own."""
        self._put = put
        if self._read_line is not None and not self._is_read:
            self._is_read = True
            threading.Thread(target=self._read, name="devenv-answers", daemon=True).start()

    def _read(self) -> None:
        while self._read_line is not None and (line := self._read_line()):
            self._put(Answered(line.strip().lower() in YES))


class Question:
    """What is asked of an edit while devenv watches, and agreed to; nothing waits for the answer."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._asked: tuple[str, ...] = ()
        self._agreed: tuple[str, ...] = ()

    def agree(self, steps: Sequence[Step]) -> None:
        """Raises Refused for steps that nobody agreed to, in these very words."""
        self._asked = questions(steps)
        if self._asked != self._agreed:
            raise Refused("not done without a yes", details="\n".join(self._asked), hint=self._answers.how)

    def ask(self, put: Callable[[Answered], None]) -> None:
        """Wait for an answer to what was refused."""
        self._answers.expect(put)

    def close(self) -> None:
        """The edit that is asked of is no more, or was followed."""
        self._asked = self._agreed = ()

    def hear(self, answer: Answered) -> bool:
        """Whether it agrees to what is asked; of several answers the last one counts."""
        self._agreed = self._asked if answer.agrees else ()
        return bool(self._agreed)
