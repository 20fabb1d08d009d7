"""The user's cache folder, and small things in it that can be made again at any time."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import platformdirs


def user_cache() -> Path:
    """The folder; it need not be there."""
    return platformdirs.user_cache_path("devenv", appauthor=False)


def recall(folder: Path, name: str, key: str) -> Any | None:
    """What was remembered under this name, None where that was of another key or cannot be read."""
    try:
        kept = json.loads((folder / f"{name}.json").read_bytes())
    except (OSError, ValueError):
        return None
    return kept["value"] if isinstance(kept, dict) and kept.get("key") == key else None


def remember(folder: Path, name: str, key: str, value: Any) -> None:
    """Keep a value for the next time, where that is possible."""
    temporary = folder / f"{name}.{os.getpid()}.new"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps({"key": key, "value": value}), encoding="utf-8")
        temporary.replace(folder / f"{name}.json")
