"""A devenv.yaml that is not valid changes nothing."""

from __future__ import annotations

import pytest

from devenv.errors import ConfigError
from tests.e2e import checks
from tests.e2e.conftest import Shop
from tests.e2e.scenario import Scenario


@pytest.mark.parametrize("command", ["up", "compile", "build", "config"])
def test_a_broken_devenv_yaml_leaves_everything_as_it_was(
    scenario: Scenario, shop: Shop, command: str
) -> None:
    generated = shop.project.root / ".devenv"
    before = checks.digests_here(generated), checks.container_ids(shop.project)

    with scenario.step(f"`{command}` says where the mistake is, and what was meant"):
        shop.bookstore.edit("devenv.yaml", "\nservices:\n", "\nservcies:\n")
        said = shop.project.devenv(command, code=ConfigError.exit_code).stderr
        lines = (shop.project.root / "devenv.yaml").read_text().splitlines()
        assert f"devenv.yaml:{lines.index('servcies:') + 1}:1" in said
        assert "services" in said

    with scenario.step("no generated file and no container is another one"):
        assert (checks.digests_here(generated), checks.container_ids(shop.project)) == before
