"""Whether an `up` that left nothing to do still has nothing to do: asked before anything else is loaded.

To answer takes less time than to import pydantic and the SDK.
"""

from __future__ import annotations

import os

import devenv
from devenv.engine.unix_api import ApiError, get_json
from devenv.plain_json import quoted
from devenv.workspace.settled import recall, surroundings_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

TIMEOUT_SECONDS = 2.0
PACKAGE = os.path.dirname(os.path.abspath(devenv.__file__))
INSTALLED = (PACKAGE, os.path.join(os.path.dirname(PACKAGE), "templates"))


def answer_if_settled(start: str, environ: Mapping[str, str]) -> str | None:
    """What to tell where the environment around `start` is as the last `up` left it; None to go and look."""
    root = _root_of(start)
    settled = recall(os.path.join(root, ".devenv")) if root else None
    if root is None or settled is None or os.path.join(root, "devenv.yaml") not in settled.files:
        return None
    if settled.surroundings != surroundings_of(environ, INSTALLED):
        return None
    try:
        states = {item["Id"]: _state(item) for item in listed(settled.socket, settled.project)}
        is_same = states == settled.containers and images(settled.socket, settled.images) == settled.images
    except (OSError, ApiError, ValueError, KeyError):
        return None
    return settled.answer if is_same else None


def _root_of(folder: str) -> str | None:
    """The folder, or the one above it, that has a devenv.yaml."""
    while not os.path.isfile(os.path.join(folder, "devenv.yaml")):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return None
    return folder


def listed(socket: str, project: str) -> list[dict[str, Any]]:
    """The project's containers as the engine lists them. Raises OSError, ApiError."""
    labels = f'{{"label":[{quoted(f"com.docker.compose.project={project}")}]}}'
    items = get_json(socket, "/containers/json", {"all": "true", "filters": labels}, TIMEOUT_SECONDS)
    return [item for item in items if item["Labels"].get("com.docker.compose.oneoff") != "True"]


def images(socket: str, names: Iterable[str]) -> dict[str, str]:
    """The ids of images by name, of those that are here. Raises OSError, ApiError."""
    wanted = list(names)
    filters = f'{{"reference":[{",".join(map(quoted, wanted))}]}}'
    items = get_json(socket, "/images/json", {"filters": filters}, TIMEOUT_SECONDS) if wanted else []
    return {name: item["Id"] for item in items for name in item["RepoTags"] or () if name in wanted}


def _state(item: Mapping[str, Any]) -> str:
    """ "running" where it is healthy or nobody asks, "done" for a job, else "": no record says that."""
    status = item["Status"]
    if item["State"] == "running":
        return "" if "(unhealthy)" in status or "(health: starting)" in status else "running"
    return "done" if item["State"] == "exited" and status.startswith("Exited (0)") else ""
