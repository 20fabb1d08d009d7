"""runs.json: on which files a job's container last ended well."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

FILE_NAME = "runs.json"
VERSION = 1


def read_runs(folder: Path) -> dict[str, dict[str, str]]:
    """Digests by path, by container id; none where there is no file, or it is damaged."""
    try:
        version, rows = json.loads((folder / FILE_NAME).read_text("utf-8"))
        if version != VERSION:
            return {}
        return {
            str(container_id): {str(path): str(digest) for path, digest in digests.items()}
            for container_id, digests in rows.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_runs(folder: Path, runs: Mapping[str, Mapping[str, str]]) -> None:
    """Replace all records."""
    path = folder / FILE_NAME
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.write_text(json.dumps([VERSION, {key: dict(run) for key, run in runs.items()}]), "utf-8")
    temporary.replace(path)
