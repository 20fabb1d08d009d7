"""A Lock -> the text of devenv.lock: sorted, a fact a line, so that two people's changes merge."""

from __future__ import annotations

from devenv.compiler.yaml_text import yaml_text
from devenv.config.lock import VERSION, Lock

HEADING = """\
# Made by `devenv lock`: commit it, and everybody gets these images and layers.
"""


def lock_text(lock: Lock) -> str:
    """The same text for equal locks."""
    content: dict[str, object] = {"version": VERSION}
    if lock.requires:
        content["requires"] = lock.requires
    if lock.images:
        content["images"] = dict(sorted(lock.images.items()))
    if lock.layers:
        content["layers"] = {
            name: {"commit": layer.commit, "files": dict(sorted(layer.files.items()))}
            for name, layer in sorted(lock.layers.items())
        }
    return HEADING + yaml_text(content)
