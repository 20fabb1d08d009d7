"""Packages that change while devenv watches: in the containers at once, in the image behind their backs."""

from __future__ import annotations

from pathlib import Path

from tests.e2e import checks
from tests.e2e.conftest import Shop
from tests.e2e.project import Project
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually

APP = ("web", "worker", "beat")


def test_a_package_is_there_after_a_save_and_the_next_up_has_nothing_to_do(
    scenario: Scenario, shop: Shop
) -> None:
    project, before = shop.project, checks.container_ids(shop.project)
    requirements = shop.bookstore.root / "requirements.txt"
    first = requirements.read_text()
    with project.watching() as watch:
        with scenario.step("what cannot be resolved changes nothing, and says why"):
            requirements.write_text(first + "django==1.0\n")
            watch.says("the packages could not be installed; the containers go on with those they have")
            assert "No solution found" in watch.said() or "cannot be used" in watch.said()
            assert checks.ask(project, "/health/").status == 200

        with scenario.step("a package and the code that needs it arrive together, and are served"):
            shop.bookstore.edit(
                "bookstore/health.py",
                "JsonResponse(states,",
                'JsonResponse(states | {"package": __import__("iniconfig").__name__},',
            )
            requirements.write_text(first + "iniconfig==2.0.0\n")
            eventually(lambda: package(project), lambda seen: seen == "iniconfig")
            watch.says("install iniconfig 2.0.0: app.dependencies.requirements.txt changed, devenv.yaml:")
            assert {name: has(project, name, "iniconfig") for name in APP} == dict.fromkeys(APP, True)

        with scenario.step("it is taken back and asked for again at once: the newest wins"):
            requirements.write_text(first)
            watch.says("install no iniconfig any more")
            requirements.write_text(first + "iniconfig==2.1.0\n")
            watch.says("install iniconfig 2.1.0")

        with scenario.step("the image follows, the job runs from it, and the processes are those they were"):
            watch.says("build devenv/")
            watch.says("in the background, with the packages that were installed (", timeout_seconds=200)
            watch.says("run migrate: its image is rebuilt (")
            after = checks.container_ids(project)
            assert {name for name in before if before[name] != after[name]} == {"migrate"}

    with scenario.step("nothing is left to do"):
        assert project.devenv("up", "--dry-run").stdout == "nothing to do\n"

    with scenario.step("a container that is lost comes back from the image, with the packages"):
        project.engine.docker("rm", "--force", project.container("worker"))
        project.devenv("up", "-d")
        assert has(project, "worker", "iniconfig")


def test_an_install_that_is_killed_is_finished_by_the_next_watch_and_by_the_next_up(
    scenario: Scenario, shop: Shop
) -> None:
    project, requirements = shop.project, shop.bookstore.root / "requirements.txt"
    first = requirements.read_text()
    with scenario.step("devenv is killed when web has a package that the worker has not"):
        killed_in_mid_install(project, requirements, first + "iniconfig==2.0.0\n", web_has=True)

    with scenario.step("watching again, all get it"), project.watching() as watch:
        watch.says("build devenv/")
        eventually(lambda: {has(project, name, "iniconfig") for name in APP}, lambda seen: seen == {True})
        eventually(lambda: project.devenv("up", "--dry-run").stdout, lambda said: said == "nothing to do\n")

    with scenario.step("devenv is killed when web has it no more, and the worker still has"):
        killed_in_mid_install(project, requirements, first, web_has=False)

    with scenario.step("the next up takes it from all"):
        project.devenv("up", "-d")
        assert {has(project, name, "iniconfig") for name in APP} == {False}
        assert project.devenv("up", "--dry-run").stdout == "nothing to do\n"


def killed_in_mid_install(project: Project, requirements: Path, text: str, *, web_has: bool) -> None:
    """Another install, so it seems, is under way in the worker, which waits for it; then it is over."""
    worker, docker = project.container("worker"), project.engine.docker
    wait = "rm -f /tmp/over; touch /tmp/held; until [ -e /tmp/over ]; do sleep 0.1; done; rm /tmp/held"
    docker("exec", "--detach", worker, "flock", "/tmp/devenv-install.lock", "sh", "-c", wait)
    eventually(lambda: project.engine.code("exec", worker, "test", "-e", "/tmp/held"), lambda code: code == 0)
    try:
        with project.watching() as watch:
            requirements.write_text(text)
            watch.says("install packages: app.dependencies.requirements.txt changed, devenv.yaml:")
            eventually(lambda: has(project, "web", "iniconfig"), lambda seen: seen is web_has)
            watch.process.kill()
            watch.process.wait()
        assert has(project, "worker", "iniconfig") is not web_has
    finally:
        docker("exec", worker, "touch", "/tmp/over")


def package(project: Project) -> object:
    answer = checks.ask(project, "/health/")
    return answer.json().get("package") if answer.status == 200 else None


def has(project: Project, service: str, module: str) -> bool:
    return project.engine.code("exec", project.container(service), "python", "-c", f"import {module}") == 0
