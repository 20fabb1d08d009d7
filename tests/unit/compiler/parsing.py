"""The generated files as their readers see them."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from devenv.compiler.compiled import CompiledProject

_HEREDOC = re.compile(r"<<-?\s*['\"]?\w")


def compose_content(project: CompiledProject) -> dict[str, Any]:
    content = yaml.safe_load(project.files["compose.yaml"])
    assert isinstance(content, dict)
    return content


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """(keyword, arguments) of every instruction, continued lines joined, comments dropped."""
    assert not _HEREDOC.search(dockerfile), "a here-document"
    found: list[tuple[str, str]] = []
    pending = ""
    for line in re.split(r"\r\n|\r|\n", dockerfile):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        pending += line.rstrip()
        if pending.endswith("\\"):
            pending = pending[:-1]
            continue
        keyword, _, arguments = pending.strip().partition(" ")
        found.append((keyword, arguments.strip()))
        pending = ""
    assert not pending, "the last instruction goes on"
    return found


def inputs_label(service: dict[str, Any]) -> dict[str, str]:
    """The label of a container, as the engine would hand it out."""
    label: dict[str, str] = json.loads(service["labels"]["dev.devenv.inputs"].replace("$$", "$"))
    return label
