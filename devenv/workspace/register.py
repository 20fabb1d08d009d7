"""Which checkouts were ever brought up here: <the user's state folder>/environments/<name>-<digest>.json.

Containers say which checkout they are of; volumes cannot, and they stay when the containers go.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import platformdirs


def register_folder() -> Path:
    """Where the entries of this user are."""
    return platformdirs.user_state_path("devenv", appauthor=False) / "environments"


def remember(folder: Path, project_name: str, root: Path) -> None:
    """Note that `root` has this compose project; a folder that cannot be written is no trouble to anyone."""
    entry = _entry(folder, project_name, str(root))
    text = json.dumps({"project": project_name, "root": str(root)})
    with suppress(OSError):
        if not entry.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            entry.write_text(text, encoding="utf-8")


def forget(folder: Path, project_name: str, root: str) -> None:
    """Nothing is left of it."""
    with suppress(OSError):
        _entry(folder, project_name, root).unlink(missing_ok=True)


def read_register(folder: Path) -> Mapping[str, str]:
    """The checkout's folder by project name. An entry that cannot be read is none."""
    found: dict[str, str] = {}
    for entry in sorted(folder.glob("*.json")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            content = json.loads(entry.read_text("utf-8"))
            name, root = str(content["project"]), str(content["root"])
            if name not in found or not Path(found[name]).exists():
                found[name] = root
    return found


def _entry(folder: Path, project_name: str, root: str) -> Path:
    digest = hashlib.sha256(root.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return folder / f"{project_name}-{digest}.json"
