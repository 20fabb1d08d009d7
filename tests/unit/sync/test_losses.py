from __future__ import annotations

from devenv.sync.losses import RecentLosses

TREE = {f"{number}.py" for number in range(100)}


def lose_one_by_one(losses: RecentLosses, paths: list[str], *, pause: float) -> set[str]:
    remaining = set(TREE)
    for number, path in enumerate(paths):
        losses.note(gone=[path], there=[], now=number * pause)
        remaining.discard(path)
    return remaining


def test_losses_that_come_one_by_one_add_up() -> None:
    losses = RecentLosses()
    remaining = lose_one_by_one(losses, sorted(TREE)[:51], pause=0.1)
    assert losses.are_most(remaining)


def test_half_of_a_tree_may_go() -> None:
    losses = RecentLosses()
    assert not losses.are_most(lose_one_by_one(losses, sorted(TREE)[:50], pause=0.1))


def test_losses_hours_apart_are_a_days_work() -> None:
    losses = RecentLosses()
    assert not losses.are_most(lose_one_by_one(losses, sorted(TREE)[:90], pause=3600))


def test_what_came_back_is_not_lost() -> None:
    losses = RecentLosses()
    losses.note(gone=TREE, there=[], now=0)
    losses.note(gone=[], there=TREE, now=1)
    assert not losses.are_most(TREE)


def test_a_small_tree_may_go_as_a_whole() -> None:
    losses = RecentLosses()
    losses.note(gone=["a.py", "b.py"], there=[], now=0)
    assert not losses.are_most([])
