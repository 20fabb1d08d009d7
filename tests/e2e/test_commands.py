"""The commands around a running project: what they print, and the codes that they end with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devenv.errors import ConfigError, EngineUnavailable, NotRunning, UsageError
from tests.e2e import checks
from tests.e2e.conftest import Shop
from tests.e2e.scenario import Scenario


@pytest.mark.parametrize("command", [("exec", "web"), ("run", "web")])
def test_a_command_inside_has_our_streams_and_gives_its_exit_code(
    scenario: Scenario, shop: Shop, command: tuple[str, ...]
) -> None:
    with scenario.step("its output is ours alone, and so is its input"):
        assert shop.project.devenv(*command, "cat", stdin="as it is\n").stdout == "as it is\n"

    with scenario.step("it ends with the code of the command"):
        shop.project.devenv(*command, "sh", "-c", "exit 7", code=7)


def test_manage_passes_the_exit_code_on(scenario: Scenario, shop: Shop) -> None:
    with scenario.step("a command that ends well"):
        assert "no issues" in shop.project.devenv("manage", "check").stdout

    with scenario.step("a command that there is not"):
        shop.project.devenv("manage", "nonsense", code=1)

    with scenario.step("the bookstore's own tests, against its services"):
        assert "OK" in shop.project.devenv("manage", "test", "--noinput").stderr


def test_what_is_there_can_be_asked(scenario: Scenario, shop: Shop) -> None:
    with scenario.step("`status` names everything that runs"):
        facts = shop.project.devenv("status", "--format", "json").stdout
        for name in checks.states(shop.project):
            assert f'"{name}"' in facts
        assert json.loads(facts)
        assert "web" in shop.project.devenv("status").stdout

    with scenario.step("`logs` shows what a process wrote"):
        assert "beat: Starting" in shop.project.devenv("logs", "beat").stdout

    with scenario.step("`config` prints the environment, and where each value is from"):
        assert "postgres:17" in shop.project.devenv("config").stdout

    with scenario.step("`sync status` agrees that the trees are equal"):
        shop.project.devenv("sync", "status")
        assert checks.differing_paths(shop.project) == []

    with scenario.step("`doctor` finds nothing wrong"):
        shop.project.devenv("doctor")


def test_a_dry_run_prints_the_plan_with_its_causes_and_does_nothing(scenario: Scenario, shop: Shop) -> None:
    with scenario.step("nothing changed: nothing to do"):
        assert shop.project.devenv("up", "--dry-run").stdout == "nothing to do\n"
        assert shop.project.devenv("plan", "--exit-code").stdout == "nothing to do\n"

    with scenario.step("a changed variable recreates what has it, for a cause with its line"):
        before = checks.container_ids(shop.project)
        shop.bookstore.edit("devenv.yaml", 'DEBUG: "true"', 'DEBUG: "true"\n    GREETING: hello')
        lines = (shop.project.root / "devenv.yaml").read_text().splitlines()
        line = lines.index("    GREETING: hello") + 1
        cause = f"app.env.GREETING added, devenv.yaml:{line}"
        assert shop.project.devenv("up", "--dry-run").stdout.splitlines() == [
            f"run       migrate  {cause}",
            f"recreate  web      {cause}",
            f"recreate  worker   {cause}",
            f"recreate  beat     {cause}",
            "",
            "keep      db       running, healthy",
            "keep      cache    running, healthy",
        ]
        planned = shop.project.devenv("plan", "--format", "json", "--exit-code", code=20).stdout
        assert json.loads(planned)["steps"][1] == {
            "action": "recreate",
            "subject": "web",
            "causes": [{"text": "app.env.GREETING added", "file": "devenv.yaml", "line": line}],
            "risk": None,
        }
        assert checks.container_ids(shop.project) == before

    with scenario.step("`status` says which links of the chain are stale, and why"):
        requirements = shop.bookstore.root / "requirements.txt"
        requirements.write_text(requirements.read_text() + "iniconfig==2.0.0\n")
        chain = json.loads(shop.project.devenv("status", "--format", "json").stdout)["chain"]
        links = {link["name"]: link for link in chain if link["state"] == "stale"}
        assert list(links) == ["recipe", "image", "compose", "containers", "source"]
        changed = links["image"]["why"][0].rpartition(":")[0]
        assert changed == "app.dependencies.requirements.txt changed, devenv.yaml"
        assert f"web: {cause}" in links["containers"]["why"]

    with scenario.step("what runs from one image moves together"):
        steps = json.loads(shop.project.devenv("plan", "--format", "json").stdout)["steps"]
        assert [f"{step['action']} {step['subject']}" for step in steps] == [
            f"build devenv/{shop.project.name}:dev",
            "run migrate",
            "recreate web",
            "recreate worker",
            "recreate beat",
        ]
        assert checks.container_ids(shop.project) == before


def test_each_kind_of_failure_has_its_exit_code(scenario: Scenario, shop: Shop, tmp_path: Path) -> None:
    with scenario.step("a name that there is not"):
        assert "worker" in shop.project.devenv("logs", "wroker", code=UsageError.exit_code).stderr

    with scenario.step("no devenv.yaml anywhere above"):
        lost = scenario.project("lost", tmp_path)
        lost.devenv("up", code=ConfigError.exit_code)

    with scenario.step("a project that is not up"):
        asleep, _ = scenario.bookstore("asleep")
        asleep.devenv("exec", "web", "true", code=NotRunning.exit_code)

    with scenario.step("no engine"):
        nowhere = {"DOCKER_HOST": f"unix://{tmp_path}/no.sock"}
        shop.project.devenv("up", "-d", environ=nowhere, code=EngineUnavailable.exit_code)

    with scenario.step("no docker command"):
        asleep.devenv("build", environ={"PATH": str(tmp_path)}, code=EngineUnavailable.exit_code)
