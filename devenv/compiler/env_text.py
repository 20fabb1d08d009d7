"""The text of an env file, which compose reads back to the very values.

Compose's env files know 'as it is', where only \\' is special, and "with escapes".
"""

from __future__ import annotations

from collections.abc import Mapping

_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r"})


def env_text(values: Mapping[str, str], heading: str) -> str:
    """One `NAME='value'` a line, sorted by name, after `heading` as comments."""
    comments = [f"# {line}".rstrip() for line in heading.splitlines()]
    lines = [f"{name}={_quoted(values[name])}" for name in sorted(values)]
    return "\n".join([*comments, *lines]) + "\n"


def _quoted(value: str) -> str:
    """In single quotes, unless the value has one, a carriage return, or a backslash at its end."""
    if "'" in value or "\r" in value or value.endswith("\\"):
        return f'"{value.translate(_ESCAPES)}"'
    return f"'{value}'"
