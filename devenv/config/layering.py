"""What a project's layers are made of, as values: who calls `load` needs nothing else.

Layers, lowest first: what `extends` names, devenv.yaml, the profiles switched on, devenv.local.yaml, the
variables `DEVENV__…`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from devenv.config.document import Document, Mark, Tree
from devenv.config.document import Path as Key
from devenv.config.environment import Environment, Origin
from devenv.errors import ConfigError

PROFILES_VARIABLE = "DEVENV_PROFILES"
VARIABLE_PREFIX = "DEVENV__"


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What is said outside of all files: profiles of the command line, variables (others are ignored).

    `with_local`: devenv.local.yaml counts; without it the files say what they say to everybody.
    """

    profiles: tuple[str, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    with_local: bool = True


NO_CHOICE = Choice()


@dataclass(frozen=True, kw_only=True, slots=True)
class GitLayer:
    """A file of a git repository at `ref`, a commit where that is 40 hexadecimal digits, else a tag.

    `origin`: the line that asks for it.
    """

    url: str
    ref: str
    file: str
    origin: Origin

    @property
    def name(self) -> str:
        """What messages call it, without who logs in."""
        who, at, _ = urlsplit(self.url).netloc.rpartition("@")
        return f"{self.url.replace(f'{who}{at}', '', 1)}#{self.ref}:{self.file}"


@dataclass(frozen=True, slots=True)
class FetchedLayer:
    """The bytes of a git layer's file, and the commit that they are of."""

    data: bytes
    commit: str


FetchLayer: TypeAlias = Callable[[GitLayer], FetchedLayer]
"""Raises DevenvError where it cannot be had; `load` adds the line that asks for it."""


def without_git(layer: GitLayer) -> FetchedLayer:
    """For a caller that reads files only."""
    raise ConfigError(f"{layer.name} cannot be fetched here")


@dataclass(frozen=True, slots=True)
class Setting:
    """What one layer says of a key: the value in full form, where it stands, what it does to lower layers.

    `rank`: the layer's place among all, the lowest being 0.
    """

    layer: str
    rank: int
    origin: Origin
    value: Tree
    mark: Mark | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerInForce:
    """One layer: what it is called, and what it is from: a file, a file of a repository, or a variable.

    `file_name`: as messages have it, "" for a variable.
    """

    name: str
    kind: Literal["base", "project", "profile", "local", "environment"]
    file_name: str = ""
    file: Path | None = None
    git: GitLayer | None = None
    commit: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """An environment, and what decided it.

    `document`: all layers as one, short forms in full. `files`: every file whose content, or absence, counts
    (absolute): what to watch for changes. `layers`: lowest first. `history`: by key, what each layer says of
    it, lowest first; short forms in full, a list is one value. `requires`: the versions of devenv that all
    files together ask for. `profiles`: the names of all that are defined.
    """

    environment: Environment
    document: Document
    files: tuple[Path, ...]
    layers: tuple[LayerInForce, ...]
    history: Mapping[Key, tuple[Setting, ...]]
    requires: str = ""
    profiles: tuple[str, ...] = ()
