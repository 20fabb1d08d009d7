"""devenv.lock: what images and git layers were when somebody locked them, as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from devenv.config.environment import Origin
from devenv.errors import LockStale

FILE_NAME = "devenv.lock"
VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class LockedLayer:
    """A git layer: the commit that its tag named, and the hash ("sha256:…") of each file taken from it."""

    commit: str
    files: Mapping[str, str] = field(default_factory=dict)

    def with_files(self, files: Mapping[str, str]) -> LockedLayer:
        """The same commit, with these files too."""
        return replace(self, files={**self.files, **files})


@dataclass(frozen=True, kw_only=True, slots=True)
class Lock:
    """`images`: digest ("sha256:…") by image as devenv.yaml has it. `layers`: by "url#tag".

    `requires`: devenv's own version range. `origins`: of the images' lines, by dotted path.
    """

    requires: str = ""
    images: Mapping[str, str] = field(default_factory=dict)
    layers: Mapping[str, LockedLayer] = field(default_factory=dict)
    origins: Mapping[str, Origin] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """What an environment takes from elsewhere, and a lock of it therefore has to say."""

    requires: str
    images: tuple[str, ...]
    layers: Mapping[str, LockedLayer]


def stale_parts(lock: Lock, needs: Needs) -> tuple[str, ...]:
    """A sentence for each thing that the lock lacks, has too much, or has otherwise."""
    return (
        *([f"requires is {_shown(needs.requires)}"] if lock.requires != needs.requires else []),
        *(f"{image} is not locked" for image in needs.images if image not in lock.images),
        *(f"{image} is not used any more" for image in lock.images if image not in needs.images),
        *_stale_layers(lock.layers, needs.layers),
    )


def _stale_layers(locked: Mapping[str, LockedLayer], needed: Mapping[str, LockedLayer]) -> Iterator[str]:
    for name, layer in needed.items():
        if name not in locked:
            yield f"{name} is not locked"
        elif locked[name] != layer:
            yield f"{name} is locked otherwise"
    yield from (f"{name} is not used any more" for name in locked if name not in needed)


def refuse_stale(lock: Lock | None, needs: Needs) -> None:
    """Raises LockStale where the lock does not say what is needed."""
    if lock is None:
        raise LockStale(f"there is no {FILE_NAME}", hint="`devenv lock` makes it; commit it")
    if stale := stale_parts(lock, needs):
        hint = "`devenv lock` brings it up to date; commit it"
        raise LockStale(f"{FILE_NAME} is stale", details="\n".join(stale), hint=hint)


def with_new_layers(lock: Lock, layers: Mapping[str, LockedLayer]) -> Lock:
    """The lock with those of `layers`, and of their files, that it does not have."""
    merged = dict(lock.layers)
    for name, layer in layers.items():
        merged[name] = merged.get(name, layer).with_files(layer.files)
    return replace(lock, layers=merged)


def difference(before: Lock, after: Lock) -> tuple[str, ...]:
    """A line for each fact that is new (+), gone (-) or another one (~), sorted by name."""
    old, new = dict(_facts(before)), dict(_facts(after))
    return tuple(
        _change(name, old.get(name), new.get(name))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    )


def _facts(lock: Lock) -> Iterator[tuple[str, str]]:
    if lock.requires:
        yield "requires", lock.requires
    yield from lock.images.items()
    for name, layer in lock.layers.items():
        yield name, layer.commit
        yield from ((f"{name} {file}", digest) for file, digest in layer.files.items())


def _change(name: str, before: str | None, after: str | None) -> str:
    if before is None:
        return f"+ {name} {after}"
    return f"- {name} {before}" if after is None else f"~ {name} {before} -> {after}"


def _shown(requires: str) -> str:
    return f"{requires} now" if requires else "not written any more"
