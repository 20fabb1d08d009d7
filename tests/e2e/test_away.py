"""What a laptop does to a watch: its network goes, its lid is shut and opened, its clock is set."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.e2e import checks
from tests.e2e.engine_proxy import engine_proxy
from tests.e2e.project import Background, Engine
from tests.e2e.scenario import Scenario
from tests.e2e.small import PROGRAM, Small
from tests.e2e.waiting import eventually
from tests.set_clock import put_clock, python_by


def test_a_lost_way_to_the_engine_is_told_and_all_that_was_saved_meanwhile_follows(
    scenario: Scenario, small: Small
) -> None:
    before = checks.container_ids(small.project)
    with engine_proxy() as proxy:
        away = replace(small.project, engine=proxy.engine)
        with away.watching() as watch:
            with scenario.step("the network goes: it is said, and the containers go on"):
                proxy.cut()
                watch.says("the engine went away")
                small.edit("loop.py", "import threading", "# saved without a network\nimport threading")
                small.edit(".env", "first", "second")
                assert checks.container_ids(small.project) == before

            with scenario.step("it comes back: what was saved arrives, what was edited is followed"):
                proxy.mend()
                arrives_and_is_followed(small, watch.says)


def test_a_laptop_that_slept_goes_on_with_all_that_happened_meanwhile(
    scenario: Scenario, small: Small
) -> None:
    with small.project.watching() as watch:
        with scenario.step("the watch stands still; files are saved, and a service dies"):
            os.kill(watch.process.pid, signal.SIGSTOP)
            small.edit("loop.py", "import threading", "# saved asleep\nimport threading")
            small.edit(".env", "first", "second")
            small.project.engine.docker("kill", small.project.container("store"))

        with scenario.step("it goes on: the service comes back, what was saved arrives"):
            os.kill(watch.process.pid, signal.SIGCONT)
            arrives_and_is_followed(small, watch.says)


def test_a_clock_that_is_set_while_watching_disturbs_nothing(
    scenario: Scenario, small: Small, tmp_path: Path
) -> None:
    clock = tmp_path / "clock"
    put_clock(clock, 0)
    project = replace(small.project, engine=Engine(enter=python_by(clock)))
    with project.watching() as watch:
        for turn, hours in enumerate((9, -30), 1):
            with scenario.step(f"it is {hours} hours off: what dies comes back, a save arrives"):
                eventually(lambda: checks.states(project)["store"], lambda state: state == "running")
                put_clock(clock, hours)
                project.engine.docker("kill", project.container("store"))
                eventually(partial(says_so_often, watch, "bringing it back", turn))
                (small.root / "loop.py").write_text(f"# {turn}\n{PROGRAM}")
                eventually(lambda: checks.differing_paths(project, "loop"), lambda seen: seen == [])

        with scenario.step("an edit is followed, and nothing is left to do"):
            put_clock(clock, 0)
            small.edit(".env", "first", "second")
            arrives_and_is_followed(small, watch.says)


def says_so_often(watch: Background, words: str, times: int) -> bool:
    return watch.said().count(words) == times


def arrives_and_is_followed(small: Small, says: Callable[[str], str]) -> None:
    """The saved program and the edited variable are in the container, and nothing is left to do."""
    says("recreate loop: app.env_file.TOKEN changed, devenv.yaml:4 (")
    assert small.variable("loop", "TOKEN") == "second"
    eventually(lambda: checks.differing_paths(small.project, "loop"), lambda seen: seen == [])
    assert checks.states(small.project) == {"store": "running", "loop": "running"}
    assert small.project.devenv("plan").stdout == "nothing to do\n"
