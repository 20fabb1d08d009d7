"""A project's layers, lowest first: files and what they extend, with profiles, then variables."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

from devenv.config.document import Document, Scalar
from devenv.config.environment import Origin
from devenv.config.extending import STRUCTURE, Extending
from devenv.config.layering import (
    PROFILES_VARIABLE,
    VARIABLE_PREFIX,
    Choice,
    LayerInForce,
)
from devenv.config.loader import read_document, read_scalar
from devenv.config.merging import Kind, Part, merge, part_of
from devenv.config.model import DevenvYaml
from devenv.config.problems import Problem, did_you_mean

WHOLE = Kind(section=DevenvYaml)
_LIST = Kind(is_list=True)


@dataclass(frozen=True, slots=True)
class Layer:
    """What is in force, and what it says."""

    source: LayerInForce
    part: Part


@dataclass(frozen=True, kw_only=True, slots=True)
class Layers:
    """`in_force` lowest first, `idle` the profiles that are not switched on; what was found on the way.

    `profiles`: the names of all. `texts`: what messages may show, by file.
    """

    in_force: tuple[Layer, ...]
    idle: tuple[Layer, ...]
    requires: str
    profiles: tuple[str, ...]
    problems: tuple[Problem, ...]
    texts: Mapping[str, str]


def read_layers(file: Path, main: Document, choice: Choice, files: Extending) -> Layers:
    """The layers of a project whose devenv.yaml is `file`, read as `main`. Raises: ConfigError."""
    files.add_file(file, "project", main)
    below_profiles = len(files.found)
    local = file.with_name(f"{file.stem}.local{file.suffix}")
    files.files.append(local)
    if choice.with_local and local.is_file():
        files.add_file(local, "local", read_document(local.read_bytes(), local.name, may_be_empty=True))
    own = [Layer(each.source, _without_structure(part_of(each.document))) for each in files.found]
    profiles, problems = _profiles(files)
    wanted = _wanted(files, choice)
    on = list(dict.fromkeys(name for name, _ in wanted if name in profiles))
    problems += [
        Problem(origin, "", f"there is no profile {name}{_known(name, profiles)}")
        for name, origin in wanted
        if name not in profiles
    ]
    variables, wrong = _variables(choice)
    switched_on = [layer for name in on for layer in profiles[name]]
    return Layers(
        in_force=(*own[:below_profiles], *switched_on, *own[below_profiles:], *variables),
        idle=tuple(layer for name, layers in profiles.items() if name not in on for layer in layers),
        requires=",".join(dict.fromkeys(files.requires)),
        profiles=tuple(profiles),
        problems=(*files.problems, *problems, *wrong),
        texts=files.sources,
    )


def _profiles(files: Extending) -> tuple[dict[str, list[Layer]], list[Problem]]:
    """What each profile is, a layer for every file that says something of it."""
    profiles: dict[str, list[Layer]] = {}
    problems = []
    for each in files.found:
        for name in each.head.profiles if each.head else ():
            key = ("profiles", name)
            part = part_of(each.document, key)
            problems += [
                each.document.problem((*key, forbidden), "a profile cannot say which layers there are")
                for forbidden in STRUCTURE
                if isinstance(part.content, Mapping) and forbidden in part.content
            ]
            source = replace(each.source, name=f"profile {name}", kind="profile")
            profiles.setdefault(name, []).append(Layer(source, _without_structure(part)))
    return profiles, problems


def _known(name: str, profiles: Collection[str]) -> str:
    return f"; {did_you_mean(name, profiles)}" if profiles else ", and none is defined"


def _wanted(files: Extending, choice: Choice) -> list[tuple[str, Origin]]:
    """The profiles to switch on, in order, each with the place that asks for it."""
    asked = [
        part_of(each.document, ("use_profiles",))
        for each in files.found
        if each.head and each.document.at(("use_profiles",)) is not None
    ]
    merged = reduce(lambda lower, upper: merge(lower, upper, _LIST), asked) if asked else None
    items = merged.content if merged and isinstance(merged.content, tuple) else filter(None, (merged,))
    return [
        *((item.content.text, item.origin) for item in items if isinstance(item.content, Scalar)),
        *(
            (name.strip(), Origin(PROFILES_VARIABLE, 0, 0))
            for name in choice.environ.get(PROFILES_VARIABLE, "").split(",")
            if name.strip()
        ),
        *((name, Origin(f"--profile {name}", 0, 0)) for name in choice.profiles),
    ]


def _variables(choice: Choice) -> tuple[list[Layer], list[Problem]]:
    """A layer for each variable `DEVENV__app__env__DEBUG`."""
    layers, problems = [], []
    for variable in sorted(each for each in choice.environ if each.startswith(VARIABLE_PREFIX)):
        keys = variable.removeprefix(VARIABLE_PREFIX).split("__")
        origin = Origin(variable, 0, 0)
        if not all(keys):
            problems.append(
                Problem(origin, "", "expected keys with __ between, as in DEVENV__app__env__DEBUG")
            )
        elif keys[0] in STRUCTURE:
            problems.append(Problem(origin, keys[0], "only a file can say which layers there are"))
        else:
            source = LayerInForce(name=variable, kind="environment")
            layers.append(Layer(source, _nested(keys, choice.environ[variable], origin)))
    return layers, problems


def _nested(keys: list[str], text: str, origin: Origin) -> Part:
    """The one value of a variable below its keys."""
    value = Part(origin, read_scalar(text))
    return reduce(lambda below, key: Part(origin, {key: below}), reversed(keys), value)


def _without_structure(part: Part) -> Part:
    content = part.content
    assert isinstance(content, Mapping)
    return replace(part, content={key: each for key, each in content.items() if key not in STRUCTURE})
