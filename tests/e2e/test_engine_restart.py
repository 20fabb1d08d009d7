"""The engine itself restarts while devenv watches."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace

import pytest

from devenv.errors import Refused, UsageError
from tests.e2e import checks
from tests.e2e.project import Project
from tests.e2e.scenario import Scenario
from tests.e2e.second_engine import second_engine
from tests.e2e.waiting import eventually

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not all(shutil.which(tool) for tool in ("dockerd", "ip")),
    reason="an engine of its own needs root, dockerd and ip",
)


def test_a_restart_of_the_engine_heals_while_watching(
    scenario: Scenario, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("engine")
    with second_engine(folder) as second:
        with scenario.step("the machine's engine builds; the second one gets the finished images"):
            built, bookstore = scenario.bookstore("restarted")
            built.devenv("build")
            second.copy_images([f"devenv/{built.name}:dev", "postgres:17", "redis:8"])
            project = replace(built, engine=second.engine)
            scenario.borrowed.append(project)

        with scenario.step("everything comes up there"):
            project.devenv("up", "-d")
            checks.everything_is_up(project)

        with project.watching():
            with scenario.step("the engine stops, a file is saved meanwhile, the engine starts"):
                second.stop()
                bookstore.save_serializer("saved without an engine")
                second.start()

            with scenario.step("everything is up again, serves that save, and the trees are equal"):
                checks.everything_is_up(project)
                eventually(lambda: checks.edition(project), lambda seen: seen == "saved without an engine")
                assert checks.report(project)["orders_placed"] > 0
                eventually(lambda: checks.differing_paths(project), lambda seen: seen == [])

            with scenario.step("the next save is served as well"):
                bookstore.save_serializer("next")
                eventually(lambda: checks.edition(project), lambda seen: seen == "next")

        _all_go(scenario, project)


def _all_go(scenario: Scenario, project: Project) -> None:
    """Here, since the machine's engine has environments of others."""
    with scenario.step("`down --all` shows what goes, and does nothing where nobody can be asked"):
        shown = project.devenv("down", "--all", "--dry-run").stdout
        assert re.search(rf"\* {project.name} +running +http://localhost:\d+/ ", shown)
        refused = project.devenv("down", "--all", code=Refused.exit_code)
        assert refused.stdout == shown
        assert f"remove the containers of {project.name}? Data is kept." in refused.stderr
        assert "keeps all data" in project.devenv("down", "--all", "-v", code=UsageError.exit_code).stderr
        assert "Possible options: --dry-run" in project.devenv("down", "--all", "--dryrun", code=2).stderr
        checks.everything_is_up(project)

    with scenario.step("with a yes, from any folder, all containers go, and all data stays"):
        volumes = project.find("volume")
        project.devenv("down", "--all", "--yes", folder="..")
        assert project.find("container", "--all") == project.find("network") == []
        assert project.find("volume") == volumes
        assert re.search(
            rf"  {project.name} +down; its data is kept", project.devenv("ls", folder="..").stdout
        )
        assert project.devenv("down", "--all", folder="..").stdout == "no environment has containers\n"
