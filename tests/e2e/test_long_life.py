"""A watch that goes on for days: others join it, it is killed, its folder is deleted, memory runs out."""

from __future__ import annotations

import os
import re
import shutil
import signal

from tests.e2e import checks
from tests.e2e.conftest import Shop
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually


def test_a_second_devenv_looks_on_and_takes_over_when_the_first_is_killed(
    scenario: Scenario, shop: Shop
) -> None:
    project, before = shop.project, checks.container_ids(shop.project)
    with project.background("watch") as first:
        first.says("watching")
        with project.background("up") as second:
            with scenario.step("the second shows what the first tells"):
                second.says(f"process {first.process.pid} watches here already")
                shop.bookstore.save_serializer("seen by both")
                for each in (first, second):
                    each.says("catalog/serializers.py: served after")

            with scenario.step("a third ends by Ctrl-C, and the first goes on"):
                with project.background("watch") as third:
                    third.says("watches here already")
                    third.process.send_signal(signal.SIGINT)
                    third.says("stopped showing; the other devenv goes on watching")
                    assert eventually(third.process.poll, lambda code: code is not None) == 0
                assert first.process.poll() is None

            with scenario.step("the first is killed: the second says so and goes on, and saves arrive"):
                os.kill(first.process.pid, signal.SIGKILL)
                second.says("the devenv that watched here is gone: this one goes on watching")
                second.says("watching /")
                shop.bookstore.save_serializer("after the takeover")
                eventually(lambda: checks.edition(project), lambda seen: seen == "after the takeover")

    with scenario.step("nothing fought: no container was touched"):
        assert checks.container_ids(project) == before


def test_a_deleted_folder_comes_back_while_watching(scenario: Scenario, shop: Shop) -> None:
    project, before = shop.project, checks.container_ids(shop.project)
    folder = project.root / ".devenv"
    compose = (folder / "compose.yaml").read_bytes()
    with project.watching() as watch:
        with scenario.step(".devenv/ is deleted: it is written anew, as it was"):
            shutil.rmtree(folder)
            watch.says(".devenv/ was deleted: it is written anew")
            assert (folder / "compose.yaml").read_bytes() == compose

        with scenario.step("saves go on arriving, nothing was lost, and one devenv watches"):
            shop.bookstore.save_serializer("after the deletion")
            eventually(lambda: checks.edition(project), lambda seen: seen == "after the deletion")
            with project.background("watch") as second:
                second.says("watches here already")
        with scenario.step(
            "what the job had run on was written there: it runs again, and nothing else is touched"
        ):
            eventually(lambda: project.devenv("plan").stdout, lambda said: said == "nothing to do\n")
            assert checks.container_ids(project) | {"migrate": ""} == before | {"migrate": ""}


def test_memory_that_runs_out_is_said_with_the_line_to_change(scenario: Scenario, shop: Shop) -> None:
    project = shop.project
    command = "celery -A bookstore worker --loglevel info --concurrency 2"
    limited = f"\n    command: {command}\n    resources: {{memory: 250m}}"
    with project.watching() as watch:
        with scenario.step("the worker gets a limit"):
            shop.bookstore.edit("devenv.yaml", f"worker: {command}", f"worker:{limited}")
            watch.says("recreate worker: processes.worker.resources added, devenv.yaml:")
            # Ready before the watcher is connected again: how it started is not heard then.
            eventually(lambda: re.search("worker: (started in|ready)", watch.said()))
            eventually(lambda: watch.said().count("watching /") == 2)  # who is between two hears nothing
            checks.everything_is_up(project)

        with scenario.step("something in it takes more: it is said, and the worker goes on"):
            greedy = "x = [b'x' * 10**7 for _ in range(200)]"
            inside = ("exec", project.container("worker"), "python", "-c", greedy)
            assert project.engine.code(*inside) == 137
            said = watch.says("worker ran out of memory")
            lines = (project.root / "devenv.yaml").read_text().splitlines()
            line = next(number for number, text in enumerate(lines, 1) if "resources:" in text)
            assert f"hint: raise processes.worker.resources.memory, devenv.yaml:{line}" in said
            checks.everything_is_up(project)
