"""upgrades.json: from which volume the data of a service was begun to be brought over, and is not yet."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from devenv.workspace.files import Content, write_files

FILE_NAME = "upgrades.json"


def read_upgrades(folder: Path) -> dict[str, str]:
    """Volumes by service; none where the file is missing or damaged."""
    with suppress(OSError, ValueError, AttributeError):
        content = json.loads((folder / FILE_NAME).read_text("utf-8"))
        return {str(service): str(volume) for service, volume in content.items()}
    return {}


def begin_upgrade(folder: Path, service: str, volume: str) -> None:
    """Until it is ended the next `up` goes on with it. Raises WorkspaceError."""
    _write(folder, {**read_upgrades(folder), service: volume})


def end_upgrade(folder: Path, service: str) -> None:
    """All came over. Raises WorkspaceError."""
    found = read_upgrades(folder)
    if found.pop(service, None):
        _write(folder, found)


def forget_upgrades(folder: Path) -> None:
    """The data is gone."""
    (folder / FILE_NAME).unlink(missing_ok=True)


def _write(folder: Path, volumes: dict[str, str]) -> None:
    write_files(folder, {FILE_NAME: Content(json.dumps(volumes, indent=2).encode())})
