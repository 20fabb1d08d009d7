"""Profiles: parts of devenv.yaml that count when somebody asks for them by name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from devenv.config.document import Mark, Scalar
from devenv.config.environment import Origin
from devenv.config.extending import STRUCTURE, Layer, LayerFile, without_structure
from devenv.config.layering import PROFILES_VARIABLE, Choice
from devenv.config.merging import Kind, Part, merge, part_of
from devenv.config.problems import Problem, did_you_mean

_LIST = Kind(is_list=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Profiles:
    """`layers`: of each profile one for every file that says something of it. `on`: as they are asked for."""

    layers: Mapping[str, Sequence[Layer]]
    on: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def idle(self) -> tuple[str, ...]:
        """Those that nobody asks for."""
        return tuple(name for name in self.layers if name not in self.on)


def read_profiles(files: Sequence[LayerFile], choice: Choice) -> Profiles:
    """What `files`, lowest first, say of profiles, and which of them are switched on."""
    layers: dict[str, list[Layer]] = {}
    for file in files:
        _take(file, layers)
    wanted = (*_by_files(files), *_by_choice(choice))
    unknown = [
        Problem(origin, "", f"there is no profile {name}{_known(name, layers)}")
        for name, origin in wanted
        if name not in layers
    ]
    return Profiles(
        layers=layers,
        on=tuple(dict.fromkeys(name for name, _ in wanted if name in layers)),
        problems=(*unknown, *(problem for file in files for problem in _forbidden(file))),
    )


def _take(file: LayerFile, layers: dict[str, list[Layer]]) -> None:
    """Add a file's parts of profiles; a mark at one takes away what lower files say of it."""
    marks = file.document.marks
    for name in tuple(layers):
        if ("profiles",) in marks or ("profiles", name) in marks:
            del layers[name]
    for name in file.profiles:
        part = replace(without_structure(part_of(file.document, ("profiles", name))), mark=None)
        source = replace(file.source, name=f"profile {name}", kind="profile")
        layers.setdefault(name, []).append(Layer(source, part))


def _forbidden(file: LayerFile) -> Iterator[Problem]:
    for name in file.profiles:
        for key in STRUCTURE:
            path = ("profiles", name, key)
            if file.document.at(path) is not None:
                yield file.document.problem(path, "a profile cannot say which layers there are")


def _by_files(files: Sequence[LayerFile]) -> Iterator[tuple[str, Origin]]:
    asked = [
        part_of(file.document, ("use_profiles",))
        for file in files
        if file.head and file.document.at(("use_profiles",)) is not None
    ]
    merged = reduce(lambda lower, upper: merge(lower, upper, _LIST), asked) if asked else None
    if merged is None or merged.mark is Mark.RESET:
        return
    items: tuple[Part, ...] = merged.content if isinstance(merged.content, tuple) else (merged,)
    yield from ((item.content.text, item.origin) for item in items if isinstance(item.content, Scalar))


def _by_choice(choice: Choice) -> Iterator[tuple[str, Origin]]:
    said = (name.strip() for name in choice.environ.get(PROFILES_VARIABLE, "").split(","))
    yield from ((name, Origin(PROFILES_VARIABLE, 0, 0)) for name in said if name)
    yield from ((name, Origin(f"--profile {name}", 0, 0)) for name in choice.profiles)


def _known(name: str, profiles: Collection[str]) -> str:
    return f"; {did_you_mean(name, profiles)}" if profiles else ", and none is defined"
