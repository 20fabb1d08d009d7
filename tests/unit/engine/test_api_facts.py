from __future__ import annotations

from typing import Any

import pytest

from devenv.engine import api_facts
from devenv.engine.client import (
    ContainerEvent,
    ContainerFacts,
    ContainerSettings,
    DiskUsage,
    Health,
    ImageFacts,
    State,
)

LISTED: dict[str, Any] = {
    "Id": "b1f2",
    "Names": ["/bookstore-web-1"],
    "Image": "devenv/bookstore:dev",
    "ImageID": "sha256:f8aa",
    "Created": 1795430378,
    "Ports": [
        {"IP": "127.0.0.1", "PrivatePort": 8000, "PublicPort": 8001, "Type": "tcp"},
        {"PrivatePort": 9000, "Type": "tcp"},
        {"IP": "127.0.0.1", "PrivatePort": 53, "PublicPort": 53, "Type": "udp"},
    ],
    "Labels": {"com.docker.compose.service": "web"},
    "State": "running",
    "Status": "Up 5 seconds (health: starting)",
}


def test_a_listed_container_is_read_whole() -> None:
    assert api_facts.container_facts(LISTED) == ContainerFacts(
        container_id="b1f2",
        name="bookstore-web-1",
        image="devenv/bookstore:dev",
        image_id="sha256:f8aa",
        state=State.RUNNING,
        labels={"com.docker.compose.service": "web"},
        health=Health.STARTING,
        ports={8000: 8001},
        created=1795430378,
    )


@pytest.mark.parametrize(
    ("state", "status", "health", "exit_code"),
    [
        ("running", "Up 3 minutes", Health.NONE, None),
        ("running", "Up 3 minutes (healthy)", Health.HEALTHY, None),
        ("running", "Up Less than a second (health: starting)", Health.STARTING, None),
        ("running", "Up 2 hours (unhealthy)", Health.UNHEALTHY, None),
        ("paused", "Up 2 hours (Paused)", Health.NONE, None),
        ("exited", "Exited (0) 2 hours ago", Health.NONE, 0),
        ("exited", "Exited (137) Less than a second ago", Health.NONE, 137),
        ("restarting", "Restarting (1) 3 seconds ago", Health.NONE, 1),
        ("created", "Created", Health.NONE, None),
        ("dead", "Dead", Health.NONE, None),
    ],
)
def test_health_and_exit_code_are_read_from_the_status(
    state: str, status: str, health: Health, exit_code: int | None
) -> None:
    facts = api_facts.container_facts({**LISTED, "State": state, "Status": status})
    assert (facts.state, facts.health, facts.exit_code) == (State(state), health, exit_code)


def test_what_an_engine_leaves_out_is_empty() -> None:
    facts = api_facts.container_facts({"Id": "1", "State": "created", "Labels": None, "Names": None})
    assert (facts.name, facts.labels, facts.ports, facts.image) == ("", {}, {}, "")


def test_an_image_is_known_by_its_tags_and_digests() -> None:
    item = {"Id": "sha256:1", "RepoTags": ["redis:8"], "RepoDigests": ["redis@sha256:2"], "Labels": None}
    assert api_facts.image_facts(item) == ImageFacts(
        image_id="sha256:1", names=("redis:8", "redis@sha256:2"), labels={}
    )
    dangling = {"Id": "sha256:1", "RepoTags": ["<none>:<none>"], "RepoDigests": None}
    assert api_facts.image_facts(dangling).names == ()


@pytest.mark.parametrize(
    ("action", "attributes", "event"),
    [
        ("start", {}, ContainerEvent(action="start", service="web", container_id="b1f2")),
        (
            "die",
            {"exitCode": "137"},
            ContainerEvent(action="die", service="web", container_id="b1f2", exit_code=137),
        ),
        (
            "health_status: unhealthy",
            {},
            ContainerEvent(
                action="health_status", service="web", container_id="b1f2", health=Health.UNHEALTHY
            ),
        ),
    ],
)
def test_events_are_read(action: str, attributes: dict[str, str], event: ContainerEvent) -> None:
    named = {"com.docker.compose.service": "web", **attributes}
    item = {"Action": action, "Actor": {"ID": "b1f2", "Attributes": named}}
    assert api_facts.container_event(item) == event


def test_disk_usage_is_summed_and_unknown_sizes_count_nothing() -> None:
    answer = {
        "LayersSize": 10,
        "Containers": [{"SizeRw": 1}, {}],
        "Volumes": [
            {"Name": "known", "UsageData": {"Size": 5}},
            {"Name": "not computed", "UsageData": {"Size": -1}},
            {"Name": "not told", "UsageData": None},
        ],
        "BuildCache": [{"Size": 3}, {"Size": 4}],
    }
    assert api_facts.disk_usage(answer) == DiskUsage(
        images_bytes=10,
        containers_bytes=1,
        volumes_bytes=5,
        build_cache_bytes=7,
        by_volume={"known": 5},
    )


def test_what_an_image_shares_with_others_is_not_its_own_and_unknown_volumes_are_left_out() -> None:
    answer = {
        "Images": [{"Id": "i1", "Size": 9, "SharedSize": 6}, {"Id": "i2", "Size": 9, "SharedSize": -1}],
        "Volumes": [
            {"Name": "v1", "UsageData": {"Size": 5}},
            {"Name": "v2", "UsageData": {"Size": -1}},
            {"Name": "v3", "UsageData": None},
        ],
    }
    usage = api_facts.disk_usage(answer)
    assert (usage.by_image, usage.by_volume) == ({"i1": 3, "i2": 9}, {"v1": 5})


def test_the_ports_of_a_container_are_known_while_it_is_stopped() -> None:
    bindings = {
        "8000/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8001"}],
        "53/udp": [{"HostIp": "127.0.0.1", "HostPort": "53"}],
        "9000/tcp": None,
    }
    answer = {"HostConfig": {"PortBindings": bindings}, "Config": {}}
    assert api_facts.container_settings(answer) == ContainerSettings(ports={8000: 8001})


NEVER = "0001-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("runs", "began", "ended", "found"),
    [
        (False, "2026-11-26T12:00:00.123456789Z", "2026-11-26T12:00:01Z", 1795694400.123456),
        (True, "2026-11-26T12:00:00Z", "2026-11-26T11:00:00Z", 1795694400.0),  # it ran before
        (True, "2026-11-26T12:00:00Z", NEVER, 1795694400.0),
        (False, "2026-11-26T12:00:00.1Z", "2026-11-26T12:00:00Z", 1795694400.1),  # it was noted late
        (False, "2026-11-26T12:00:00Z", "2026-11-26T07:00:01Z", None),  # the clock was put back meanwhile
    ],
)
def test_when_a_container_was_last_started(runs: bool, began: str, ended: str, found: float | None) -> None:
    assert api_facts.last_run({"Running": runs, "StartedAt": began, "FinishedAt": ended}) == found
