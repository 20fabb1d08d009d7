"""The escape hatch: keys of the compose file that devenv has no word for, if they leave the rest whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from devenv.config.compose_words import INSTEAD, INSTEAD_OF_THE_FILE, OF_SERVICES, OF_THE_FILE, PASSED_ON
from devenv.config.document import Path as Key
from devenv.config.document import Tree
from devenv.config.problems import did_you_mean
from devenv.config.reading import Reading

Kind = Literal["service", "process", "job"]
_OURS = ("dev.devenv.", "com.docker.compose.")

_DECLARED = {"networks": "default", "secrets": "", "configs": ""}  # and the name that is always there
_OWN_ENTRIES = {
    "volumes": {"source": "the volume of the app's source"},
    "secrets": {"certificates": "the certificates of the host"},
}


def read_compose(kind: Kind, written: Mapping[str, Tree], key: Key, reading: Reading) -> dict[str, object]:
    """The keys of one container, those that would break something left out with a problem."""
    allowed = PASSED_ON | OF_SERVICES if kind == "service" else PASSED_ON
    raw = {name: tree for name, tree in written.items() if _may_stand(name, allowed, kind, key, reading)}
    kept = {name: plain(tree, (*key, name), reading) for name, tree in raw.items()}
    if "labels" in kept:
        kept["labels"] = _labels(kept["labels"], (*key, "labels"), reading)
    if "deploy" in kept:
        _check_deploy(kept["deploy"], (*key, "deploy"), reading)
    if "networks" in kept:
        kept["networks"] = _with_default(kept["networks"])
    return kept


def read_file_keys(written: Mapping[str, Tree], reading: Reading) -> dict[str, object]:
    """The keys of the whole file."""
    kept: dict[str, object] = {}
    for name, tree in written.items():
        key: Key = ("compose", name)
        if name in OF_THE_FILE and isinstance(tree, dict):
            for entry in tree.keys() & _OWN_ENTRIES.get(name, {}).keys():
                reading.complain((*key, entry), f"it is {_OWN_ENTRIES[name][entry]}; choose another name")
            kept[name] = plain(tree, key, reading)
        elif name in OF_THE_FILE:
            reading.complain(key, "expected a mapping of names")
        else:
            _refuse(key, name, INSTEAD_OF_THE_FILE, OF_THE_FILE, reading)
    return kept


def check_declared(
    containers: Mapping[Key, Mapping[str, object]], file_keys: Mapping[str, object], reading: Reading
) -> None:
    """Networks, secrets and configs of containers are those of the file."""
    for key, kept in containers.items():
        for what, always in _DECLARED.items():
            declared = file_keys.get(what)
            known = {*(declared if isinstance(declared, dict) else ()), *filter(None, [always])}
            for name in _names(kept.get(what)):
                if name not in known:
                    declaration = f"`compose: {{{what}: {{{name}: …}}}}` at the top level"
                    reading.lack(
                        (*key, "compose", what),
                        f"there is no {what.removesuffix('s')} {name}; declare it: {declaration}",
                    )


def _names(value: object) -> list[str]:
    """What a list of names (or of mappings with a `source`) or a mapping by name speaks of."""
    found = [*value] if isinstance(value, (dict, list)) else []
    return [str(each.get("source")) if isinstance(each, dict) else str(each) for each in found]


def _may_stand(name: str, allowed: frozenset[str], kind: Kind, key: Key, reading: Reading) -> bool:
    if name in allowed or name.startswith("x-"):
        return True
    if name in OF_SERVICES:
        reading.complain((*key, name), f"it cannot stand here: devenv decides it for a {kind}")
    else:
        _refuse((*key, name), name, INSTEAD, allowed, reading)
    return False


def _refuse(
    key: Key, name: str, instead: Mapping[str, str], allowed: frozenset[str], reading: Reading
) -> None:
    known = f"it cannot stand here: {instead[name]}" if name in instead else ""
    reading.complain(key, known or f"compose has no such key here; {did_you_mean(name, sorted(allowed))}")


def plain(tree: Tree, key: Key, reading: Reading) -> object:
    """A tree as compose is to read it: numbers and booleans where YAML has them."""
    if isinstance(tree, dict):
        return {name: plain(each, (*key, name), reading) for name, each in tree.items()}
    if isinstance(tree, list):
        return [plain(each, (*key, index), reading) for index, each in enumerate(tree)]
    if not isinstance(tree.value, (str, bool, type(None))) and not tree.exact:
        read_as = f"without quotes {tree.text} is the number {tree.value} to YAML"
        reading.complain(key, f'{read_as}: write "{tree.text}"')
    return tree.value


def _labels(value: object, key: Key, reading: Reading) -> dict[str, object]:
    """Labels as a mapping, none of them ours."""
    found: dict[str, object] = dict(value) if isinstance(value, dict) else {}
    if isinstance(value, list):
        found = {name: text for name, _, text in (str(each).partition("=") for each in value)}
    for name in found:
        if name.startswith(_OURS):
            written = reading.document.written((*key, name))
            reading.complain(
                written, f"labels that begin with {' or '.join(_OURS)} are devenv's own; choose another name"
            )
    return found


def _check_deploy(value: object, key: Key, reading: Reading) -> None:
    """Only reservations, such as of a graphics card: for the rest there are words."""
    resources = value.get("resources") if isinstance(value, dict) else None
    if (
        not isinstance(value, dict)
        or [*value] != ["resources"]
        or not isinstance(resources, dict)
        or [*resources] != ["reservations"]
    ):
        only = "only resources.reservations may stand in it"
        reading.complain(key, f"{only}; limits are `resources`, copies `replicas` beside `compose`")


def _with_default(networks: object) -> object:
    """The containers of a project find each other in its own network."""
    if isinstance(networks, list):
        return [*networks, *(["default"] if "default" not in networks else [])]
    if isinstance(networks, dict):
        return {**networks, **({} if "default" in networks else {"default": None})}
    return networks
