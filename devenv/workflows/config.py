"""`devenv config`: the environment as it is in force, without what env files keep to themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from devenv.compiler.yaml_text import yaml_text
from devenv.config import Environment
from devenv.config.layering import LayerInForce

HIDDEN = "(from an env file, not shown)"


def environment_values(environment: Environment) -> dict[str, Any]:
    """The environment as plain values, defaults filled in."""
    values = asdict(environment)
    del values["origins"]
    for service in values["services"]:
        database = service.pop("database")  # its scripts are the definition's
        service["branches"] = bool(database and database["branches"])
    values["app"]["env_file_values"] = dict.fromkeys(values["app"]["env_file_values"], HIDDEN)
    return values


def named_values(environment: Environment, key: tuple[str | int, ...]) -> Any:
    """What the environment has at a key of devenv.yaml, None where it has nothing of that name."""
    values: Any = environment_values(environment)
    for section in ("services", "processes", "jobs"):
        values[section] = {each["name"]: each for each in values[section]}
    for service in values["services"].values():
        service["type"] = service["kind"]
    for part in key:
        values = values.get(part) if isinstance(values, dict) else None
    return values


def layer_values(layers: Iterable[LayerInForce]) -> list[dict[str, str]]:
    """The layers in force, lowest first; `commit` is that of a git layer."""
    return [
        {"layer": layer.name, "kind": layer.kind, "file": layer.file_name, "commit": layer.commit}
        for layer in layers
    ]


def environment_text(environment: Environment) -> str:
    """The same as YAML."""
    return yaml_text(environment_values(environment))
