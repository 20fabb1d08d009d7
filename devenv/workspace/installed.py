"""installed.json: packages that were installed into containers that run, until their image has them, too.

A record holds as long as the container: a new one has what its image has. It is removed before an installer
begins, and written when all of them have ended well, so a crash in between leaves none.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE_NAME = "installed.json"
VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Installed:
    """What a container has beyond its image.

    build_hash: of the image that has the same recipe and files of packages; image_id: that image, once it was
    built and found to have the same packages, else ""; packages: as `uv pip freeze` tells them.
    """

    build_hash: str
    packages: tuple[str, ...]
    image_id: str = ""


def read_installed(folder: Path) -> dict[str, Installed]:
    """The records by container id; none where there is no file, or it is damaged."""
    try:
        version, rows = json.loads((folder / FILE_NAME).read_text("utf-8"))
        if version != VERSION:
            return {}
        return {
            str(container_id): Installed(
                build_hash=str(row["build_hash"]),
                packages=tuple(map(str, row["packages"])),
                image_id=str(row["image_id"]),
            )
            for container_id, row in rows.items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def write_installed(folder: Path, records: Mapping[str, Installed]) -> None:
    """Replace all records."""
    path = folder / FILE_NAME
    if not records:
        path.unlink(missing_ok=True)
        return
    rows = {
        container_id: {
            "build_hash": record.build_hash,
            "packages": list(record.packages),
            "image_id": record.image_id,
        }
        for container_id, record in records.items()
    }
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.write_text(json.dumps([VERSION, rows]), "utf-8")
    temporary.replace(path)
