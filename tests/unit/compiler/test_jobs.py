"""Jobs in the compose file: each after the one before it, manual ones in nobody's way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import yaml

from devenv.config.environment import Job, When
from tests.unit.compiler.environments import MIGRATE, compiled

SEED = Job(name="seed", command=("python", "manage.py", "seed"), before=(), when=When(at="manual"))
INDEX = Job(name="index", command=("python", "manage.py", "index"), before=("web",))
DONE = "service_completed_successfully"


def services(*jobs: Job) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(compiled(jobs=jobs).files["compose.yaml"])["services"]
    return found


def waits_for(service: dict[str, Any]) -> list[str]:
    return [name for name, how in service["depends_on"].items() if how["condition"] == DONE]


def test_a_manual_job_comes_after_those_before_it_and_nothing_waits_for_it() -> None:
    found = services(MIGRATE, SEED, INDEX)
    assert waits_for(found["seed"]) == ["migrate"]
    assert waits_for(found["index"]) == ["migrate"]
    assert waits_for(found["web"]) == ["migrate", "index"]
    assert {name: service.get("profiles") for name, service in found.items() if "profiles" in service} == {
        "seed": ["manual"]
    }


def test_the_image_is_built_also_where_the_first_job_is_a_manual_one() -> None:
    found = services(SEED, MIGRATE)
    assert [name for name, service in found.items() if "build" in service] == ["migrate"]


def test_when_a_job_runs_is_no_reason_to_make_its_container_anew() -> None:
    def config_hash(when: When) -> str:
        return compiled(jobs=(replace(MIGRATE, when=when),)).service("migrate").config_hash

    assert config_hash(When()) == config_hash(When(change=("**/migrations/*.py",), ask=True))


def test_a_manual_job_is_known_as_one() -> None:
    project = compiled(jobs=(MIGRATE, SEED))
    assert [service.name for service in project.services if service.is_manual] == ["seed"]
