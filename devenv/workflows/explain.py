"""`devenv explain`: a key's value, who says it, over whom, and the generated lines that it became."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from devenv.compiler.differences import GeneratedLine, lines_that_differ
from devenv.config import Environment, templates_folder
from devenv.config.document import Path as Key
from devenv.config.document import Scalar, Tree, dotted
from devenv.config.environment import Service
from devenv.config.extending import STRUCTURE
from devenv.config.history import keys_below, known_key, remover_of, told_of
from devenv.config.layering import Setting
from devenv.config.otherwise import otherwise, without_env_files, without_variable
from devenv.config.problems import likely
from devenv.errors import ConfigError, UsageError
from devenv.workflows.checkout import Checkout, compile_environment
from devenv.workflows.config import HIDDEN, named_values

SECRETS = "app.env"


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What one layer says. `place`: file:line:column, or a variable; `mark`: what it does to lower layers."""

    place: str
    layer: str
    value: object
    mark: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """`said`: the layers in force (several add to one list), `overrode`: those that are not; highest first.

    `reason`: where the value comes from when no layer says it. `below`: of a mapping, each value in it.
    """

    key: str
    kind: Literal["set", "mapping", "default", "given", "removed"]
    value: object
    said: tuple[Said, ...] = ()
    overrode: tuple[Said, ...] = ()
    reason: str = ""
    below: tuple[Explanation, ...] = ()
    lines: tuple[GeneratedLine, ...] = ()


def explain_key(checkout: Checkout, name: str) -> Explanation:
    """Everything about one key. Raises UsageError that names a likely one."""
    key = _resolved(checkout, name)
    if key[0] in STRUCTURE:
        raise UsageError(f"{name} says which layers there are", hint="`devenv config --layers` lists them")
    if checkout.loaded.document.at(key) is not None:
        others = otherwise(checkout.loaded, key, checkout.root, templates_folder())
        return replace(_written(checkout, key), lines=_lines(checkout, others))
    if key in checkout.loaded.history:
        return _removed(checkout, key)
    found = _variable(checkout, key) or _default(checkout, key)
    if found is None:
        guess = likely(name, explainable_keys(checkout))
        hint = f"did you mean `{guess}`?" if guess else "`devenv config` prints every key"
        raise UsageError(f"nobody sets {name}, and devenv.yaml knows no such key", hint=hint)
    return found


def explainable_keys(checkout: Checkout) -> tuple[str, ...]:
    """What there is to explain: the keys that a layer sets, the variables that services give, the others."""
    loaded = checkout.loaded
    mappings = [(), *(key for key in loaded.history if isinstance(loaded.document.at(key), dict))]
    given = (f"app.env.{name}" for service in checkout.environment.services for name in service.gives)
    known = (dotted(below) for key in mappings for below in keys_below(key))
    keys = dict.fromkeys((*map(dotted, loaded.history), *given, *known))
    return tuple(key for key in keys if key not in STRUCTURE)


def _resolved(checkout: Checkout, name: str) -> Key:
    """The path that a dotted name means; the name of a variable may itself hold dots."""
    node: Tree | None = checkout.loaded.document.tree
    parts, key = name.split("."), list[str | int]()
    while parts:
        starts = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
        taken = next((start for start in starts if isinstance(node, dict) and start in node), parts[0])
        key.append(int(taken) if isinstance(node, list) and taken.isdecimal() else taken)
        parts = parts[taken.count(".") + 1 :]
        node = checkout.loaded.document.at(tuple(key))
    return tuple(key)


def _written(checkout: Checkout, key: Key) -> Explanation:
    """A key that is set, or a mapping of such; without its lines."""
    node = checkout.loaded.document.at(key)
    told = told_of(checkout.loaded, key)
    overrode = tuple(map(_said, told.overridden))
    if isinstance(node, dict):
        below = tuple(each for name in node for each in _values(_written(checkout, (*key, name))))
        return Explanation(key=dotted(key), kind="mapping", value=_plain(node), below=below)
    origin = checkout.loaded.document.origin(key)
    item = Said(place=str(origin), layer="", value=_plain(node))  # of a list, which is one value to layers
    said = tuple(map(_said, told.in_force)) or (item,)
    return Explanation(key=dotted(key), kind="set", value=_plain(node), said=said, overrode=overrode)


def _values(explanation: Explanation) -> tuple[Explanation, ...]:
    return explanation.below if explanation.kind == "mapping" else (explanation,)


def _removed(checkout: Checkout, key: Key) -> Explanation:
    """A key that a layer sets and a higher one takes back."""
    remover = remover_of(checkout.loaded, key)
    reason = f"{remover[1].mark} of {remover[0]} at {remover[1].origin}" if remover else ""
    overrode = tuple(_said(each) for each in told_of(checkout.loaded, key).overridden if not each.mark)
    return Explanation(key=dotted(key), kind="removed", value=None, overrode=overrode, reason=reason)


def _variable(checkout: Checkout, key: Key) -> Explanation | None:
    """A variable of the app's containers that the key does not set, and something else does."""
    section, name = key[0], str(key[-1])
    if key[:-1] != ("app", "env") and not (len(key) == 4 and key[2] == "env" and section != "services"):
        return None
    environment, app = checkout.environment, ("app", "env", name)
    if key != app and checkout.loaded.document.at(app) is not None:
        above = explain_key(checkout, dotted(app))
        return replace(above, key=dotted(key), kind="given", reason=f"{dotted(app)} sets it for all")
    if name in environment.app.env_file_values:
        lines = _lines(checkout, [without_env_files(environment, name)])
        files = ", ".join(environment.app.env_files)
        reason = f"app.env_file ({files}) says it"
        return Explanation(key=dotted(key), kind="given", value=HIDDEN, reason=reason, lines=lines)
    giver = next((service for service in environment.services if name in service.gives), None)
    return _given(checkout, key, giver) if giver else None


def _given(checkout: Checkout, key: Key, giver: Service) -> Explanation:
    """A variable that a service gives to the app's containers."""
    name = str(key[-1])
    written = ("services", giver.name, "gives", name)
    is_written = checkout.loaded.document.at(written) is not None
    return Explanation(
        key=dotted(key),
        kind="given",
        value=giver.gives[name],
        said=_written(checkout, written).said if is_written else (),
        reason=f"services.{giver.name} gives it{'' if is_written else _by_definition(giver.kind)}",
        lines=_lines(checkout, [without_variable(checkout.environment, name)]),
    )


def _default(checkout: Checkout, key: Key) -> Explanation | None:
    """A key of the language that nobody sets, or what a service's definition says in its place."""
    if found := _default_version(checkout, key):
        return found
    value = named_values(checkout.environment, key)
    known = known_key(key)
    above = key[:-1]
    is_there = not above or checkout.loaded.document.at(above) or named_values(checkout.environment, above)
    if value in (None, "", (), {}, []) and not (known and is_there):
        return None
    reason = known.default if known else ""
    service = next((each for each in checkout.environment.services if key[1:2] == (each.name,)), None)
    if key[0] == "services" and service and not reason and value:
        reason = f"services.{service.name}{_by_definition(service.kind)}"
    return Explanation(key=dotted(key), kind="default", value=value or None, reason=reason)


def _default_version(checkout: Checkout, key: Key) -> Explanation | None:
    """The version that a definition takes where devenv.yaml says none; it stands in the image alone."""
    here = (each for each in checkout.environment.services if key == ("services", each.name, "version"))
    service = next(here, None)
    if service is None or service.kind == "image":
        return None
    image, _, version = service.image.rpartition(":")
    other = replace(service, image=f"{image}:otherwise")
    changed = tuple(other if each is service else each for each in checkout.environment.services)
    return Explanation(
        key=dotted(key),
        kind="default",
        value=version,
        reason=f"services.{service.name}{_by_definition(service.kind)}",
        lines=_lines(checkout, [replace(checkout.environment, services=changed)]),
    )


def _by_definition(kind: str) -> str:
    return "" if kind == "image" else f", by the definition {kind}"


def _lines(checkout: Checkout, others: Iterable[Environment]) -> tuple[GeneratedLine, ...]:
    """The generated lines that would be others in one of the `others`; no value of an env file."""
    differing = lines_that_differ(checkout.compiled.files, _compiled(checkout, others))
    return tuple(
        replace(line, text=f"{line.text.partition('=')[0]}=…") if line.file == SECRETS else line
        for line in differing
    )


def _compiled(checkout: Checkout, environments: Iterable[Environment]) -> Iterator[Mapping[str, str]]:
    pins = checkout.lock.images if checkout.lock else {}
    for environment in environments:
        try:
            yield compile_environment(environment, pins).files
        except ConfigError:  # valid to read and not to write: no evidence of anything
            continue


def _said(setting: Setting) -> Said:
    return Said(
        place=str(setting.origin),
        layer=setting.layer,
        value=_plain(setting.value),
        mark=setting.mark or "",
    )


def _plain(tree: Tree | None) -> object:
    """A value as programs have it: text as it is written, numbers where YAML reads the same."""
    if isinstance(tree, Scalar):
        return tree.value if tree.exact else tree.text
    if isinstance(tree, list):
        return [_plain(each) for each in tree]
    return {name: _plain(each) for name, each in tree.items()} if tree is not None else None
