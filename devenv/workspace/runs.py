"""runs.json: on what a job's container last ended well."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE_NAME = "runs.json"
VERSION = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """`files`: digests by path, None where a job names none. `beside`: the ids of services' containers."""

    files: Mapping[str, str] | None
    beside: frozenset[str]


def read_runs(folder: Path) -> dict[str, Run]:
    """By container id; none where there is no file, or it is damaged."""
    try:
        version, rows = json.loads((folder / FILE_NAME).read_text("utf-8"))
        if version != VERSION:
            return {}
        return {str(container_id): _read(*row) for container_id, row in rows.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_runs(folder: Path, runs: Mapping[str, Run]) -> None:
    """Replace all records."""
    rows = {key: [run.files and dict(run.files), sorted(run.beside)] for key, run in runs.items()}
    path = folder / FILE_NAME
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.write_text(json.dumps([VERSION, rows]), "utf-8")
    temporary.replace(path)


def _read(files: dict[str, str] | None, beside: list[str]) -> Run:
    digests = None if files is None else {str(path): str(digest) for path, digest in files.items()}
    return Run(files=digests, beside=frozenset(map(str, beside)))
