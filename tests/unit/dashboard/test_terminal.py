import io
import json
from dataclasses import replace

from rich.console import Console

from devenv.dashboard.json_lines import JsonLinesView
from devenv.dashboard.terminal import TerminalView
from devenv.events import (
    ConfigRejected,
    Event,
    Notice,
    OutputLine,
    ProcessReloaded,
    ProcessState,
    SaveServed,
    StepFinished,
    StepStarted,
    Synced,
)


def shown(*events: Event, quiet: bool = False, verbose: bool = False) -> list[str]:
    console = Console(file=io.StringIO(), width=60)
    view = TerminalView(console, quiet=quiet, verbose=verbose)
    for event in events:
        view(event)
    view.close()
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


BUILD: list[Event] = [
    StepStarted("build devenv/shop:dev: there is no image yet"),
    OutputLine("build", "[web base 1/3] FROM docker.io/library/python:3.13-slim"),
    OutputLine("build", "[web base 1/3] FROM docker.io/library/python:3.13-slim: cached"),
    OutputLine("build", "  Downloading django"),
    StepFinished("build devenv/shop:dev: there is no image yet", 3.0),
]


def test_where_lines_stay_only_steps_of_a_build_are_lines() -> None:
    assert shown(*BUILD) == [
        "build devenv/shop:dev: there is no image yet",
        "build | [web base 1/3] FROM docker.io/library/python:3.…",
        "build devenv/shop:dev: there is no image yet (3.0 s)",
    ]


def test_verbose_shows_all_that_tools_print() -> None:
    assert len(shown(*BUILD, verbose=True)) == len(BUILD)


def test_quiet_shows_what_went_wrong_and_nothing_else() -> None:
    assert shown(*BUILD, ConfigRejected("devenv.yaml:1:1 name: …"), quiet=True) == [
        "devenv.yaml is not valid; the last good one stays in force",
        "devenv.yaml:1:1 name: …",
    ]


def test_markup_in_what_the_app_prints_is_text() -> None:
    assert shown(OutputLine("web", "[bold]not bold[/bold] [/]")) == ["web | [bold]not bold[/bold] [/]"]


def test_states_that_pass_are_not_shown() -> None:
    assert shown(ProcessState("web", "starting"), ProcessState("web", "unreachable")) == ["web: unreachable"]


def test_a_save_is_shown_with_its_way_and_verbose_shows_every_process() -> None:
    synced = Synced(paths=("a.py",), generation=7, size_bytes=9, milliseconds=3, is_traced=True)
    web = reloaded("web", "reload", is_traced=True)
    save = SaveServed(
        paths=("a.py",),
        generation=7,
        process="web",
        action="reload",
        cause="a.py",
        rung="chain",
        before="a",
        milliseconds=42.0,
        stages=(("seen", 0.0), ("sent", 1.0), ("ready", 42.0)),
    )
    events = (synced, reloaded("beat", "none"), web, save, reloaded("worker", "reload"))
    assert shown(*events) == [
        "a.py: served after 42 ms",
        "  seen 0 | sent 1 | ready 42 ms",
        "worker: runs the new code after 40 ms (chain; a.py)",
    ]
    assert shown(*events, verbose=True) == [
        "a.py synced in 3 ms",
        "beat: nothing to do (a.py)",
        "web: runs the new code after 40 ms (chain; a.py)",
        "a.py: served after 42 ms",
        "  seen 0 | sent 1 | ready 42 ms",
        "worker: runs the new code after 40 ms (chain; a.py)",
    ]


def reloaded(process: str, action: str, *, is_traced: bool = False) -> ProcessReloaded:
    return ProcessReloaded(
        process=process,
        generation=7,
        action=action,
        rung="chain",
        cause="a.py",
        milliseconds=40,
        is_traced=is_traced,
    )


def test_the_same_traceback_of_several_processes_is_shown_once() -> None:
    failures = [
        ProcessReloaded(
            process=process,
            generation=2,
            action="failed",
            rung="",
            cause="a.py",
            milliseconds=1,
            traceback="SyntaxError: x",
        )
        for process in ("web", "worker")
    ]
    assert shown(*failures) == [
        "web: does not start: a.py",
        "SyntaxError: x",
        "worker: does not start: a.py",
    ]


def test_programs_get_one_json_object_a_line() -> None:
    stream = io.StringIO()
    JsonLinesView(stream)(Notice("ä port\nmoved"))
    assert [json.loads(line) for line in stream.getvalue().splitlines()] == [
        {"event": "Notice", "text": "ä port\nmoved", "hint": ""}
    ]


def failed(process: str, generation: int, *, cause: str = "views.py") -> ProcessReloaded:
    return ProcessReloaded(
        process=process,
        generation=generation,
        action="failed",
        rung="chain",
        cause=cause,
        milliseconds=30,
        traceback="NameError: name 'x' is not defined",
    )


def test_why_nothing_starts_is_told_once_for_each_save() -> None:
    retried = failed("web", 7, cause="it did not start")
    assert shown(failed("web", 7), retried, failed("worker", 7), retried, failed("web", 8)) == [
        "web: does not start: views.py",
        "NameError: name 'x' is not defined",
        "worker: does not start: views.py",
        "web: does not start: views.py",
        "NameError: name 'x' is not defined",
    ]


def test_what_started_and_fails_again_is_told_again() -> None:
    started = replace(failed("web", 7), action="reload", cause="it ended", traceback="")
    assert len(shown(failed("web", 7), started, failed("web", 7))) == 2 + 1 + 2


def test_a_process_that_is_broken_still_is_not_told_again() -> None:
    starting, ready = (ProcessState("web", state, "") for state in ("starting", "ready"))
    broken = ProcessState("web", "broken", "NameError")
    told = ["web: broken (NameError)"]
    assert shown(broken, starting, broken, broken) == told
    assert shown(broken, starting, ready, broken) == told * 2
    assert shown(broken, replace(broken, detail="TypeError")) == [*told, "web: broken (TypeError)"]
    assert len(shown(broken, starting, broken, verbose=True)) == 3


def test_a_process_that_was_away_and_is_ready_is_told_where_nobody_heard_how_it_started() -> None:
    away, starting, ready = (ProcessState("web", state, "") for state in ("unreachable", "starting", "ready"))
    assert shown(away, ready, ready) == ["web: unreachable", "web: ready"]
    assert shown(away, starting, ready) == ["web: unreachable"]  # "started in" comes
    assert shown(starting, ready) == []
