"""Edits of generated files by hand, as keys of devenv.yaml, or the reason why there is none."""

from __future__ import annotations

from typing import Any

import pytest

from devenv.compiler.adopting import Adoption, adopt_compose, adopt_dockerfile, is_as_edited
from devenv.compiler.compiled import CompiledProject, CompiledService, Role


def service(name: str, role: Role, process: str = "") -> CompiledService:
    return CompiledService(
        name=name,
        role=role,
        image="x",
        built=False,
        config_hash="",
        inputs={},
        depends_on={},
        process=process,
    )


PROJECT = CompiledProject(
    name="shop",
    files={},
    services=(
        service("db", Role.SERVICE),
        service("worker-2", Role.PROCESS, "worker"),
        service("migrate", Role.JOB),
    ),
    build_hash="",
    build_inputs={},
)
MADE: dict[str, Any] = {
    "environment": {"A": "1"},
    "image": "redis:8",
    "mem_limit": "1g",
    "tmpfs": ["/run"],
    "labels": {"x": "1"},
}


def adopt(name: str, **changes: Any) -> Adoption:
    """changes: None takes a key away."""
    edited = {key: value for key, value in {**MADE, **changes}.items() if value is not None}
    others = {each.name: MADE for each in PROJECT.services}
    return adopt_compose({"services": others}, {"services": {**others, name: edited}}, PROJECT)


@pytest.mark.parametrize(
    ("changes", "place", "value"),
    [
        ({"environment": {"A": "1", "B": "x$$y"}}, ("env", "B"), "x$y"),
        ({"environment": {"A": "2"}}, ("env", "A"), "2"),
        ({"mem_limit": "2g"}, ("resources", "memory"), "2g"),
        ({"cpus": 0.5}, ("resources", "cpus"), 0.5),
        ({"shm_size": "256m"}, ("compose", "shm_size"), "256m"),
        ({"tmpfs": ["/run", "/tmp"]}, ("compose", "tmpfs"), ["/tmp"]),
        ({"labels": {"x": "1", "mine": "2"}}, ("compose", "labels"), {"mine": "2"}),
        ({"ulimits": {"nofile": 10}}, ("compose", "ulimits"), {"nofile": 10}),
    ],
)
def test_what_a_key_says_is_adopted(changes: dict[str, Any], place: tuple[str, ...], value: object) -> None:
    assert adopt("db", **changes) == Adoption({("services", "db", *place): value}, ())


def test_a_replica_is_its_process_and_a_job_is_a_job() -> None:
    assert list(adopt("worker-2", shm_size="1m").values) == [("processes", "worker", "compose", "shm_size")]
    assert list(adopt("migrate", shm_size="1m").values) == [("jobs", "migrate", "compose", "shm_size")]


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        (
            {"image": "valkey:8"},
            "services.db.image: write `image` of a service; processes and jobs run the app's image",
        ),
        ({"environment": {}}, "services.db.environment.A: a variable is taken away where it is set"),
        ({"tmpfs": ["/tmp"]}, "services.db.tmpfs: what devenv writes stays"),
        ({"labels": None}, "services.db.labels: no key of devenv.yaml takes it away"),
    ],
)
def test_what_no_key_says_is_refused_with_what_to_write(changes: dict[str, Any], refused: str) -> None:
    assert adopt("db", **changes) == Adoption({}, (refused,))


def test_a_service_more_or_less_and_keys_of_the_file() -> None:
    before = {"services": {"db": MADE}, "volumes": {"data": {}}}
    assert adopt_compose(before, {**before, "services": {}}, PROJECT).refused == (
        "services.db: a service is added or deleted in devenv.yaml",
    )
    more = {**before, "volumes": {"data": {}, "more": {"driver": "local"}}, "networks": {"n": {}}}
    assert adopt_compose(before, more, PROJECT).values == {
        ("compose", "volumes", "more"): {"driver": "local"},
        ("compose", "networks", "n"): {},
    }
    assert adopt_compose(before, {**before, "name": "x"}, PROJECT).refused == (
        "name: no key of devenv.yaml says that",
    )


DOCKERFILE = (
    "FROM python:3.13 AS base\nRUN a\n\nFROM base AS dependencies\nRUN b\n\nFROM base AS dev\nUSER app\n"
)


def test_lines_added_to_the_dockerfile_go_to_the_end_of_their_stage_behind_those_that_are_there() -> None:
    edited = DOCKERFILE.replace("RUN a\n", "RUN a\nRUN x\nRUN y\n").replace("USER app\n", "USER app\nRUN z\n")
    assert adopt_dockerfile(DOCKERFILE, edited, {"base": "RUN mine"}) == Adoption(
        {
            ("app", "dockerfile", "base"): "RUN mine\nRUN x\nRUN y\n",
            ("app", "dockerfile", "dev"): "RUN z\n",
        },
        (),
    )


@pytest.mark.parametrize(
    ("edited", "refused"),
    [
        (
            DOCKERFILE.replace("RUN a", "RUN c"),
            "Dockerfile: lines can be added, and this one is changed: RUN a",
        ),
        (
            DOCKERFILE.replace("RUN b", "RUN b\nRUN c"),
            "Dockerfile: nothing can be added to the stage dependencies",
        ),
    ],
)
def test_other_changes_of_the_dockerfile_are_refused(edited: str, refused: str) -> None:
    assert adopt_dockerfile(DOCKERFILE, edited, {}) == Adoption({}, (refused,))


def test_digests_are_no_difference() -> None:
    labels = {"dev.devenv.config-hash": "1", "x": "1"}
    assert is_as_edited({"a": [labels]}, {"a": [{**labels, "dev.devenv.config-hash": "2"}]})
    assert not is_as_edited({"a": [labels]}, {"a": [{"x": "2"}]})
