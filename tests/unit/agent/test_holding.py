"""While somebody holds, what changes mean is kept; the last to let go gets all of it."""

from __future__ import annotations

from devenv.agent.holding import Holding

EDIT = ["code", "shop/views.py"]
MORE = ["modules", "shop/new.py"]


def test_nothing_is_kept_while_nobody_holds() -> None:
    holding = Holding()
    assert not holding.keep([EDIT])
    holding.begin("installer")
    assert holding.end("installer") == []


def test_what_changed_meanwhile_is_told_once_at_the_end() -> None:
    holding = Holding()
    holding.begin("installer")
    assert holding.keep([EDIT])
    assert holding.keep([MORE])
    assert holding.end("installer") == [EDIT, MORE]
    assert holding.end("installer") is None


def test_of_two_who_hold_the_last_one_ends_it_and_others_end_nothing() -> None:
    holding = Holding()
    holding.begin("first")
    holding.begin("second")
    holding.keep([EDIT])
    assert holding.end("first") is None
    assert holding.end("a host that only syncs") is None
    assert holding.end("second") == [EDIT]
