"""A document against a model: pydantic finds what is wrong, the words are ours."""

from __future__ import annotations

import types
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from devenv.config.advice import of_command, of_compose, of_pairs, of_service, of_structure, of_text
from devenv.config.document import Document, Path, Tree, describe
from devenv.config.lookalikes import within
from devenv.config.problems import Problem, did_you_mean, likely

_MAPPINGS = frozenset(("model_type", "dict_type", "model_attributes_type"))
_PASSES = 4  # leaving a value out may leave its parent without a required key, and so on upwards
Model = TypeVar("Model", bound=BaseModel)

# what people write who come from another tool
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "environment": ("env",),
    "environ": ("env",),
    "env_files": ("env_file",),
    "apt": ("system_packages",),
    "packages": ("system_packages",),
    "requirements": ("dependencies",),
    "python_version": ("python",),
    "django_settings_module": ("settings",),
    "workdir": ("working_dir",),
    "cmd": ("command", "run"),
    "run": ("command",),
    "exec": ("command", "run"),
    "script": ("command", "run"),
    "command": ("run",),
    "entrypoint": ("command",),
    "ports": ("port",),
    "patterns": ("paths",),
    "files": ("paths",),
    "tasks": ("jobs",),
    "healthcheck": ("health_check",),
    "exclude": ("ignore",),
    "source": ("path",),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Validated(Generic[Model]):
    """`value`: the model of all that is right, None where nothing can be made of the rest.

    `problems`: what is wrong. `left_out`: the paths that `value` therefore does not know.
    """

    value: Model | None
    problems: tuple[Problem, ...]
    left_out: tuple[Path, ...] = ()


def validate(
    model: type[Model],
    document: Document,
    stand_ins: Mapping[Path, Tree] | None = None,
    *,
    partial: bool = False,
) -> Validated[Model]:
    """`document` as a `model`, with every problem.

    What is wrong is left out and the rest validated again, so that checks across keys can still run on it;
    `stand_ins` are values for required keys that are wrong or missing, "*" in a path being any key.
    partial: what is missing may stand elsewhere.
    """
    try:
        return Validated(value=model.model_validate(document.tree), problems=())
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
    meant = {_intended(model, _path(each)) for each in errors if each["type"] == "extra_forbidden"}
    problems = tuple(
        _problem(model, document, each)
        for each in errors
        if each["type"] != "missing" or not (partial or _path(each) in meant)  # it is there, misspelt
    )
    left_out: set[Path] = set()
    put_in: dict[Path, Tree] = {}
    for _ in range(_PASSES):
        before = frozenset(left_out)
        for path in map(_path, errors):
            stand_in = _stand_in(path, stand_ins or {})
            if stand_in and isinstance(document.at(path[:-1]), dict):
                left_out.add(path)
                put_in[path] = stand_in
                continue
            there = document.written(path) or path[:1]
            left_out.add((there[:-1] or there) if there in before else there)
        rest = _without(document.tree, left_out, put_in)
        try:
            return Validated(value=model.model_validate(rest), problems=problems, left_out=tuple(left_out))
        except ValidationError as error:
            errors = error.errors(include_url=False, include_input=False)
    return Validated(value=None, problems=problems, left_out=tuple(left_out))


def _without(tree: Tree, left_out: Collection[Path], put_in: Mapping[Path, Tree]) -> Tree:
    """The tree, but for what is at the paths `left_out`, and with what is `put_in`."""

    def copy(node: Tree, path: Path) -> Tree:
        if isinstance(node, dict):
            kept = {
                key: copy(each, (*path, key)) for key, each in node.items() if (*path, key) not in left_out
            }
            return kept | {str(added[-1]): put_in[added] for added in put_in if added[:-1] == path}
        if isinstance(node, list):
            return [copy(each, (*path, at)) for at, each in enumerate(node) if (*path, at) not in left_out]
        return node

    return copy(tree, ())


def _stand_in(path: Path, stand_ins: Mapping[Path, Tree]) -> Tree | None:
    """The value to go on with where `path` is wrong or missing."""
    for pattern, value in stand_ins.items():
        if len(pattern) == len(path) and all(map(_is_or_any, pattern, path)):
            return value
    return None


def _is_or_any(expected: str | int, part: str | int) -> bool:
    return expected in {"*", part}


def _path(error: ErrorDetails) -> Path:
    """Where the error is; pydantic marks the key of a mapping with a last part of its own."""
    return tuple(part for part in error["loc"] if part != "[key]")


def _problem(model: type[BaseModel], document: Document, error: ErrorDetails) -> Problem:
    path = _path(error)
    written = _where(document, path)
    kind, facts = error["type"], error.get("ctx", {})
    if kind == "missing":
        return document.problem(path, _missing(model, path))
    if kind == "extra_forbidden":
        place = _where(document, path)
        place = place if place[-1:] == path[-1:] else path
        return document.problem(place, _unknown_there(model, document, path, place))
    if kind == "wrong":
        return document.problem(written, facts["message"])
    node = document.at(written)
    is_of_name = error["loc"][-1] == "[key]"
    found = f'"{path[-1]}"' if is_of_name else describe(node)
    if not is_of_name and (service := of_service(written, node)):
        unsaid = f"{_hint(kind, found)}; `!reset` takes back what another layer says"
        return document.problem(
            written, f"expected {service}, got {found}{unsaid if found == 'nothing' else ''}"
        )
    expected = _expectation(kind, facts)
    if is_of_name and (strange := within(str(path[-1]))):
        hint = f"; {strange}"
    elif not is_of_name and (command := of_command(written, node, fields_at(model, written))):
        hint = command
    elif kind in _MAPPINGS:
        hint = of_pairs(written, node, fields_at(model, path)) or _hint(kind, found)
    else:
        hint = f"; {facts['hint']}" if facts.get("hint") else of_text(expected, node) or _hint(kind, found)
    return document.problem(written, f"expected {expected}, got {found}{hint}")


def _where(document: Document, path: Path) -> Path:
    """The longest part of a path that is written, also where a list, or the item of one, is a short form."""
    there: Path = ()
    for part in path:
        if (*there, part) in document.origins:
            there = (*there, part)
        elif isinstance(part, str) is not isinstance(document.at(there), list):
            break
    return there


def _unknown_there(model: type[BaseModel], document: Document, path: Path, place: Path) -> str:
    """An unknown key of a file: what its value and its line tell comes before what its name does."""
    if strange := within(str(path[-1])):
        return f"unknown key; {strange}"
    beside = document.at(place[:-1])
    places = [document.origin((*place[:-1], key)) for key in beside] if isinstance(beside, dict) else []
    is_in_braces = len([each for each in places if each.line == document.origin(place).line]) > 1
    said = of_structure(path, document.at(place), is_in_braces=is_in_braces, keys=model.model_fields)
    is_known = _intended(model, path) != path or of_compose(path, fields_at(model, path[:-1]))
    return f"unknown key; {said}" if said and not is_known else _unknown(model, path)


def _expectation(kind: str, facts: dict[str, Any]) -> str:
    """What should have been there, for the kinds of errors that our models can raise."""
    if kind == "expected":
        return str(facts["what"])
    if kind == "literal_error":
        return str(facts["expected"]).replace("'", "")
    if kind in _MAPPINGS:
        return "a mapping (`key: value` lines)"
    if kind == "tuple_type":
        return "a list"
    return "another value"


def _hint(kind: str, found: str) -> str:
    nothing_there = found == "nothing" and kind != "missing"
    return "; give it a value or remove the key" if nothing_there else ""


def _missing(model: type[BaseModel], path: Path) -> str:
    field = fields_at(model, path[:-1]).get(str(path[-1]))
    example = f", such as `{path[-1]}: {_yaml(field.examples[0])}`" if field and field.examples else ""
    return f"missing; expected {field.description if field else 'a value'}{example}"


def _yaml(example: object) -> str:
    """An example as it is written in a file: a version needs its quotes."""
    text = str(example)
    return f'"{text}"' if text.replace(".", "").isdecimal() and isinstance(example, str) else text


def unknown_key(model: type[BaseModel], path: Path) -> str:
    """What is wrong with a key that is none of its mapping's, "" where it is one or names are free there."""
    fields = fields_at(model, path[:-1])
    known = not fields or str(path[-1]) in fields or str(path[-1]).startswith("x-")
    return "" if known else _unknown(model, path)


def _unknown(model: type[BaseModel], path: Path) -> str:
    """An unknown key: its likely spelling, its likely place, or what is known here."""
    key = str(path[-1])
    intended = _intended(model, path)
    if intended != path:
        return f"unknown key; did you mean `{intended[-1]}`?"
    fields = fields_at(model, path[:-1])
    if instead := of_compose(path, fields):
        return f"unknown key; {instead}"
    if name := _below(fields, key):
        return f"unknown key; it belongs below `{name}:`"
    if path[:-1] == ("app",) and key in model.model_fields:
        return "unknown key; it stands at the top of the file"
    process = _model_at(model, ("processes", "web"))
    if path[:-1] in {(), ("app",)} and process and (meant := _known(key, process.model_fields)):
        return f"unknown key; it is of a process: `processes: {{web: {{{meant}: …}}}}`"
    return f"unknown key; {did_you_mean(key, fields)}"


def _below(fields: Mapping[str, FieldInfo], key: str) -> str:
    """The section among the fields that has such a key, "" where none has."""
    for name, field in fields.items():
        below = _direct_model(field.annotation)
        if below and _known(key, below.model_fields):
            return name
    return ""


def _known(key: str, fields: Collection[str]) -> str:
    """The key, or what it is called here; "" where there is no such thing."""
    names = (key, *_SYNONYMS.get(key.lower(), ()))
    return next((each for each in names if each in fields), "")


def _intended(model: type[BaseModel], path: Path) -> Path:
    """The path that was probably meant by an unknown key, or `path` itself."""
    key, fields = str(path[-1]), fields_at(model, path[:-1])
    meant = _known(key, fields)
    if not meant and not of_compose(path, fields) and not _below(fields, key):
        meant = likely(key, fields)
    return (*path[:-1], meant or key)


def fields_at(model: type[BaseModel], path: Path) -> dict[str, FieldInfo]:
    """What the mapping at `path` may hold."""
    parent = _model_at(model, path)
    return parent.model_fields if parent else {}


def _model_at(annotation: Any, path: Path) -> type[BaseModel] | None:
    """The model that describes the mapping at `path`."""
    for part in path:
        if model := _direct_model(annotation):
            field = model.model_fields.get(str(part))
            annotation = field.annotation if field else None
        else:
            annotation = _element(annotation)
    return _direct_model(annotation)


def _direct_model(annotation: Any) -> type[BaseModel] | None:
    """The model that an annotation is, or is when it is not None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {Union, types.UnionType, Annotated}:
        return next(filter(None, map(_direct_model, get_args(annotation))), None)
    return None


def _element(annotation: Any) -> Any:
    """What the mapping or list of an annotation holds."""
    arguments = get_args(annotation)
    if get_origin(annotation) is dict:
        return arguments[1]
    if get_origin(annotation) is tuple:
        return arguments[0]
    return next((found for each in arguments if (found := _element(each)) is not None), None)
