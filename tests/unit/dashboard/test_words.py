from typing import Any

from devenv.agent.protocol import FIRST_START
from devenv.dashboard.words import Line, brief, duration, line_of, some_paths
from devenv.events import (
    AppReady,
    ConfigRejected,
    Failed,
    Notice,
    OutputLine,
    ProcessReloaded,
    ProcessState,
    Pulled,
    SaveServed,
    StepFinished,
    StepStarted,
    Synced,
    SyncProblem,
    Waiting,
)


def reloaded(action: str, **changed: Any) -> ProcessReloaded:
    values: dict[str, Any] = {"rung": "chain", "cause": "catalog/views.py", "traceback": "", **changed}
    return ProcessReloaded(process="web", generation=7, action=action, milliseconds=42.4, **values)


def test_every_event_has_its_words() -> None:
    assert [
        line_of(event)
        for event in (
            StepStarted("create db: it is not there yet"),
            StepFinished("create db: it is not there yet", 2.04),
            OutputLine("web", "GET / 200"),
            Waiting("db is starting"),
            AppReady("web", "http://localhost:8000/", 200, 3.12),
            Synced(paths=("a.py",), generation=1, size_bytes=9, milliseconds=4.6),
            SyncProblem(("a.py",), "disk full"),
            ProcessState("web", "broken", "SyntaxError"),
            ConfigRejected("devenv.yaml:3:1 python: expected …"),
            Failed("the image could not be built", "no such package", "correct it"),
            Notice("the engine is back"),
        )
    ] == [
        Line("create db: it is not there yet", "quiet"),
        Line("create db: it is not there yet (2.0 s)", "good"),
        Line("web | GET / 200", "quiet"),
        Line("waiting: db is starting", "quiet"),
        Line("web answers 200 at http://localhost:8000/ (after 3.1 s)", "good"),
        Line("a.py synced in 5 ms", "quiet"),
        Line("a.py: not in the containers: disk full; it is tried again", "warning"),
        Line("web: broken (SyntaxError)", "bad"),
        Line(
            "devenv.yaml is not valid; the last good one stays in force",
            "bad",
            "devenv.yaml:3:1 python: expected …",
        ),
        Line("the image could not be built", "bad", "no such package\nhint: correct it"),
        Line("the engine is back", "warning"),
    ]


def test_a_reload_says_what_came_of_it() -> None:
    assert line_of(reloaded("reload", cause=FIRST_START, rung="cold")).text == "web: started in 42 ms"
    assert [line_of(reloaded(action)) for action in ("reload", "reset", "none")] == [
        Line("web: runs the new code after 42 ms (chain; catalog/views.py)", "good"),
        Line("web: forgot what it had read after 42 ms (catalog/views.py)", "good"),
        Line("web: nothing to do (catalog/views.py)", "quiet"),
    ]


def test_a_failed_reload_shows_the_projects_own_frames() -> None:
    traceback = (
        "Traceback (most recent call last):\n"
        '  File "/opt/venv/lib/python3.13/site-packages/django/urls.py", line 47, in get\n'
        "    return load()\n"
        '  File "/app/shop/urls.py", line 3, in <module>\n'
        "    from . import views\n"
        '  File "/opt/venv/lib/python3.13/importlib.py", line 1, in load\n'
        "    load()\n"
        '  File "/app/shop/views.py", line 9\n'
        "    def (\n"
        "        ^\n"
        "SyntaxError: invalid syntax\n"
    )
    assert line_of(reloaded("failed", traceback=traceback)) == Line(
        "web: does not start: catalog/views.py",
        "bad",
        '  File "/app/shop/urls.py", line 3, in <module>\n'
        "    from . import views\n"
        '  File "/app/shop/views.py", line 9\n'
        "    def (\n"
        "        ^\n"
        "SyntaxError: invalid syntax",
    )


def test_what_is_no_traceback_stays_as_it_is() -> None:
    assert brief("the worker ended with exit code 3\n") == "the worker ended with exit code 3"


def test_a_conflict_says_where_the_other_version_is() -> None:
    assert line_of(Pulled(("shop/migrations/0002_x.py",), ("shop/models.py",))) == Line(
        "from the container: shop/migrations/0002_x.py",
        "warning",
        "both sides changed shop/models.py: yours stays, the other is in .devenv/conflicts/",
    )


def test_durations_are_said_as_people_say_them() -> None:
    assert [duration(seconds) for seconds in (0.0124, 3.14, 125)] == ["12 ms", "3.1 s", "2 min 05 s"]


def test_many_paths_are_a_few_and_a_number() -> None:
    assert some_paths(("a", "b", "c", "d", "e")) == "a, b, c and 2 more"


def served(**changed: Any) -> SaveServed:
    values: dict[str, Any] = {
        "process": "web",
        "action": "reload",
        "cause": "catalog/views.py",
        "rung": "chain",
        "before": "catalog.views",
        "milliseconds": 61.4,
        "stages": (("seen", 0.0), ("sent", 1.2), ("applied", 3.0), ("resumed", 6.0), ("ready", 61.4)),
        **changed,
    }
    return SaveServed(paths=("catalog/views.py",), generation=7, **values)


def test_a_fast_save_is_one_line_with_the_running_figures() -> None:
    assert line_of(served(p50_ms=58.0, p95_ms=90.2, saves=12)) == Line(
        "catalog/views.py: served after 61 ms; p50 58, p95 90 ms of 12",
        "good",
        "  seen 0 | sent 1 | applied 3 | resumed 6 before catalog.views | ready 61 ms",
    )
    assert line_of(served(saves=1)).text == "catalog/views.py: served after 61 ms"


def test_a_slow_save_says_what_took_the_time() -> None:
    stages = (
        ("seen", 0.0),
        ("sent", 2.0),
        ("applied", 9.0),
        ("resumed", 20.0),
        ("loaded", 700.0),
        ("ready", 730.0),
    )
    assert line_of(served(stages=stages, milliseconds=730.0)).text == (
        "catalog/views.py: served after 730 ms; importing from catalog.views on took 680 ms"
    )
    cold = served(rung="cold", before="", milliseconds=900.0, cause=".env is read before anything else")
    assert line_of(cold).text == (
        "catalog/views.py: served after 900 ms; from cold: .env is read before anything else"
    )


def test_a_reload_that_begins_far_from_the_change_says_what_hindered_a_nearer_checkpoint() -> None:
    obstacle = "a thread was started (sampler)"
    assert line_of(served(rung="cold", before="", cause="shop/late.py", obstacle=obstacle)).text == (
        "catalog/views.py: served after 61 ms; from cold: shop/late.py"
        " (no nearer checkpoint: a thread was started (sampler))"
    )
    stages = (("seen", 0.0), ("resumed", 20.0), ("loaded", 700.0))
    assert line_of(served(stages=stages, milliseconds=700.0, obstacle=obstacle)).text == (
        "catalog/views.py: served after 700 ms; importing from catalog.views on took 680 ms"
        " (no nearer checkpoint: a thread was started (sampler))"
    )
    assert line_of(served(obstacle=obstacle)).text == "catalog/views.py: served after 61 ms"


def test_a_save_without_a_reload_says_so() -> None:
    assert line_of(served(action="none", milliseconds=4.0)).text == (
        "catalog/views.py: in the containers after 4 ms, nothing to reload in web"
    )
    assert line_of(served(action="none", milliseconds=4.0, process="")).text == (
        "catalog/views.py: in the containers after 4 ms"
    )
    assert line_of(served(action="reset", milliseconds=5.0)).text == (
        "catalog/views.py: served after 5 ms; web forgot what it had read"
    )
