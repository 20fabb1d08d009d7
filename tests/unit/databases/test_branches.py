from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from devenv.databases.branches import Copy, Drop, Step, Swap, Switch, live_after, plan_switch
from devenv.databases.names import branch_database

MAIN, FEATURE, OTHER = (branch_database("app", name) for name in ("main", "feature", "other"))
BRANCHES = ("main", "feature", "other", "hotfix")


def switch(
    live: str,
    wanted: str,
    *present: str,
    nearest: tuple[str, ...] = ("main", "feature", "other"),
    former: tuple[str, ...] = (),
) -> Switch:
    return plan_switch(
        "app",
        live=live,
        wanted=wanted,
        former=former,
        present=("app", *present),
        nearest=nearest,
        spare="app__snap__spare",
    )


def test_a_new_branch_goes_on_with_the_live_database_and_its_parent_keeps_a_copy() -> None:
    assert switch("main", "feature", nearest=("main",)) == Switch(
        steps=(Copy(from_="app", to=MAIN),), origin="a copy of main's"
    )


def test_a_branch_that_had_a_database_gets_it_back_by_a_rename() -> None:
    assert switch("feature", "main", MAIN) == Switch(
        steps=(Swap(aside=FEATURE, next_=MAIN),), origin="as main left it"
    )


def test_a_new_branch_of_one_that_is_not_live_gets_a_copy_of_that() -> None:
    assert switch("feature", "other", MAIN, nearest=("main", "feature")) == Switch(
        steps=(Copy(from_=MAIN, to="app__next"), Swap(aside=FEATURE, next_="app__next")),
        origin="a copy of main's",
    )


def test_what_an_interrupted_switch_left_half_made_is_dropped_first() -> None:
    assert switch("feature", "main", MAIN, "app__next").steps == (
        Drop(name="app__next"),
        Swap(aside=FEATURE, next_=MAIN),
    )


def test_where_nobody_knows_whose_the_live_database_is_it_is_kept_as_a_snapshot() -> None:
    assert switch("", "main", MAIN).steps == (Swap(aside="app__snap__spare", next_=MAIN),)
    assert switch("main", "feature", MAIN, FEATURE).steps == (Swap(aside="app__snap__spare", next_=FEATURE),)
    assert switch("", "main") == Switch(steps=(), origin="what is there")
    assert switch("main", "feature", MAIN, nearest=("main",)).steps == ()


def test_a_branch_that_was_renamed_has_what_it_had() -> None:
    assert switch("feature", "better", MAIN, former=("feature",)) == Switch(
        steps=(), origin="the same, since feature was renamed"
    )
    assert switch("main", "better", FEATURE, former=("draft", "feature")) == Switch(
        steps=(Swap(aside=MAIN, next_=FEATURE),), origin="as feature left it"
    )


def test_a_switch_that_was_cut_short_has_happened_where_the_databases_say_so() -> None:
    def live(of: str, towards: str, *present: str) -> str:
        return live_after("app", live=of, towards=towards, present=("app", *present))

    assert live("main", "feature", FEATURE) == "main"
    assert live("main", "feature", MAIN) == "feature"
    assert live("main", "feature") == "main"  # nothing was copied yet
    assert live("main", "") == "main"
    assert live("", "feature", FEATURE) == ""
    assert live("", "feature", "app__snap__spare") == "feature"


@given(st.lists(st.tuples(st.sampled_from(BRANCHES), st.integers(0, 3)), max_size=12))
def test_whatever_the_order_and_though_it_is_killed_each_branch_finds_the_content_that_it_left(
    visits: list[tuple[str, int]],
) -> None:
    server = {"app": "main"}
    live, left = "main", {"main": "main"}
    for number, (wanted, steps) in enumerate(visits):
        if wanted == live:
            continue
        server["app"] = left[live] = f"{live} at {number}"
        nearest = tuple(branch for branch in left if branch != wanted)
        plan = plan_switch("app", live=live, wanted=wanted, present=server, nearest=nearest, spare="spare")
        for step in plan.steps[:steps]:
            apply(step, server)
        live = live_after("app", live=live, towards=wanted, present=server)
        assert live == wanted or steps < len(plan.steps)
        left.setdefault(live, server["app"])
        assert server["app"] == left[live]
        assert {branch: server[branch_database("app", branch)] for branch in left if branch != live} == {
            branch: content for branch, content in left.items() if branch != live
        }


def apply(step: Step, server: dict[str, str]) -> None:
    match step:
        case Copy(from_=from_, to=to):
            assert to not in server
            server[to] = server[from_]
        case Swap(aside=aside, next_=next_):
            assert aside not in server
            server[aside], server["app"] = server["app"], server.pop(next_)
        case Drop(name=name):
            del server[name]
