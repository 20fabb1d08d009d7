"""The engine's names of the volumes that one service of the compose file mounts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_NAMED = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]*")


def volume_names(mounts: object, declared: object) -> tuple[str, ...]:
    """Shape: "${COMPOSE_PROJECT_NAME}_data", or as `declared`, the file's own raw volumes, says."""
    raw = declared if isinstance(declared, Mapping) else {}
    return tuple(dict.fromkeys(_engine_name(key, raw.get(key)) for key in _keys(mounts)))


def _keys(mounts: object) -> Iterator[str]:
    """Compose knows a mount as a mapping and as "key:/folder"; a path is no volume."""
    for mount in mounts if isinstance(mounts, list) else ():
        if isinstance(mount, Mapping):
            if mount.get("type") == "volume" and mount.get("source"):
                yield str(mount["source"])
        elif ":" in str(mount) and _NAMED.fullmatch(source := str(mount).partition(":")[0]):
            yield source


def _engine_name(key: str, declared: object) -> str:
    if isinstance(declared, Mapping):
        if declared.get("name"):
            return str(declared["name"])
        if declared.get("external"):
            return key
    return f"${{COMPOSE_PROJECT_NAME}}_{key}"
