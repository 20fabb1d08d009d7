"""Layers on top of each other: by the models, which say what is a mapping, a list, one value. Pure.

Laws: nothing over a layer, and a layer over nothing, is the layer; whatever is merged first, the outcome is
the same (a key that a layer removes is kept as a mark until `settled`, since it acts on all that come below).
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin

from devenv.config.document import Document, Mark, Path, Scalar, Tree
from devenv.config.environment import Origin
from devenv.config.fields import ItemOrList, OneValue
from devenv.config.section import Section

_NOTHING = Scalar("", None)


@dataclass(frozen=True, slots=True)
class Part:
    """A value, the place of its key, and what it does to the same key of lower layers."""

    origin: Origin
    content: Content
    mark: Mark | None = None

    @property
    def tree(self) -> Tree:
        """The value without places and marks."""
        if isinstance(self.content, Scalar):
            return self.content
        if isinstance(self.content, tuple):
            return [item.tree for item in self.content]
        return {key: part.tree for key, part in self.content.items()}


Content: TypeAlias = "Scalar | tuple[Part, ...] | Mapping[str, Part]"


@dataclass(frozen=True, slots=True)
class Kind:
    """How two values of a key become one. `section`, `values`: of a mapping with known or with free keys.

    `is_raw`: not our language; mappings become one at every depth, anything else is one value.
    """

    section: type[Section] | None = None
    values: Kind | None = None
    is_list: bool = False
    is_raw: bool = False

    def below(self, key: str) -> Kind:
        """The kind of a key's value."""
        if self.section:
            return _kinds(self.section).get(key, _ONE_VALUE)
        return self if self.is_raw else self.values or _ONE_VALUE


_ONE_VALUE = Kind()


@cache
def _kinds(section: type[Section]) -> Mapping[str, Kind]:
    return {
        name: _kind(field.annotation, tuple(field.metadata)) for name, field in section.model_fields.items()
    }


def _kind(annotation: Any, metadata: tuple[object, ...] = ()) -> Kind:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(arguments[0], (*metadata, *arguments[1:]))
    if origin in {Union, types.UnionType}:
        kinds = [_kind(each, metadata) for each in arguments]
        return next((kind for kind in kinds if kind != _ONE_VALUE), _ONE_VALUE)
    if any(isinstance(each, OneValue) for each in metadata):
        return _ONE_VALUE
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return _ONE_VALUE if annotation.is_one_value else Kind(section=annotation)
    if origin is dict:
        return Kind(values=_kind(arguments[1]))
    is_list = any(isinstance(each, ItemOrList) for each in metadata)
    return Kind(is_list=is_list, is_raw=annotation is Any)


def part_of(document: Document, path: Path = ()) -> Part:
    """What a document holds at `path`, with the places of all of it."""

    def part(tree: Tree, path: Path) -> Part:
        content: Content
        if isinstance(tree, dict):
            content = {key: part(each, (*path, key)) for key, each in tree.items()}
        elif isinstance(tree, list):
            content = tuple(part(each, (*path, index)) for index, each in enumerate(tree))
        else:
            content = tree
        return Part(document.origin(path), content, document.marks.get(path))

    return part(document.at(path) or {}, path)


def merge(lower: Part, upper: Part, kind: Kind) -> Part:
    """`upper` over `lower`."""
    if upper.mark:
        return upper
    if lower.mark is Mark.RESET:
        return replace(upper, mark=Mark.OVERRIDE)
    return Part(upper.origin, _merged(lower, upper, kind), lower.mark)


def _merged(lower: Part, upper: Part, kind: Kind) -> Content:
    if kind.is_list:
        there = _items(lower)
        known = [item.tree for item in there]
        return (*there, *(item for item in _items(upper) if item.tree not in known))
    if kind == _ONE_VALUE:
        return upper.content
    below, above = in_full(lower, kind).content, in_full(upper, kind).content
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return upper.content
    merged = dict(below)
    for key, part in above.items():
        merged[key] = merge(below[key], part, kind.below(key)) if key in below else part
    return merged


def _items(part: Part) -> tuple[Part, ...]:
    """`x` is short for `[x]`."""
    return part.content if isinstance(part.content, tuple) else (part,)


def in_full(part: Part, kind: Kind) -> Part:
    """A short form as the mapping that it stands for, with what its keys say about other keys."""
    section, content = kind.section, part.content
    if section is None or part.mark is Mark.RESET:
        return part
    if not isinstance(content, Mapping):
        if not section.short_for:
            return part
        content = {section.short_for: Part(part.origin, content)}
    full: dict[str, Part] = {}
    for key, each in content.items():
        full |= _apart(key, each, section, content)
    for key in tuple(full):
        for other in section.excludes.get(key, ()) if full[key].mark is not Mark.RESET else ():
            full.setdefault(other, Part(full[key].origin, _NOTHING, Mark.RESET))
    return replace(part, content=full)


def in_full_below(part: Part, kind: Kind) -> Part:
    """The same with every short form in full."""
    full = in_full(part, kind)
    if not isinstance(full.content, Mapping):
        return full
    below = {key: in_full_below(each, kind.below(key)) for key, each in full.content.items()}
    return replace(full, content=below)


def _apart(key: str, part: Part, section: type[Section], beside: Mapping[str, Part]) -> dict[str, Part]:
    """A key, or the several that its value says at once."""
    if not isinstance(part.content, Scalar) or part.mark is Mark.RESET:
        return {key: part}
    said = section.apart(key, part.content)
    if any(other != key and other in beside for other in said):
        return {key: part}
    return {each: Part(part.origin, scalar, part.mark) for each, scalar in said.items()}


def settled(part: Part, file: str) -> Document:
    """What all layers come to, as one document; `file` is its name where nothing is written."""
    origins: dict[Path, Origin] = {}

    def tree(part: Part, path: Path) -> Tree:
        if isinstance(part.content, Scalar):
            return part.content
        if isinstance(part.content, tuple):
            return [placed(item, (*path, index)) for index, item in enumerate(part.content)]
        return {
            key: placed(each, (*path, key))
            for key, each in part.content.items()
            if each.mark is not Mark.RESET
        }

    def placed(part: Part, path: Path) -> Tree:
        origins[path] = part.origin
        return tree(part, path)

    return Document(file=file, text="", tree=tree(part, ()), origins=origins)


def said_by(part: Part, path: Path = ()) -> Iterator[tuple[Path, Part]]:
    """Every key of a layer with what it says of it; a list is one value."""
    if path:
        yield path, part
    if isinstance(part.content, Mapping):
        for key, each in part.content.items():
            yield from said_by(each, (*path, key))
