from __future__ import annotations

import pytest

from devenv.engine.step import Action, Cause, Step
from devenv.errors import Refused
from devenv.workflows.consent import Answered, Answers, Question

NEWER = Step(action=Action.RECREATE, subject="db", causes=(Cause("16 became 17"),), risk="begins empty")
GONE = Step(action=Action.REMOVE, subject="cache", risk="takes its data with it")


def question() -> Question:
    return Question(Answers())


def test_what_nobody_agreed_to_is_refused_in_words_and_with_a_way_out() -> None:
    with pytest.raises(Refused) as caught:
        question().agree([NEWER])
    assert caught.value.details == "db begins empty (16 became 17)"
    assert caught.value.hint.startswith("`devenv up --yes` agrees")


def test_where_somebody_can_type_the_hint_says_what() -> None:
    with pytest.raises(Refused) as caught:
        Question(Answers(lambda: "")).agree([NEWER])
    assert caught.value.hint.startswith("y and Enter where devenv watches")


def test_a_yes_is_for_what_was_asked_and_for_nothing_else() -> None:
    asked = question()
    with pytest.raises(Refused):
        asked.agree([NEWER])
    assert asked.hear(Answered(agrees=True))
    asked.agree([NEWER])
    with pytest.raises(Refused):
        asked.agree([NEWER, GONE])


def test_a_no_after_a_yes_counts() -> None:
    asked = question()
    with pytest.raises(Refused):
        asked.agree([NEWER])
    asked.hear(Answered(agrees=True))
    assert not asked.hear(Answered(agrees=False))
    with pytest.raises(Refused):
        asked.agree([NEWER])


def test_a_yes_to_nothing_agrees_to_nothing() -> None:
    asked = question()
    assert not asked.hear(Answered(agrees=True))
    with pytest.raises(Refused):
        asked.agree([NEWER])
    asked.close()
    assert not asked.hear(Answered(agrees=True))
