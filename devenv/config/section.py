"""What every mapping of devenv.yaml has in common, and the one that several of them hold: a port."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, model_validator

from devenv.config.document import Scalar
from devenv.config.fields import PortNumber, misread


class Section(BaseModel):
    """A mapping of devenv.yaml: no other keys than those below."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PortSection(Section):
    """A port; `8000` is short for both numbers being 8000, `"8080:8000"` for host:container."""

    container: PortNumber = Field(
        description="the port that is listened on in the container", examples=[8000]
    )
    host: PortNumber | None = Field(
        default=None, description="the port on 127.0.0.1 of this machine; default: the same", examples=[8080]
    )

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        if isinstance(value, Scalar):
            host, colon, container = value.text.partition(":")
            if colon and isinstance(value.value, str) and host.isdecimal() and container.isdecimal():
                return {"container": Scalar(container, int(container)), "host": Scalar(host, int(host))}
            if colon and not isinstance(value.value, str):
                raise misread(value)
            return {"container": value}
        return value
