"""An edit of devenv.yaml while watching: followed where it is valid, refused where it is not."""

from __future__ import annotations

from tests.e2e import checks
from tests.e2e.conftest import Shop
from tests.e2e.project import Project
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually


def test_an_edit_of_devenv_yaml_is_followed_while_watching(scenario: Scenario, shop: Shop) -> None:
    project, before = shop.project, checks.container_ids(shop.project)
    with project.watching() as watch:
        with scenario.step("a variable is added: the app's containers get it, with the line as the cause"):
            shop.bookstore.edit("devenv.yaml", "env:", "env:\n    GREETING: hello $HOME")
            eventually(lambda: greeting(project), lambda seen: seen == "hello $HOME")
            watch.says("recreate web: app.env.GREETING added, devenv.yaml:")
            checks.everything_is_up(project)

        with scenario.step("what the edit does not concern is untouched"):
            after = checks.container_ids(project)
            assert {name for name in before if before[name] != after[name]} == {
                "migrate",
                "web",
                "worker",
                "beat",
            }

        with scenario.step("an edit that is not valid is shown, and changes nothing"):
            shop.bookstore.edit("devenv.yaml", "services:", "servces:")
            watch.says("servces: unknown key; did you mean `services`?")
            assert checks.container_ids(project) == after

        with scenario.step("saves go on arriving; the corrected file is in force, and a layer that appears"):
            shop.bookstore.save_serializer("after the bad edit")
            eventually(lambda: checks.edition(project), lambda seen: seen == "after the bad edit")
            local = shop.bookstore.root / "devenv.local.yaml"
            local.write_text("app:\n  env:\n    GREETING: good bye\n")
            shop.bookstore.edit("devenv.yaml", "servces:", "services:")
            eventually(lambda: greeting(project), lambda seen: seen == "good bye")
            watch.says("recreate web: app.env.GREETING changed, devenv.local.yaml:3")


def test_an_environment_that_is_taken_down_ends_the_watching(scenario: Scenario) -> None:
    project, _ = scenario.bookstore("taken")
    project.devenv("up", "-d")
    with scenario.step("down in another terminal ends the watching, and nothing comes back"):
        with project.watching() as watch:
            project.devenv("down")
            watch.says("the environment was taken down")
            eventually(watch.process.poll, lambda code: code == 0)
        assert checks.container_ids(project) == {}


def greeting(project: Project) -> str:
    inside = ("exec", project.container("web"), "printenv", "GREETING")
    return project.engine.docker(*inside, check=False).strip()
