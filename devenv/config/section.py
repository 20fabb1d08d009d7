"""What every mapping of devenv.yaml has in common, and the one that several of them hold: a port."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from devenv.config.document import Scalar
from devenv.config.fields import HostName, JsonSchema, PortNumber, expected, misread


class Section(BaseModel):
    """A mapping of devenv.yaml: no other keys than those below."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    short_for: ClassVar[str] = ""
    """The key that a text or a list in place of the mapping is short for."""

    is_one_value: ClassVar[bool] = False
    """Whether an upper layer's replaces a lower one's, where others are merged key by key."""

    excludes: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """The keys of lower layers that a key does away with."""

    @classmethod
    def apart(cls, key: str, value: Scalar) -> Mapping[str, Scalar]:
        """A value that says several things at once as the keys that layers may override one by one."""
        return {key: value}

    @model_validator(mode="before")
    @classmethod
    def _in_full(cls, value: Any) -> object:
        return cls.in_full(value) if isinstance(value, (Scalar, list)) else value

    @classmethod
    def in_full(cls, short: Scalar | list[object]) -> object:
        """The mapping that a short form stands for."""
        return {cls.short_for: short} if cls.short_for else short

    @classmethod
    def short_schema(cls, properties: JsonSchema) -> JsonSchema:
        """The JSON schema of the short form."""
        return dict(properties[cls.short_for]) if cls.short_for else {}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        schema = handler(core)
        full = handler.resolve_ref_schema(schema)
        full.pop("title", None)
        if short := cls.short_schema(full.get("properties", {})):
            both = {"description": full.pop("description"), "anyOf": [short, dict(full)]}
            full.clear()
            full.update(both)  # in place: it is what `schema` refers to
        return schema


class PortSection(Section):
    """A port; `8000` is short for both numbers being 8000, `"8080:8000"` for host:container."""

    is_one_value = True

    container: PortNumber = Field(
        description="the port that is listened on in the container", examples=[8000]
    )
    host: PortNumber | None = Field(
        default=None, description="the port on 127.0.0.1 of this machine; default: the same", examples=[8080]
    )
    name: HostName = Field(
        default="localhost",
        description="what this machine is called in its address: where ALLOWED_HOSTS lacks localhost",
        examples=["127.0.0.1"],
    )

    @classmethod
    def in_full(cls, short: Scalar | list[object]) -> object:
        """One number, or two of them."""
        if isinstance(short, list):
            raise expected('one port, such as 8000 or "8080:8000"')
        host, colon, container = short.text.partition(":")
        if isinstance(short.value, str) and short.text.isdecimal():
            return {"container": Scalar(short.text, int(short.text))}
        if colon and isinstance(short.value, str) and host.isdecimal() and container.isdecimal():
            return {"container": Scalar(container, int(container)), "host": Scalar(host, int(host))}
        if colon and not isinstance(short.value, str):
            raise misread(short)
        if isinstance(short.value, str):
            raise expected('a port such as 8000 or "8080:8000"', _port_meant(short.text))
        return {"container": short}

    @classmethod
    def short_schema(cls, properties: JsonSchema) -> JsonSchema:
        """One number, or two of them."""
        pair = {"type": "string", "pattern": r"^(\d+:)?\d+$"}
        return {"anyOf": [dict(properties["container"]), pair]}


def _port_meant(text: str) -> str:
    """For what compose files have and a port is not."""
    numbers = text.partition("/")[0].split(":")
    if "-" in text:
        return "each port of a range is written by itself"
    if "$" in text:
        return "no variable is put in: write the number"
    if len(numbers) == 3:
        return f'write "{numbers[1]}:{numbers[2]}"; devenv publishes on 127.0.0.1'
    return f'write "{":".join(numbers)}"' if "/" in text else ""
