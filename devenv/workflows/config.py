"""`devenv config`: the environment as it is in force, without what env files keep to themselves."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from devenv.compiler.yaml_text import yaml_text
from devenv.config import Environment

HIDDEN = "(from an env file, not shown)"


def environment_values(environment: Environment) -> dict[str, Any]:
    """The environment as plain values, defaults filled in."""
    values = asdict(environment)
    del values["origins"]
    values["app"]["env_file_values"] = dict.fromkeys(values["app"]["env_file_values"], HIDDEN)
    return values


def environment_text(environment: Environment) -> str:
    """The same as YAML."""
    return yaml_text(environment_values(environment))
