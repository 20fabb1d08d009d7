"""The settings that a living container is compared with."""

from __future__ import annotations

import pytest

from devenv.compiler.compiled import WantedSettings
from devenv.compiler.wanted import wanted_settings


def test_what_is_not_written_has_no_limit() -> None:
    assert wanted_settings({}) == WantedSettings(env={}, memory_bytes=0, cpus=0, restart="no")


def test_a_dollar_is_what_the_container_sees() -> None:
    assert wanted_settings({"environment": {"A": "$$x", "B": 1}}).env == {"A": "$x"}


@pytest.mark.parametrize(
    ("written", "size_bytes"),
    [
        ("512m", 512 << 20),
        ("2g", 2 << 30),
        ("1.5G", 3 << 29),
        ("64kb", 64 << 10),
        (1000, 1000),
        ("lots", None),
        ("9" * 400, None),
    ],
)
def test_memory_is_read_as_compose_reads_it(written: object, size_bytes: int | None) -> None:
    assert wanted_settings({"mem_limit": written}).memory_bytes == size_bytes


def test_cpus_and_the_restart_policy_are_read() -> None:
    found = wanted_settings({"cpus": "0.5", "restart": "on-failure:3"})
    assert (found.cpus, found.restart) == (0.5, "on-failure")
    assert wanted_settings({"cpus": "many"}).cpus is None
