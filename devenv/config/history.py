"""Who says what of a key: the layers in force, those overridden, and what the language knows of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

from devenv.config.document import Path as Key
from devenv.config.document import dotted
from devenv.config.layering import Loaded, Setting
from devenv.config.layers import WHOLE
from devenv.config.merging import Kind
from devenv.config.model import DevenvYaml
from devenv.config.validation import fields_at


@dataclass(frozen=True, slots=True)
class Told:
    """`in_force`: several where layers add to one list, else at most one. Both with the highest first."""

    in_force: tuple[Setting, ...]
    overridden: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key of the language: what it means, and its default in words, "" where there is none."""

    description: str
    default: str


def told_of(loaded: Loaded, key: Key) -> Told:
    """What the layers say of a key. A mark at the key, or at one above it, cuts off the layers below."""
    settings = loaded.history.get(key, ())
    cut = max(
        (
            each.rank
            for end in range(1, len(key) + 1)
            for each in loaded.history.get(key[:end], ())
            if each.mark
        ),
        default=0,
    )
    in_force = [each for each in settings if each.rank >= cut and loaded.document.at(key) is not None]
    if not _kind_at(key).is_list:
        in_force = in_force[-1:]
    return Told(tuple(reversed(in_force)), tuple(each for each in reversed(settings) if each not in in_force))


def remover_of(loaded: Loaded, key: Key) -> tuple[str, Setting] | None:
    """The mark that a key which some layer sets fell to: its own key, and the setting."""
    marked = [
        (dotted(key[:end]), each)
        for end in range(len(key), 0, -1)
        for each in loaded.history.get(key[:end], ())
        if each.mark
    ]
    return max(marked, key=lambda found: found[1].rank, default=None)


def known_key(key: Key) -> KnownKey | None:
    """What the reference says of a key, None where the language has none of that name."""
    field = fields_at(DevenvYaml, key[:-1]).get(str(key[-1]))
    if field is None:
        return None
    description, _, default = (field.description or "").partition("; default: ")
    return KnownKey(description, default.removeprefix("default: "))


def keys_below(key: Key) -> Iterator[Key]:
    """The keys that the language has below one."""
    yield from ((*key, name) for name in fields_at(DevenvYaml, key))


def _kind_at(key: Key) -> Kind:
    return reduce(lambda kind, part: kind.below(str(part)), key, WHOLE)
