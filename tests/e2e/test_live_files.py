"""Edits, while watching, of every file behind the environment; one that would leave data behind asks."""

from __future__ import annotations

import os
import pty
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from devenv.workflows.watch import WRITTEN_SECONDS
from tests.e2e import checks
from tests.e2e.project import Project
from tests.e2e.scenario import Scenario
from tests.e2e.small import Small
from tests.e2e.waiting import eventually

STORE = "devenv.d/services/store.yaml"
NOTHING = "nothing to do\n"


def test_each_file_is_followed_and_only_what_differs_is_touched(scenario: Scenario, small: Small) -> None:
    project = small.project
    with project.watching() as watch:
        with scenario.step("an env file: the app gets the value, which is shown nowhere"):
            before = checks.container_ids(project)
            small.edit(".env", "first", "second-and-secret")
            watch.says("recreate loop: app.env_file.TOKEN changed, devenv.yaml:4 (")
            assert small.variable("loop", "TOKEN") == "second-and-secret"

        with scenario.step("a layer: its own line is the cause"):
            small.edit("base.yaml", "LAYER: one", "LAYER: two")
            watch.says("recreate loop: app.env.LAYER changed, base.yaml:3 (")
            assert small.variable("loop", "LAYER") == "two"
            assert unlike(project, before) == {"loop"}

        with scenario.step("a definition of one's own, and Ctrl-C when its step begins; then one edit more"):
            before = checks.container_ids(project)
            small.edit(STORE, "COLOUR: red", "COLOUR: blue")
            watch.says("recreate store: services.store.env.COLOUR changed, devenv.yaml:6")
            watch.process.send_signal(signal.SIGINT)
            small.edit("base.yaml", "LAYER: two", "LAYER: three")
            assert eventually(watch.process.poll, lambda code: code is not None) == 0
            assert "second-and-secret" not in watch.said()

    with scenario.step("the next up finishes"):
        project.devenv("up", "-d")
        assert small.variable("store", "COLOUR") == "blue"
        assert small.variable("loop", "LAYER") == "three"
        assert project.devenv("plan").stdout == NOTHING


def test_a_file_read_in_the_middle_of_its_save_counts_for_nothing(scenario: Scenario, small: Small) -> None:
    """Emptied, then written, as most editors save in place: and that when the last save is being read."""
    project, before = small.project, checks.container_ids(small.project)
    empty_seconds = []
    with project.watching() as watch, scenario.step("saves that begin while the one before is read"):
        for turn in range(20):
            with (project.root / ".env").open("w", encoding="utf-8") as file:
                emptied = time.monotonic()
                time.sleep(0.02)
                file.write("TOKEN=first\n")
            empty_seconds.append(time.monotonic() - emptied)
            time.sleep(WRITTEN_SECONDS + turn * 0.005)
    if max(empty_seconds) > WRITTEN_SECONDS / 2:
        pytest.skip("the machine kept the file empty for as long as a save is waited for")
    assert "TOKEN" not in watch.said()
    assert checks.container_ids(project) == before


def test_what_is_not_valid_is_shown_and_the_last_good_one_goes_on(scenario: Scenario, small: Small) -> None:
    project = small.project
    before = checks.container_ids(project)
    with project.watching() as watch:
        with scenario.step("each kind of file: its line is shown"):
            small.edit(".env", "TOKEN", "TO KEN")
            watch.says(".env:1:1 expected KEY=value")
            small.edit(STORE, "port: 6379", "prt: 6379")
            watch.says(f"{STORE}:5:1 prt: unknown key; did you mean `port`?")
            small.edit("base.yaml", "LAYER: one", "LAYER: [one]")
            watch.says("base.yaml:3:12 app.env.LAYER: expected text, a number or a boolean, got a list")
            (project.root / "base.yaml").unlink()
            watch.says("devenv.yaml:1:11 extends.0: base.yaml: no such file")

        with scenario.step(
            "mended, with a comment and other whitespace: nothing differs, nothing is touched"
        ):
            small.restore()
            small.edit("devenv.yaml", "services:", "\n# what keeps data\nservices:")
            watch.says("devenv.yaml is followed again: nothing in it differs")
            assert project.devenv("plan").stdout == NOTHING
            assert checks.container_ids(project) == before
            assert watch.said().count("watching /") == 1


def test_data_is_left_behind_only_by_a_yes_and_watching_goes_on(scenario: Scenario, small: Small) -> None:
    project, volume = small.project, f"{small.project.name}_store-store-8"
    before = checks.container_ids(project)
    project.engine.docker("exec", before["store"], "sh", "-c", "echo mine > /data/mine")
    with terminal() as (typed, stdin), project.watching(stdin=stdin) as watch:
        with scenario.step("another major version is asked about; a no leaves all as it is"):
            small.edit(STORE, 'default_version: "8"', 'default_version: "7"')
            said = watch.says("y and Enter where devenv watches, or `devenv up --yes` anywhere, agrees")
            assert f"store leaves its data behind in volume {volume} and begins in {volume[:-1]}7" in said
            os.write(typed, b"n\n")
            watch.says("not done; the last good one stays in force")
            refused = project.devenv("up", "-d", code=11).stderr
            assert "error: not done without a yes\n" in refused
            assert unlike(project, before) == set()

        with scenario.step("a yes in another terminal: it is done, and the one who watches goes on with it"):
            project.devenv("up", "-d", "--yes")
            eventually(lambda: watch.said().count("watching /") == 2)
            assert unlike(project, before) == {"store"}
            assert not has_data(project)

        with scenario.step("the edit is taken back, with a yes at this terminal: the data is there"):
            small.edit(STORE, 'default_version: "7"', 'default_version: "8"')
            eventually(lambda: watch.said().count("y and Enter where devenv watches") == 2)
            os.write(typed, b"y\n")
            eventually(lambda: watch.said().count("watching /") == 3)
            assert has_data(project)

        with scenario.step("Ctrl-C ends it though it waits for what is typed"):
            watch.process.send_signal(signal.SIGINT)
            assert eventually(watch.process.poll, lambda code: code is not None) == 0


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """What is typed into the first is read from the second."""
    ends = pty.openpty()
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)


def has_data(project: Project) -> bool:
    return project.engine.code("exec", project.container("store"), "test", "-e", "/data/mine") == 0


def unlike(project: Project, before: dict[str, str]) -> set[str]:
    """The services that have another container by now."""
    after = checks.container_ids(project)
    return {name for name in before if before[name] != after.get(name)}


def test_a_job_that_asks_is_due_and_waits_for_somebody(scenario: Scenario, small: Small) -> None:
    project = small.project
    job = "jobs:\n  count: {command: sh -c 'ls data | wc -l', when: {change: 'data/*', ask: true}}\n"
    (project.root / "data").mkdir(exist_ok=True)
    (project.root / "data" / "first").touch()
    with scenario.step("it runs when it has never run; what runs already is left alone"):
        before = checks.container_ids(project)
        with (project.root / "devenv.yaml").open("a") as file:
            file.write(job)
        assert "count | 1" in project.devenv("up", "-d").stderr
        assert unlike(project, before) == set()

    with scenario.step("while watching it is told that it is due, and runs when somebody says so"):
        before = checks.container_ids(project)
        with project.watching() as watch:
            (project.root / "data" / "second").touch()
            watch.says("count is due: what it works on changed")
            assert checks.container_ids(project) == before
            assert checks.states(project)["count"] == "exited 0"
            assert "count | 2" in project.devenv("job", "count").stderr
    assert project.devenv("plan").stdout == NOTHING
