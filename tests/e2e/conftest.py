"""A scenario for each test, one bookstore that gentle scenarios share, and artifacts where one fails."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e import checks
from tests.e2e.bookstore import EXAMPLE, NOT_COPIED, Bookstore
from tests.e2e.project import Project
from tests.e2e.scenario import Scenario, environment_of
from tests.e2e.small import Small, make_small

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Shop:
    """The shared bookstore: brought up, not watched, its files as in the example."""

    project: Project
    bookstore: Bookstore


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.engine)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what a failed scenario did, and what its containers said."""
    report = yield
    scenario = getattr(item, "funcargs", {}).get("scenario")
    if report.failed and isinstance(scenario, Scenario):
        report.sections.append((f"scenario, {report.when}", scenario.artifacts()))
    return report


@pytest.fixture(scope="session", autouse=True)
def _engine() -> None:
    """Without an engine nothing here can pass; say so once, and what to do."""
    found = subprocess.run(["docker", "version"], capture_output=True, check=False, timeout=60)
    if found.returncode:
        pytest.exit("no container engine answers; `make lab` sets one up on a Debian machine", returncode=4)


@pytest.fixture
def scenario(tmp_path: Path) -> Iterator[Scenario]:
    made = Scenario(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    scenario = Scenario(tmp_path_factory.mktemp("shared"))
    project, bookstore = scenario.bookstore("shared")
    try:
        project.devenv("up", "-d")
        yield Shop(project, bookstore)
    finally:
        scenario.close()


@pytest.fixture
def shop(_shared: Shop, scenario: Scenario) -> Shop:
    """The shared bookstore as it was at first: the example's files, everything up, nothing watching."""
    project = _shared.project
    scenario.borrow(project)
    with scenario.step("the shared bookstore is brought to its first state"):
        _restore(_shared)
        project.devenv("up", "-d")
        checks.everything_is_up(project)
        if left := checks.differing_paths(project):  # what processes made there stays there, by design
            web = project.container("web")
            project.engine.docker("exec", "--workdir", "/app", web, "rm", "-f", "--", *left)
    return _shared


@pytest.fixture(scope="session")
def _shared_small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    scenario = Scenario(tmp_path_factory.mktemp("small"))
    small = make_small(scenario, "small")
    try:
        small.project.devenv("up", "-d")
        yield small
    finally:
        scenario.close()
        small.remove()


@pytest.fixture
def small(_shared_small: Small, scenario: Scenario) -> Small:
    """The shared small environment: up, with its files as at first, nothing watching."""
    project = _shared_small.project
    scenario.borrow(project)
    _shared_small.restore()
    project.devenv("up", "-d", "--yes")
    return _shared_small


def _restore(shop: Shop) -> None:
    """Make the copy's files what the example has."""
    root = shop.bookstore.root
    example = {path.relative_to(EXAMPLE) for path in EXAMPLE.rglob("*") if path.is_file()}
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.is_file() and relative.parts[0] != ".devenv" and relative not in example:
            path.unlink()
    shutil.copytree(EXAMPLE, root, ignore=NOT_COPIED, dirs_exist_ok=True)
    (root / "devenv.yaml").write_text(environment_of(shop.project.name), encoding="utf-8")
