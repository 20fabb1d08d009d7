"""Requests that waited for a new process: the first alone, then a few at a time, until none waits."""

from __future__ import annotations

from devenv.agent.wsgi import ALL, FEW, FEW_SECONDS, Warming

LONG = 60.0


class Waits:
    """Connections in the socket's queue, and how often it was told that the process is warm."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.told = 0

    def warming(self, alone_seconds: float = LONG) -> Warming:
        return Warming(alone_seconds, lambda: self.number > 0, self._tell)

    def _tell(self) -> None:
        self.told += 1


def test_the_first_is_alone_then_a_few_are_taken_until_none_waits() -> None:
    waits = Waits(3)
    warming = waits.warming()
    assert warming.room()[0] == 1
    warming.answered()
    at_once, seconds = warming.room()
    assert at_once == FEW
    assert 0 < seconds <= FEW_SECONDS
    warming.answered()
    assert waits.told == 0
    waits.number = 0
    warming.look()
    assert (waits.told, warming.room()[0]) == (1, ALL)
    warming.answered()
    assert waits.told == 1


def test_an_answer_may_come_before_anybody_asked_for_room() -> None:
    waits = Waits(1)
    warming = waits.warming()
    warming.answered()
    assert (waits.told, warming.room()[0]) == (0, FEW)


def test_where_nobody_waits_the_first_answer_is_all() -> None:
    waits = Waits(0)
    warming = waits.warming()
    assert warming.room()[0] == 1
    warming.answered()
    assert (waits.told, warming.room()[0]) == (1, ALL)


def test_a_first_request_that_takes_too_long_lets_all_in() -> None:
    waits = Waits(3)
    warming = waits.warming(alone_seconds=0.0)
    assert warming.room() == (1, 0.0)
    warming.answered()
    assert (waits.told, warming.room()[0]) == (1, ALL)
