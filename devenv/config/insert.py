"""New values in the text of a file that people wrote: their lines, comments and order stay."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from devenv.errors import ConfigError

STEP = "  "


def read_plain(text: str, file: str) -> Any:
    """What the YAML of a generated file says, without places. Raises ConfigError."""
    try:
        return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe one
    except yaml.YAMLError as error:
        raise ConfigError(f"{file} is not YAML", details=str(error)) from error


def with_values(text: str, values: Mapping[tuple[str, ...], Any], file: str) -> str:
    """`text` with each value at its place. Raises ConfigError for a place that has a value already."""
    for path, value in values.items():
        text = _with_value(text, path, value, file)
    return text


def _with_value(text: str, path: tuple[str, ...], value: Any, file: str) -> str:
    root = yaml.compose(text, yaml.SafeLoader)
    if root is None or not isinstance(root, yaml.MappingNode):
        return _ended(text) + "\n".join(_lines(path, value, "")) + "\n"
    node, depth = root, 0
    while (below := _child(node, path[depth])) is not None:
        depth += 1
        if depth == len(path) or not isinstance(below, yaml.MappingNode) or below.flow_style:
            where = f"{file}:{below.start_mark.line + 1}"
            raise ConfigError(
                f"{where} says something of {'.'.join(path[:depth])} already",
                hint=f"write {'.'.join(path)}: {json.dumps(value, ensure_ascii=False)} there yourself",
            )
        node = below
    at = node.start_mark.line
    lines = text.splitlines()
    new = _lines(path[depth:], value, " " * node.start_mark.column)
    return "\n".join([*lines[:at], *new, *lines[at:]]) + "\n"


def _child(node: yaml.MappingNode, key: str) -> yaml.Node | None:
    return next((value for name, value in node.value if name.value == key), None)


def _lines(path: Iterable[str], value: Any, indent: str) -> list[str]:
    """Keys below each other, the value in JSON, which is YAML; a text of several lines as a block."""
    *outer, last = path
    lines = []
    for key in outer:
        lines.append(f"{indent}{key}:")
        indent += STEP
    if isinstance(value, str) and "\n" in value:
        return [*lines, f"{indent}{last}: |", *(f"{indent}{STEP}{line}" for line in value.splitlines())]
    return [*lines, f"{indent}{last}: {json.dumps(value, ensure_ascii=False)}"]


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
