"""The channel between the agent and a process of its own, over real sockets."""

from __future__ import annotations

from devenv.agent import control


def test_last_words_are_heard_of_a_process_that_ended_without_reading_ours() -> None:
    mine, theirs = control.pair()
    with mine:
        control.send(mine, control.Order("address", []))
        control.send(theirs, control.Tested(3))
        theirs.close()
        assert control.receive(mine) == (control.Tested(3), [])
        assert control.receive(mine) == (None, [])


def test_the_end_is_heard_of_a_process_that_said_nothing() -> None:
    mine, theirs = control.pair()
    with mine:
        control.send(mine, control.Order("address", []))
        theirs.close()
        assert control.receive(mine) == (None, [])


def test_who_hears_does_not_wait_for_what_another_has_taken() -> None:
    mine, theirs = control.pair()
    with mine, theirs:
        control.send(theirs, control.Started(7))
        assert control.hear(mine) == (control.Started(7), [])
        assert control.hear(mine) is None
