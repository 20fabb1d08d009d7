"""From a save to what serves it."""

from __future__ import annotations

from devenv.agent.protocol import Reloaded
from devenv.events import SaveServed
from devenv.sync.traces import Applied, Traces


def applied(*paths: str, generation: int = 1, seen: float = 10.0) -> Applied:
    return Applied(paths=paths, generation=generation, seen=seen, sent=seen + 0.001, applied=seen + 0.004)


def reloaded(
    generation: int = 1, action: str = "reload", duration_ms: float = 50, process: str = "web"
) -> Reloaded:
    stages = [["paused", 1.0], ["applied", 2.0], ["resumed", 5.0], ["loaded", 40.0], ["ready", 50.0]]
    return Reloaded(
        process=process,
        generation=generation,
        action=action,
        rung="chain" if action == "reload" else "",
        cause="shop/views.py",
        duration_ms=duration_ms,
        traceback="",
        stages=stages if action == "reload" else [],
        before="shop.views" if action == "reload" else "",
        obstacle="a thread was started" if action == "reload" else "",
    )


def test_a_save_is_told_with_every_moment_since_it_was_seen() -> None:
    traces = Traces(["web"])
    assert traces.begin(applied("shop/views.py"), {"web", "worker"}) is None
    assert traces.hear("worker", reloaded(process="worker"), 10.02) == (False, None)
    assert traces.hear("web", reloaded(), 10.053) == (
        True,
        SaveServed(
            paths=("shop/views.py",),
            generation=1,
            process="web",
            action="reload",
            cause="shop/views.py",
            rung="chain",
            before="shop.views",
            milliseconds=53.0,
            stages=(
                ("seen", 0.0),
                ("sent", 1.0),
                ("paused", 4.0),
                ("applied", 5.0),
                ("resumed", 8.0),
                ("loaded", 43.0),
                ("ready", 53.0),
            ),
            p50_ms=53.0,
            p95_ms=53.0,
            saves=1,
            obstacle="a thread was started",
        ),
    )


def test_what_needs_no_reload_is_told_when_it_is_in_the_containers_and_counts_for_no_figure() -> None:
    traces = Traces(["web"])
    traces.begin(applied("shop/tests.py"), {"web"})
    is_told, served = traces.hear("web", reloaded(action="none", duration_ms=0), 10.006)
    assert served is not None
    assert (is_told, served.action, served.milliseconds, served.saves) == (True, "none", 4.0, 0)
    assert served.stages == (("seen", 0.0), ("sent", 1.0), ("applied", 4.0))


def test_where_no_process_serves_a_save_is_told_at_once() -> None:
    served = Traces(["web"]).begin(applied("shop/views.py"), {"worker"})
    assert served is not None
    assert (served.process, served.action, served.cause) == ("", "none", "no process serves")


def test_a_save_during_a_start_is_told_together_with_the_one_before() -> None:
    traces = Traces(["web"])
    traces.begin(applied("a.py", generation=1, seen=10), {"web"})
    traces.begin(applied("b.py", "a.py", generation=2, seen=10.2), {"web"})
    _, served = traces.hear("web", reloaded(generation=2), 10.3)
    assert served is not None
    assert (served.paths, served.generation, served.milliseconds) == (("a.py", "b.py"), 2, 100.0)
    assert traces.hear("web", reloaded(generation=2), 10.4) == (False, None)


def test_nothing_done_about_a_save_answers_no_earlier_one() -> None:
    traces = Traces(["web"])
    traces.begin(applied("a.py", generation=1), {"web"})
    traces.begin(applied("notes.txt", generation=2, seen=10.2), {"web"})
    _, first = traces.hear("web", reloaded(generation=2, action="none"), 10.21)
    _, second = traces.hear("web", reloaded(generation=2), 10.4)
    assert [each and each.paths for each in (first, second)] == [("notes.txt",), ("a.py",)]


def test_of_two_processes_that_serve_the_later_one_says_when_a_save_is_served() -> None:
    traces = Traces(["web", "admin"])
    traces.begin(applied("a.py"), {"web", "admin"})
    assert traces.hear("admin", reloaded(process="admin"), 10.5) == (True, None)
    _, served = traces.hear("web", reloaded(action="none"), 10.6)
    assert served is not None
    assert (served.process, served.action, served.milliseconds) == ("admin", "reload", 500.0)


def test_a_failure_is_told_by_itself_and_ends_the_trace() -> None:
    traces = Traces(["web"])
    traces.begin(applied("a.py"), {"web"})
    assert traces.hear("web", reloaded(action="failed"), 10.5) == (False, None)
    assert traces.hear("web", reloaded(), 11.0) == (False, None)


def test_nobody_waits_for_a_process_that_is_gone() -> None:
    traces = Traces(["web"])
    traces.begin(applied("a.py"), {"web"})
    traces.forget("web")
    assert traces.hear("web", reloaded(), 11.0) == (False, None)


def test_the_figures_are_of_the_saves_that_were_reloaded() -> None:
    traces = Traces(["web"])
    for number in range(1, 21):
        traces.begin(applied("a.py", generation=number, seen=0), {"web"})
        _, served = traces.hear("web", reloaded(generation=number), number / 100)
    assert served is not None
    assert (served.p50_ms, served.p95_ms, served.saves) == (100.0, 190.0, 20)
