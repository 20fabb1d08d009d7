"""A project's layers, lowest first: files and what they extend, with profiles, then variables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from devenv.config.document import Document
from devenv.config.extending import Extending, Layer, without_structure
from devenv.config.layering import Choice
from devenv.config.merging import Kind, part_of, settled
from devenv.config.model import STAND_INS, DevenvYaml
from devenv.config.problems import Problem
from devenv.config.profiles import read_profiles
from devenv.config.validation import validate
from devenv.config.variables import read_variables

WHOLE = Kind(section=DevenvYaml)


@dataclass(frozen=True, kw_only=True, slots=True)
class Layers:
    """`in_force` lowest first, `idle` the profiles that are not switched on; what was found on the way.

    `is_whole`: nothing that was asked for lacks. `profiles`: the names of all.
    """

    in_force: tuple[Layer, ...]
    idle: tuple[Layer, ...]
    is_whole: bool
    requires: str
    profiles: tuple[str, ...]
    problems: tuple[Problem, ...]


def read_layers(file: Path, main: Document, choice: Choice, files: Extending) -> Layers:
    """The layers of a project whose devenv.yaml is `file`, read as `main`. Raises: ConfigError."""
    files.add_file(file, "project", main)
    below_profiles = len(files.found)
    _add_local(file, choice, files)
    own = [Layer(each.source, without_structure(part_of(each.document))) for each in files.found]
    profiles = read_profiles(files.found, choice)
    variables = read_variables(choice.environ)
    switched_on = [layer for name in profiles.on for layer in profiles.layers[name]]
    return Layers(
        in_force=(*own[:below_profiles], *switched_on, *own[below_profiles:], *variables.layers),
        idle=tuple(layer for name in profiles.idle for layer in profiles.layers[name]),
        is_whole=files.is_whole and not profiles.problems,
        requires=",".join(dict.fromkeys(files.requires)),
        profiles=tuple(profiles.layers),
        problems=(*files.problems, *profiles.problems, *variables.problems),
    )


def problems_beside(file: Path, choice: Choice, files: Extending) -> tuple[Problem, ...]:
    """All that is known to be wrong where devenv.yaml itself holds no tree: its text, the layers above it."""
    _add_local(file, choice, files)
    variables = read_variables(choice.environ)
    parts = [without_structure(part_of(each.document)) for each in files.found]
    parts += [layer.part for layer in variables.layers]
    read = (validate(DevenvYaml, settled(part, ""), STAND_INS, partial=True) for part in parts)
    return (*files.problems, *variables.problems, *(problem for each in read for problem in each.problems))


def _add_local(file: Path, choice: Choice, files: Extending) -> None:
    local = file.with_name(f"{file.stem}.local{file.suffix}")
    files.files.append(local)
    if choice.with_local and local.is_file() and (document := files.read(local, may_be_empty=True)):
        files.add_file(local, "local", document)
