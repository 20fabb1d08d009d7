"""Is this machine able to run environments? Facts in, checks out; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

MINIMUM_ENGINE = (19, 3)
ENGINE_THAT_BUILDS = (23,)  # its own Dockerfile frontend knows named contexts
MINIMUM_COMPOSE = (2, 20)
LITTLE_DISK_BYTES = 5 << 30
TOO_LITTLE_DISK_BYTES = 1 << 30
MUCH_BUILD_CACHE_BYTES = 20 << 30


class Verdict(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One finding: what was looked at, what was seen and, unless it is fine, what to do."""

    subject: str
    verdict: Verdict
    seen: str
    advice: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class MachineFacts:
    """What was observed; "" and None where nothing was.

    `engine_problem`: why no engine answers. `certificate_files`: by environment variable, whether the file is
    there. `base_image_problem`: why it can be had neither here nor from a registry. `taken_ports`: by port
    that the project wants and does not hold, who has it.
    """

    endpoint: str
    engine_problem: str = ""
    engine_version: str = ""
    engine_system: str = ""
    compose_version: str = ""
    buildx_version: str = ""
    free_bytes: int | None = None
    build_cache_bytes: int = 0
    base_image: str = ""
    base_image_problem: str = ""
    certificate_files: Mapping[str, bool]
    proxies: tuple[str, ...] = ()
    taken_ports: Mapping[int, str]


def check_machine(facts: MachineFacts) -> tuple[Finding, ...]:
    """Every check, in the order in which a failing one explains the next."""
    return (
        _engine(facts),
        _compose(facts),
        _buildx(facts),
        *_disk(facts),
        *_base_image(facts),
        _network(facts),
        *_ports(facts),
    )


def _engine(facts: MachineFacts) -> Finding:
    if facts.engine_problem:
        return Finding(
            subject="engine",
            verdict=Verdict.FAIL,
            seen=facts.engine_problem,
            advice="start the engine, or point DOCKER_HOST or `docker context use` to one that runs",
        )
    seen = f"{facts.engine_version} on {facts.engine_system} at {facts.endpoint}"
    if version_of(facts.engine_version) < MINIMUM_ENGINE:
        return Finding(
            subject="engine", verdict=Verdict.FAIL, seen=seen, advice="update the engine to 19.03 or later"
        )
    if version_of(facts.engine_version) < ENGINE_THAT_BUILDS:
        advice = "it runs images, but to build them it may need an update to 23 or later"
        return Finding(subject="engine", verdict=Verdict.WARN, seen=seen, advice=advice)
    return Finding(subject="engine", verdict=Verdict.OK, seen=seen)


def _compose(facts: MachineFacts) -> Finding:
    return _tool("compose", facts.compose_version, MINIMUM_COMPOSE, "docker-compose-plugin, 2.20 or later")


def _buildx(facts: MachineFacts) -> Finding:
    return _tool("buildx", facts.buildx_version, (0,), "docker-buildx-plugin")


def _tool(name: str, version: str, minimum: tuple[int, ...], package: str) -> Finding:
    if not version:
        return Finding(subject=name, verdict=Verdict.FAIL, seen="not found", advice=f"install {package}")
    if version_of(version) < minimum:
        return Finding(subject=name, verdict=Verdict.FAIL, seen=version, advice=f"install {package}")
    return Finding(subject=name, verdict=Verdict.OK, seen=version)


def _disk(facts: MachineFacts) -> list[Finding]:
    checks = []
    if facts.free_bytes is not None:
        verdict = (
            Verdict.FAIL
            if facts.free_bytes < TOO_LITTLE_DISK_BYTES
            else Verdict.WARN
            if facts.free_bytes < LITTLE_DISK_BYTES
            else Verdict.OK
        )
        advice = "" if verdict is Verdict.OK else "free some space: `docker system df` shows what images take"
        seen = f"{_size(facts.free_bytes)} free"
        checks.append(Finding(subject="disk", verdict=verdict, seen=seen, advice=advice))
    if facts.build_cache_bytes > MUCH_BUILD_CACHE_BYTES:
        seen = f"{_size(facts.build_cache_bytes)} of build cache"
        advice = "`docker builder prune` frees what no build used lately"
        checks.append(Finding(subject="build cache", verdict=Verdict.WARN, seen=seen, advice=advice))
    return checks


def _base_image(facts: MachineFacts) -> list[Finding]:
    if not facts.base_image or facts.engine_problem:
        return []
    if not facts.base_image_problem:
        return [Finding(subject="base image", verdict=Verdict.OK, seen=f"{facts.base_image} can be had")]
    advice = "see whether the registry or the engine's registry-mirrors can be reached (proxy? VPN? login?)"
    seen = f"{facts.base_image}: {facts.base_image_problem}"
    return [Finding(subject="base image", verdict=Verdict.FAIL, seen=seen, advice=advice)]


def _network(facts: MachineFacts) -> Finding:
    missing = [name for name, exists in facts.certificate_files.items() if not exists]
    if missing:
        return Finding(
            subject="certificates",
            verdict=Verdict.FAIL,
            seen=f"{', '.join(missing)} names a file that is not there",
            advice="correct or unset it: builds and containers are given that file",
        )
    given = [*facts.certificate_files, *facts.proxies]
    seen = f"given on to builds and containers: {', '.join(given)}" if given else "nothing of the host's own"
    return Finding(subject="certificates", verdict=Verdict.OK, seen=seen)


def _ports(facts: MachineFacts) -> list[Finding]:
    return [
        Finding(
            subject=f"port {port}",
            verdict=Verdict.WARN,
            seen=f"taken by {holder}",
            advice="`devenv up` takes the next free one; stop the other to have this one",
        )
        for port, holder in facts.taken_ports.items()
    ] or [Finding(subject="ports", verdict=Verdict.OK, seen="all free, or this project's own")]


def version_of(text: str) -> tuple[int, ...]:
    """The leading numbers of a version: "26.1.5+dfsg1" is (26, 1, 5)."""
    found = re.match(r"v?(\d+(?:\.\d+)*)", text)
    return tuple(int(number) for number in found[1].split(".")) if found else ()


def _size(size_bytes: int) -> str:
    return f"{size_bytes / (1 << 30):.1f} GB"
