"""What somebody changed with docker itself is seen, said, and undone by the next plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devenv.compiler.compiled import CompiledProject, WantedSettings
from devenv.engine.client import ContainerSettings
from devenv.engine.plan import UpOptions, plan_up
from tests.unit.engine.bookstore import AS_ASKED, bookstore, origin_of, running

MADE = ContainerSettings(
    env={"DEBUG": "true", "PATH": "/bin"}, memory_bytes=512 << 20, cpus=0.5, restart="unless-stopped"
)


def wanted() -> CompiledProject:
    """The cache has limits, a restart policy and a variable."""
    settings = WantedSettings(
        env={"DEBUG": "true"}, memory_bytes=512 << 20, cpus=0.5, restart="unless-stopped"
    )
    services = bookstore().services
    return replace(
        bookstore(),
        services=tuple(replace(each, wanted=settings) if each.name == "cache" else each for each in services),
    )


def first_step(**changes: object) -> str:
    observed = running(wanted(), but={"cache": {"settings": MADE, **changes}})
    plan = plan_up(wanted(), observed, AS_ASKED, options=UpOptions(), origin_of=origin_of)
    return str(plan).splitlines()[0]


@pytest.mark.parametrize(
    ("now", "cause"),
    [
        ({"memory_bytes": 300 << 20}, "its memory limit was changed by hand, 512m to 300m"),
        ({"memory_bytes": 0}, "its memory limit was changed by hand, 512m to none"),
        ({"memory_bytes": 1000}, "its memory limit was changed by hand, 512m to 1000b"),
        ({"cpus": 2.0}, "its CPU limit was changed by hand, 0.5 to 2"),
        ({"cpus": 0}, "its CPU limit was changed by hand, 0.5 to none"),
        ({"restart": "no"}, "its restart policy was changed by hand, unless-stopped to no"),
        ({"env": {"DEBUG": "secret"}}, "its DEBUG is not what the compose file says"),
        ({"env": {}}, "its DEBUG is not what the compose file says"),
    ],
)
def test_each_setting_that_differs_is_a_cause(now: dict[str, object], cause: str) -> None:
    changed = replace(MADE, **now)  # type: ignore[arg-type]
    assert first_step(settings=changed) == f"recreate cache: {cause}"


def test_another_name_is_a_cause_and_that_of_a_compatible_compose_is_none() -> None:
    assert first_step(name="mine") == "recreate cache: it was renamed to mine by hand"
    assert first_step(name="bookstore_cache_1") == "keep db: running, healthy"


def test_what_nobody_asked_and_what_the_file_does_not_say_is_no_change() -> None:
    assert first_step(settings=None) == "keep db: running, healthy"
    assert first_step(settings=MADE) == "keep db: running, healthy"
    more = replace(MADE, env={**MADE.env, "POSTGRES_VERSION": "17"})
    assert first_step(settings=more) == "keep db: running, healthy"
