"""devenv.yaml and all its layers -> one validated Environment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from pathlib import Path

from devenv.config.document import Mark, dotted
from devenv.config.document import Path as Key
from devenv.config.evaluate import evaluate
from devenv.config.extending import Extending, Layer
from devenv.config.foreign import refuse_foreign
from devenv.config.layering import Choice, FetchLayer, Loaded, Setting
from devenv.config.layers import WHOLE, Layers, problems_beside, read_layers
from devenv.config.merging import Part, in_full_below, merge, said_by, settled
from devenv.config.model import STAND_INS, DevenvYaml
from devenv.config.problems import Problem
from devenv.config.validation import unknown_key, validate
from devenv.errors import ConfigError


def load_project(file: Path, templates: Path, choice: Choice, fetch: FetchLayer) -> Loaded:
    """Read, merge, validate, and check what keys must agree on. Raises: ConfigError with all problems."""
    files: list[Path] = []
    try:
        return _load(file.absolute(), templates, choice, Extending(file.absolute().parent, fetch, files))
    except ConfigError as error:
        error.files = tuple(map(str, files))
        raise


def _load(file: Path, templates: Path, choice: Choice, extending: Extending) -> Loaded:
    main = extending.read(file)
    if main is None:
        raise extending.error(file, problems_beside(file, choice, extending), {})
    refuse_foreign(main, file.parent)
    layers = read_layers(file, main, choice, extending)
    whole = reduce(_over, (layer.part for layer in layers.in_force))
    document = settled(whole, file.name)
    evaluated = evaluate(document, file.parent, templates, extending.files, is_whole=layers.is_whole)
    problems = [*layers.problems, *evaluated.problems, *_problems_of_parts(layers)]
    if problems or evaluated.environment is None:
        raise extending.error(file, problems, evaluated.sources)
    return Loaded(
        environment=evaluated.environment,
        document=settled(in_full_below(whole, WHOLE), file.name),
        files=tuple(dict.fromkeys(extending.files)),
        layers=tuple(layer.source for layer in layers.in_force),
        history=_history(layers.in_force),
        requires=layers.requires,
        profiles=layers.profiles,
    )


def _over(lower: Part, upper: Part) -> Part:
    return merge(lower, upper, WHOLE)


def _problems_of_parts(layers: Layers) -> Iterator[Problem]:
    """What is not in the whole and therefore not found wrong there: a profile that is off, a key removed."""
    for layer in layers.idle:
        yield from validate(DevenvYaml, settled(layer.part, ""), STAND_INS, partial=True).problems
    for layer in (*layers.in_force, *layers.idle):
        for key, part in said_by(layer.part):
            if part.mark is Mark.RESET and (said := unknown_key(DevenvYaml, key)):
                yield Problem(part.origin, dotted(key), said)


def _history(layers: Iterable[Layer]) -> Mapping[Key, tuple[Setting, ...]]:
    history: dict[Key, tuple[Setting, ...]] = {}
    for rank, layer in enumerate(layers):
        for key, part in said_by(in_full_below(layer.part, WHOLE)):
            below = history.get(key, ())
            if below or part.mark is not Mark.RESET:
                setting = Setting(layer.source.name, rank, part.origin, part.tree, part.mark)
                history[key] = (*below, setting)
    return history
