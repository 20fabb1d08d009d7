"""The engine's JSON, as the facts of client.py; pure.

Source: https://docs.docker.com/reference/api/engine/version/v1.45/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from devenv.engine.client import (
    ContainerEvent,
    ContainerFacts,
    ContainerSettings,
    DiskUsage,
    EngineVersions,
    Health,
    ImageFacts,
    State,
    VolumeFacts,
)

SERVICE_LABEL = "com.docker.compose.service"
_EXITED = re.compile(r"^(?:Exited|Restarting) \((\d+)\)")
_HEALTH = re.compile(r"\((?:health: )?(starting|healthy|unhealthy)\)$")

LATE_START_SECONDS = 2.0


def container_facts(item: dict[str, Any]) -> ContainerFacts:
    """One item of GET /containers/json.

    Health and exit code are only in the Status text there ("Exited (3) 2 hours ago", "Up 5 seconds
    (health: starting)"), which no engine translates; reading it saves an inspect for each container.
    """
    status = item.get("Status") or ""
    exited = _EXITED.match(status)
    health = _HEALTH.search(status)
    names = item.get("Names") or [""]
    return ContainerFacts(
        container_id=item["Id"],
        name=names[0].removeprefix("/"),
        image=item.get("Image") or "",
        image_id=item.get("ImageID") or "",
        state=State(item["State"]),
        labels=item.get("Labels") or {},
        health=Health(health[1]) if health else Health.NONE,
        exit_code=int(exited[1]) if exited else None,
        ports={
            port["PrivatePort"]: port["PublicPort"]
            for port in item.get("Ports") or ()
            if port.get("PublicPort") and port.get("Type") == "tcp"
        },
        volumes={
            mount["Destination"]: mount["Name"]
            for mount in item.get("Mounts") or ()
            if mount.get("Type") == "volume" and mount.get("Name")
        },
        created=item.get("Created") or 0,
    )


def container_settings(answer: dict[str, Any]) -> ContainerSettings:
    """GET /containers/{id}/json."""
    host = answer["HostConfig"]
    variables = (text.partition("=") for text in answer["Config"].get("Env") or ())
    return ContainerSettings(
        env={name: value for name, _, value in variables},
        memory_bytes=host.get("Memory") or 0,
        cpus=(host.get("NanoCpus") or 0) / 1e9,
        restart=(host.get("RestartPolicy") or {}).get("Name") or "no",
        ports=dict(_bound(host.get("PortBindings") or {})),
    )


def _bound(bindings: dict[str, Any]) -> Iterator[tuple[int, int]]:
    for name, places in bindings.items():
        port, _, protocol = name.partition("/")
        for place in places or ():
            if protocol == "tcp":
                yield int(port), int(place.get("HostPort") or 0)


def image_facts(item: dict[str, Any]) -> ImageFacts:
    """One item of GET /images/json."""
    names = [*(item.get("RepoTags") or ()), *(item.get("RepoDigests") or ())]
    return ImageFacts(
        image_id=item["Id"],
        names=tuple(name for name in names if not name.startswith("<none>")),
        labels=item.get("Labels") or {},
        size_bytes=item.get("Size") or 0,
    )


def volume_facts(item: dict[str, Any]) -> VolumeFacts:
    """One item of GET /volumes."""
    return VolumeFacts(name=item["Name"], labels=item.get("Labels") or {})


def engine_versions(answer: dict[str, Any]) -> EngineVersions:
    """GET /version."""
    return EngineVersions(
        engine=answer.get("Version") or "",
        api=answer.get("ApiVersion") or "",
        system=f"{answer.get('Os')}/{answer.get('Arch')}",
    )


def disk_usage(answer: dict[str, Any]) -> DiskUsage:
    """GET /system/df."""
    return DiskUsage(
        images_bytes=answer.get("LayersSize") or 0,
        containers_bytes=sum(item.get("SizeRw") or 0 for item in answer.get("Containers") or ()),
        volumes_bytes=sum(
            max(0, (item.get("UsageData") or {}).get("Size") or 0) for item in answer.get("Volumes") or ()
        ),
        build_cache_bytes=sum(item.get("Size") or 0 for item in answer.get("BuildCache") or ()),
        by_image={item["Id"]: _own_size(item) for item in answer.get("Images") or ()},
        by_volume={
            item["Name"]: item["UsageData"]["Size"]
            for item in answer.get("Volumes") or ()
            if (item.get("UsageData") or {}).get("Size", -1) >= 0
        },
    )


def _own_size(image: dict[str, Any]) -> int:
    """What no other image has, too; -1 stands for "not computed"."""
    return int((image.get("Size") or 0) - max(0, image.get("SharedSize") or 0))


def container_event(item: dict[str, Any]) -> ContainerEvent:
    """One line of GET /events, where a health check's action is "health_status: healthy"."""
    actor = item.get("Actor") or {}
    attributes = actor.get("Attributes") or {}
    action, _, detail = str(item.get("Action") or item.get("status") or "").partition(": ")
    exit_code = attributes.get("exitCode")
    return ContainerEvent(
        action=action,
        service=attributes.get(SERVICE_LABEL, ""),
        container_id=actor.get("ID") or item.get("id") or "",
        exit_code=int(exit_code) if exit_code is not None else None,
        health=Health(detail) if action == "health_status" and detail in set(Health) else Health.NONE,
    )


def last_run(state: dict[str, Any]) -> float | None:
    """When the container was last started, in seconds since the epoch.

    None where it seems to have ended well before that: the clock was put back meanwhile, and what it printed
    then has earlier times than its start. The engine notes a start a little late: a short run may seem to
    have ended before it.
    """
    began, ended = _moment(state["StartedAt"]), _moment(state["FinishedAt"])
    return began if state["Running"] or ended >= began - LATE_START_SECONDS else None


def _moment(text: str) -> float:
    """The engine writes up to nanoseconds, Python reads microseconds."""
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(seconds + "+00:00").timestamp() + float(f"0.{fraction[:6] or 0}")
