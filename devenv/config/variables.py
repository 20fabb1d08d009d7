"""Variables such as DEVENV__app__env__DEBUG, each a layer of one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from devenv.config.environment import Origin
from devenv.config.extending import STRUCTURE, Layer
from devenv.config.layering import VARIABLE_PREFIX, LayerInForce
from devenv.config.loader import read_scalar
from devenv.config.merging import Part
from devenv.config.problems import Problem

_HOLDS_NAMES = ("ENV", "GIVES")  # of variables, which are written as they are


@dataclass(frozen=True, slots=True)
class Variables:
    """The layers in the order of their names."""

    layers: tuple[Layer, ...]
    problems: tuple[Problem, ...]


def read_variables(environ: Mapping[str, str]) -> Variables:
    """All of `environ` that are meant for us."""
    layers, problems = [], []
    for variable in sorted(each for each in environ if each.startswith(VARIABLE_PREFIX)):
        keys = _keys(variable.removeprefix(VARIABLE_PREFIX))
        origin = Origin(variable, 0, 0)
        if wrong := _wrong(keys, environ[variable]):
            problems.append(Problem(origin, "", wrong))
        else:
            source = LayerInForce(name=variable, kind="environment")
            layers.append(Layer(source, _nested(keys, environ[variable], origin)))
    return Variables(tuple(layers), tuple(problems))


def _keys(name: str) -> Sequence[str]:
    """The keys between `__`. All in capitals they are read in small letters: Windows knows no others."""
    keys = name.split("__")
    if not keys[0].isupper():
        return keys
    names = next((at + 1 for at, key in enumerate(keys) if key in _HOLDS_NAMES), len(keys))
    return [*(key.lower() for key in keys[:names]), *keys[names:]]


def _wrong(keys: Sequence[str], text: str) -> str:
    """Why a variable says nothing, "" where it does."""
    if not all(keys):
        return "expected keys with __ between, as in DEVENV__app__env__DEBUG"
    if keys[0] in STRUCTURE:
        return "only a file can say which layers there are"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "the value is not UTF-8"
    return ""


def _nested(keys: Sequence[str], text: str, origin: Origin) -> Part:
    """The one value of a variable below its keys."""
    value = Part(origin, read_scalar(text))
    return reduce(lambda below, key: Part(origin, {key: below}), reversed(keys), value)
