"""state.json: what this checkout was given on this machine, and what devenv wrote into `.devenv/`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devenv.compiler.compiled import Assignments
from devenv.errors import WorkspaceError

VERSION = 1
FILE_NAME = "state.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """What state.json says.

    `written`: digests by path of what devenv wrote; two of them while a write is under way, since either
    may be on disk after a crash. `notice`: why nothing could be read, "" where something could.
    """

    written: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    assignments: Assignments | None = None
    notice: str = ""


def read_state(folder: Path) -> State:
    """The state in `folder`; empty, with a notice, where the file is damaged. Raises WorkspaceError."""
    try:
        text = (folder / FILE_NAME).read_text("utf-8")
    except FileNotFoundError:
        return State()
    except UnicodeDecodeError:
        return State(notice=_damaged("it is not text"))
    except OSError as error:
        raise WorkspaceError(f"{folder / FILE_NAME} cannot be read", details=str(error)) from error
    try:
        return _parse(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return State(notice=_damaged(f"{type(error).__name__}: {error}"))


def state_text(state: State) -> str:
    """The text that `read_state` reads back."""
    assignments = state.assignments
    content: dict[str, Any] = {
        "version": VERSION,
        "written": {path: list(state.written[path]) for path in sorted(state.written)},
        "assignments": assignments
        and {
            "project_name": assignments.project_name,
            "ports": dict(assignments.ports),
            "wanted": dict(assignments.wanted),
        },
    }
    return json.dumps(content, indent=2) + "\n"


def _parse(content: Any) -> State:
    if content["version"] != VERSION:
        return State(notice=_damaged(f"it is of version {content['version']}, this devenv writes {VERSION}"))
    given = content["assignments"]
    return State(
        written={str(path): tuple(map(str, digests)) for path, digests in content["written"].items()},
        assignments=given
        and Assignments(
            project_name=str(given["project_name"]),
            ports={str(name): int(port) for name, port in given["ports"].items()},
            wanted={str(name): int(port) for name, port in given["wanted"].items()},
        ),
    )


def _damaged(reason: str) -> str:
    return f".devenv/{FILE_NAME} could not be used ({reason}) and was made anew"
