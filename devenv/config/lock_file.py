"""The text of devenv.lock -> a Lock, or a ConfigError with line and column."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from devenv.config.document import Document, dotted
from devenv.config.fields import matching, read_integer, read_text, wrong
from devenv.config.loader import read_document
from devenv.config.lock import FILE_NAME, VERSION, Lock, LockedLayer
from devenv.config.problems import config_error
from devenv.config.validation import validate
from devenv.errors import ConfigError

_HINT = f"take either side of a merge, or remove {FILE_NAME}; then `devenv lock` completes it"


def _known_version(value: object) -> int:
    number = read_integer(value, f"version {VERSION}")
    if number != VERSION:
        raise wrong(f"this devenv reads version {VERSION} of the lock; version {number} needs another one")
    return number


_Digest: TypeAlias = Annotated[
    str, BeforeValidator(read_text), AfterValidator(matching(r"sha256:[0-9a-f]{64}", 'a digest "sha256:…"'))
]
_Commit: TypeAlias = Annotated[
    str, BeforeValidator(read_text), AfterValidator(matching(r"[0-9a-f]{40,64}", "a commit's whole hash"))
]
_Text: TypeAlias = Annotated[str, BeforeValidator(read_text)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _LayerPart(_Part):
    commit: _Commit = Field(description="the commit that the tag names")
    files: dict[str, _Digest] = Field(default_factory=dict)


class _LockFile(_Part):
    version: Annotated[int, BeforeValidator(_known_version)] = Field(
        description="the version of the lock", examples=[VERSION]
    )
    requires: _Text = ""
    images: dict[str, _Digest] = Field(default_factory=dict)
    layers: dict[str, _LayerPart] = Field(default_factory=dict)


def load_lock(folder: Path) -> Lock | None:
    """The lock beside devenv.yaml, None where none of ours is. Raises: ConfigError with every problem."""
    try:
        data = (folder / FILE_NAME).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{FILE_NAME} cannot be read: {(error.strerror or str(error)).lower()}") from None
    return None if is_foreign(data) else read_lock(data)


def is_foreign(data: bytes) -> bool:
    """Whether a file is the lock of devenv.sh, which has the name of ours: what Nix has taken, as JSON."""
    try:
        content = json.loads(data)
    except ValueError:
        return False
    return isinstance(content, dict) and {"nodes", "root"} <= content.keys()


def read_lock(data: bytes) -> Lock:
    """The lock that the bytes of a file say. Raises: ConfigError with every problem."""
    try:
        document = read_document(data, FILE_NAME)
    except ConfigError as error:
        raise ConfigError(error.summary, details=error.details, hint=_HINT) from None
    validated = validate(_LockFile, document)
    problems = [*document.problems, *validated.problems]
    if problems or validated.value is None:
        raise config_error(FILE_NAME, problems, {FILE_NAME: document.text}, hint=_HINT)
    return _lock(validated.value, document)


def _lock(model: _LockFile, document: Document) -> Lock:
    return Lock(
        requires=model.requires,
        images=model.images,
        layers={
            name: LockedLayer(commit=layer.commit, files=layer.files) for name, layer in model.layers.items()
        },
        origins={dotted(path): origin for path, origin in document.origins.items() if path[0] == "images"},
    )
