"""What every container may be told in devenv.yaml, be it a service, a process or a job."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, TypeAlias

from pydantic import Field, WithJsonSchema

from devenv.config.compose_words import PASSED_ON
from devenv.config.fields import (
    Cpus,
    Env,
    Memory,
    MountPath,
    RelativePath,
    Switch,
    VolumeName,
)
from devenv.config.section import Section


def raw_keys(known: Iterable[str]) -> WithJsonSchema:
    """Keys of the compose file, as editors are told them; `compose_keys` checks them."""
    keys: dict[str, object] = {key: {} for key in sorted(known)}
    others = {"patternProperties": {"^x-": {}}, "additionalProperties": False}
    return WithJsonSchema({"type": "object", "properties": keys, **others})


RawKeys: TypeAlias = Annotated[dict[str, Any], raw_keys(PASSED_ON)]


class VolumeSection(Section):
    """Something mounted; a text is short for {path: text}."""

    short_for = "path"

    path: MountPath = Field(description="where it is in the container", examples=["/data"])
    folder: RelativePath | None = Field(
        default=None,
        description="a folder or file of the project, relative to devenv.yaml; default: a named volume",
        examples=["fixtures"],
    )
    read_only: Switch = Field(
        default=False, description="whether the container may only read it", examples=[True]
    )


class ResourcesSection(Section):
    """What a container may use at most."""

    cpus: Cpus | None = Field(default=None, description="processors, parts of one too", examples=[1.5])
    memory: Memory | None = Field(
        default=None, description="memory, as a number with a unit", examples=["512m"]
    )


class ContainerSection(Section):
    """What services, processes and jobs have in common."""

    env: Env = Field(
        default_factory=dict, description="environment variables of this container", examples=[{"TZ": "UTC"}]
    )
    volumes: dict[VolumeName, VolumeSection] = Field(
        default_factory=dict,
        description="what is mounted, by volume name: its path in the container, or a mapping",
        examples=[{"data": "/data", "fixtures": {"path": "/fixtures", "folder": "fixtures"}}],
    )
    resources: ResourcesSection | None = Field(
        default=None,
        description="what it may use at most; default: no limit",
        examples=[{"cpus": 2, "memory": "1g"}],
    )
    compose: RawKeys = Field(
        default_factory=dict,
        description="keys of the compose file, as compose has them, merged in last",
        examples=[{"shm_size": "256m"}],
    )
