from __future__ import annotations

import pytest

from devenv.compiler.compiled import Role
from devenv.engine.client import ContainerFacts, State
from devenv.engine.observed import (
    ObservedContainer,
    familiar,
    image_reference,
    observed_container,
)


def facts(**labels: str) -> ContainerFacts:
    return ContainerFacts(
        container_id="1",
        name="bookstore-web-1",
        image="devenv/bookstore:dev",
        image_id="sha256:1",
        state=State.RUNNING,
        labels={name.replace("_", "."): value for name, value in labels.items()},
        created=7,
    )


def test_labels_of_devenv_and_compose_are_read() -> None:
    labels = {
        "com.docker.compose.service": "web",
        "dev.devenv.role": "process",
        "dev.devenv.config-hash": "c",
        "dev.devenv.build-hash": "b",
        "dev.devenv.inputs": '{"app.env.DEBUG": "12"}',
    }
    assert observed_container(facts(**labels)) == ObservedContainer(
        service="web",
        role=Role.PROCESS,
        container_id="1",
        name="bookstore-web-1",
        state=State.RUNNING,
        config_hash="c",
        build_hash="b",
        inputs={"app.env.DEBUG": "12"},
        image="devenv/bookstore:dev",
        image_id="sha256:1",
        created=7,
    )


@pytest.mark.parametrize("inputs", ["", "{", "[1]", "null"])
def test_labels_that_somebody_broke_are_read_as_none(inputs: str) -> None:
    found = observed_container(facts(**{"dev.devenv.inputs": inputs, "dev.devenv.role": "boss"}))
    assert (found.inputs, found.role, found.service) == ({}, None, "")


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("redis:8", "redis:8"),
        ("redis", "redis:latest"),
        ("docker.io/library/redis:8", "redis:8"),
        ("docker.io/valkey/valkey:8", "valkey/valkey:8"),
        ("localhost:5000/shop", "localhost:5000/shop:latest"),
        ("ghcr.io/x/y:1", "ghcr.io/x/y:1"),
        ("redis@sha256:12", "redis@sha256:12"),
        ("docker.io/library/redis:8@sha256:12", "redis@sha256:12"),
        ("localhost:5000/shop:1@sha256:12", "localhost:5000/shop@sha256:12"),
    ],
)
def test_an_image_is_looked_up_by_the_name_that_the_engine_lists(reference: str, name: str) -> None:
    assert familiar(reference) == name


def test_the_projects_name_goes_into_its_images_name() -> None:
    assert image_reference("devenv/${COMPOSE_PROJECT_NAME}:dev", "shop-2") == "devenv/shop-2:dev"
