"""From nothing to an API that answers, and back to nothing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from devenv.errors import Refused
from tests.e2e import checks
from tests.e2e.conftest import Shop
from tests.e2e.project import Engine
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually


def test_from_nothing_to_an_api_and_back_to_nothing(scenario: Scenario, tmp_path: Path) -> None:
    project, _ = scenario.bookstore("first")

    with scenario.step("`up -d` in an untouched checkout ends when everything is up"):
        project.devenv("up", "-d")
        checks.everything_is_up(project)
        assert checks.published_addresses(project) == {"127.0.0.1"}

    with scenario.step("the API answers with rows from Postgres, and the worker computes a report from them"):
        titles = checks.titles(project)
        assert (titles[0], titles[-1], len(titles)) == ("Beloved", "Things Fall Apart", 12)
        assert checks.report(project)["orders_placed"] > 0

    with scenario.step("`url` says where"):
        url = project.devenv("url", "web").stdout.strip()
        assert checks.fetch(url + "health/").json() == {"database": "ok", "cache": "ok"}

    with scenario.step("a second `up` with nothing to do makes no compose call, from a folder further down"):
        calls = RecordedDocker(tmp_path)
        before = checks.container_ids(project)
        project.devenv("up", "-d", folder="catalog/templates", environ=calls.environ)
        assert checks.container_ids(project) == before
        assert calls.of("compose") == []

    with scenario.step("`down` asks compose, and keeps the volumes"):
        volumes = checks.volumes(project)
        project.devenv("down", folder="orders", environ=calls.environ)
        assert len(calls.of("compose")) == 1
        assert (checks.states(project), checks.volumes(project)) == ({}, volumes)

    with scenario.step("the next `up -d` finds the rows that were there"):
        project.devenv("up", "-d")
        assert [each["days"] for each in checks.ask(project, "/api/reports/").json()["results"]] == [30]

    with scenario.step("`down -v` where nobody can be asked is refused, and does nothing"):
        project.devenv("down", "-v", code=Refused.exit_code)
        checks.everything_is_up(project)

    with scenario.step("`down -v -y` leaves nothing on the engine but the image"):
        project.devenv("down", "-v", "-y")
        assert (checks.states(project), checks.volumes(project), project.find("network")) == ({}, [], [])


def test_up_in_the_foreground_watches_until_it_is_interrupted(scenario: Scenario, shop: Shop) -> None:
    shop.project.devenv("stop")
    with shop.project.background("up") as up:
        with scenario.step("`up` starts what was stopped, says so, and watches"):
            up.says("start web: it is stopped")
            up.says("watching")
            checks.everything_is_up(shop.project)

        with scenario.step("a save is served"):
            shop.bookstore.save_serializer("second")
            eventually(lambda: checks.edition(shop.project), lambda seen: seen == "second")

    with scenario.step("an interrupt ends the watching, and the containers go on"):
        assert up.process.returncode in {0, 130}
        checks.everything_is_up(shop.project)


def test_an_up_with_nothing_to_do_says_so_until_there_is_something(scenario: Scenario, shop: Shop) -> None:
    def up() -> str:
        return shop.project.devenv("up", "-d").stderr

    with scenario.step("all is as the last `up` left it"):
        eventually(up, lambda said: said.startswith("nothing to do: "))

    with scenario.step("a saved file is sent"):
        shop.bookstore.save_serializer("third")
        assert "nothing to do" not in up()
        eventually(lambda: checks.edition(shop.project), lambda seen: seen == "third")

    with scenario.step("a container that was stopped is started"):
        eventually(up, lambda said: said.startswith("nothing to do: "))
        shop.project.engine.docker("stop", shop.project.container("cache"))
        stopped = ("--filter", "label=com.docker.compose.service=cache", "--filter", "status=exited")
        eventually(lambda: shop.project.find("container", "--all", *stopped))  # the engine's list may be late
        assert "start cache: it is stopped" in up()


def test_compose_alone_runs_what_was_compiled(scenario: Scenario) -> None:
    project, _ = scenario.bookstore("plain")
    with scenario.step("`compile` writes the files, and touches no engine"):
        project.devenv("compile")
        assert checks.states(project) == {}

    with scenario.step("`docker compose up` alone builds and runs them"):
        engine = Engine(environ={"DEVENV_PORT_WEB_8000": "0"})  # any free one: 8000 may be taken
        engine.docker("compose", "-f", str(project.root / ".devenv/compose.yaml"), "up", "--detach")
        checks.everything_is_up(project)
        assert len(checks.titles(project)) == 12
        assert checks.report(project)["orders_placed"] > 0


class RecordedDocker:
    """A `docker` first on PATH that writes down how it was called, and passes on to the real one."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "docker-calls"
        self._log.touch()
        shim = folder / "bin" / "docker"
        shim.parent.mkdir()
        shim.write_text(f'#!/bin/sh\necho "$*" >> {self._log}\nexec {shutil.which("docker")} "$@"\n')
        shim.chmod(0o755)
        self.environ = {"PATH": f"{shim.parent}{os.pathsep}{os.environ['PATH']}"}

    def of(self, command: str) -> list[str]:
        """The calls of one docker command so far."""
        return [call for call in self._log.read_text().splitlines() if call.split()[0] == command]
