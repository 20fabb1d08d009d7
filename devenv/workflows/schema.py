"""`devenv schema`: the JSON schemas of devenv.yaml and of its layers, for an editor."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from devenv import __version__
from devenv.config import find_devenv_yaml, templates_folder
from devenv.config.definitions import OWN_FOLDER
from devenv.workspace.files import Content, write_files
from devenv.workspace.write import FOLDER

FILE_NAME = "devenv.schema.json"
LAYER_FILE_NAME = "devenv.layer.schema.json"
MODELINE = f"# yaml-language-server: $schema={FOLDER}/{FILE_NAME}"
KEY_WITHIN_BYTES = 300


def schema_text(root: Path | None = None, *, of_layer: bool = False) -> str:
    """A schema as JSON, with the service definitions of the project in `root`, if any."""
    return _texts(_definition_folders(root))[LAYER_FILE_NAME if of_layer else FILE_NAME]


def write_schema(start: Path, chosen: Path | None) -> Path:
    """Both schemas in `.devenv/` beside the devenv.yaml of `start`. Raises ConfigError, WorkspaceError."""
    root = find_devenv_yaml(start, chosen).parent
    _write(root)
    return root / FOLDER / FILE_NAME


def refresh_schema(root: Path) -> None:
    """Write the schemas where they are not this devenv's, or of other definitions. Raises WorkspaceError."""
    key = _key(_definition_folders(root)).encode()
    for name in (FILE_NAME, LAYER_FILE_NAME):
        try:
            with (root / FOLDER / name).open("rb") as file:
                is_fresh = key in file.read(KEY_WITHIN_BYTES)
        except OSError:
            is_fresh = False
        if not is_fresh:
            _write(root)
            return


def _write(root: Path) -> None:
    texts = {".gitignore": "*\n", **_texts(_definition_folders(root))}
    write_files(root / FOLDER, {name: Content(text.encode()) for name, text in texts.items()})


def _definition_folders(root: Path | None) -> list[Path]:
    return [templates_folder() / "services", *([root / OWN_FOLDER] if root else [])]


def _texts(folders: list[Path]) -> dict[str, str]:
    from devenv.config.schema import make_schema, partial  # noqa: PLC0415 - pydantic, where it is needed

    whole = make_schema(*folders)
    key = _key(folders)
    return {FILE_NAME: _text(whole, key), LAYER_FILE_NAME: _text(partial(whole), key)}


def _text(schema: dict[str, Any], key: str) -> str:
    """The key is on top, where `refresh_schema` looks for it."""
    return json.dumps({"$comment": key, **schema}, ensure_ascii=False, indent=2) + "\n"


def _key(folders: list[Path]) -> str:
    """A hash of what decides the schemas."""
    digest = hashlib.sha256(__version__.encode())
    for file in sorted(file for folder in folders for file in folder.glob("*.yaml")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return f"devenv {__version__} {digest.hexdigest()[:24]}"
