"""When the work of rules is done."""

from __future__ import annotations

from devenv.reload import Work
from devenv.reload.schedule import AFTERMATH_SECONDS, GATHER_SECONDS, LONGEST_GATHER_SECONDS, Schedule


def work(*paths: str, rule: str = "on_change.0") -> Work:
    return Work(rule=rule, paths=paths, run=("make",))


def test_a_burst_is_one_run_with_all_its_paths() -> None:
    schedule = Schedule(is_fed_back=False)
    for moment in range(5):
        assert schedule.ask(work(f"{moment}.graphql", "all.graphql"), moment * GATHER_SECONDS / 2)
    last = 2 * GATHER_SECONDS
    assert schedule.take(last) is None
    assert schedule.next_due() == last + GATHER_SECONDS
    assert schedule.take(last + GATHER_SECONDS) == work(
        "0.graphql", "all.graphql", "1.graphql", "2.graphql", "3.graphql", "4.graphql"
    )
    schedule.end(1.0)
    assert (schedule.take(9.0), schedule.next_due()) == (None, None)


def test_a_burst_that_does_not_end_is_run_all_the_same() -> None:
    schedule = Schedule(is_fed_back=False)
    moment = 0.0
    while schedule.take(moment) is None:
        schedule.ask(work("a"), moment)
        moment += GATHER_SECONDS / 2
    assert LONGEST_GATHER_SECONDS <= moment < LONGEST_GATHER_SECONDS + GATHER_SECONDS


def test_changes_during_a_run_are_one_more_run_after_it() -> None:
    schedule = Schedule(is_fed_back=False)
    schedule.ask(work("a"), 0)
    assert schedule.take(1) == work("a")
    schedule.ask(work("b"), 2)
    schedule.ask(work("c"), 3)
    assert (schedule.take(4), schedule.next_due()) == (None, None)
    schedule.end(5)
    assert schedule.take(5) == work("b", "c")


def test_two_rules_run_one_after_the_other_in_the_order_asked() -> None:
    schedule = Schedule(is_fed_back=False)
    schedule.ask(work("a", rule="second"), 0)
    schedule.ask(work("a", rule="first"), 0)
    assert schedule.take(1) == work("a", rule="second")
    schedule.end(2)
    assert schedule.take(2) == work("a", rule="first")


def test_a_rule_whose_run_changes_what_it_means_ends_after_three_runs() -> None:
    schedule = Schedule(is_fed_back=True)
    now, runs = 0.0, 0
    asked = schedule.ask(work("a"), now)
    while asked:
        now += 1
        assert schedule.take(now) == work("a")
        runs += 1
        schedule.end(now)
        asked = schedule.ask(work("a"), now + AFTERMATH_SECONDS / 2)
    assert (runs, schedule.next_due()) == (3, None)


def test_a_rule_that_fed_itself_runs_again_at_a_save_that_came_later() -> None:
    schedule = Schedule(is_fed_back=True)
    schedule.ask(work("a"), 0)
    for moment in (1.0, 2.0, 3.0):
        schedule.take(moment)
        schedule.ask(work("a"), moment)
        schedule.end(moment)
    assert not schedule.ask(work("a"), 3.1)
    assert schedule.ask(work("a"), 4.0)
    assert schedule.take(5.0) == work("a")


def test_where_runs_write_elsewhere_any_number_of_saves_during_runs_is_followed() -> None:
    schedule = Schedule(is_fed_back=False)
    schedule.ask(work("a"), 0)
    for moment in range(1, 9):
        assert schedule.take(moment) == work("a")
        assert schedule.ask(work("a"), moment + 0.5)
        schedule.end(moment + 0.6)
