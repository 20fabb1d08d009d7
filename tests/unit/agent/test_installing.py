"""Packages of one container are made those of another by their names and versions."""

from __future__ import annotations

import pytest

from devenv.agent.installing import commands_to

UNINSTALL = ["uv", "pip", "uninstall"]
INSTALL = ["uv", "pip", "install", "--no-deps"]


@pytest.mark.parametrize(
    ("before", "wanted", "commands"),
    [
        (["a==1"], ["a==1"], []),
        (["a==1"], ["a==1", "b==2", "c==3"], [[*INSTALL, "b==2", "c==3"]]),
        (["a==1", "b==2"], ["a==1"], [[*UNINSTALL, "b"]]),
        (["a==1", "b==2"], ["a==2", "c==1"], [[*UNINSTALL, "b"], [*INSTALL, "a==2", "c==1"]]),
        (["a @ file:///a", "b==1"], ["a @ file:///a", "b==2"], [[*INSTALL, "b==2"]]),
    ],
)
def test_only_what_differs_is_touched(
    before: list[str], wanted: list[str], commands: list[list[str]]
) -> None:
    assert commands_to(before, wanted) == commands
