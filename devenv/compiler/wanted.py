"""What one service of the compose file sets of the things that can be changed in a living container."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from devenv.compiler.compiled import WantedSettings

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([bkmg]?)b?", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


def wanted_settings(body: Mapping[str, object]) -> WantedSettings:
    """Of a service's whole mapping, raw keys merged in."""
    env = body.get("environment")
    return WantedSettings(
        env={
            str(name): value.replace("$$", "$")
            for name, value in (env.items() if isinstance(env, Mapping) else ())
            if isinstance(value, str)
        },
        memory_bytes=_size(body.get("mem_limit")),
        cpus=_number(body.get("cpus")),
        restart=str(body.get("restart") or "no").partition(":")[0],
    )


def _size(value: object) -> int | None:
    found = _SIZE.fullmatch(str(value or "0"))
    size_bytes = float(found[1]) * _UNITS[found[2].lower()] if found else math.inf
    return int(size_bytes) if math.isfinite(size_bytes) else None


def _number(value: object) -> float | None:
    try:
        return float(str(value or 0))
    except ValueError:
        return None
