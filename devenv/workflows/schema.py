"""`devenv schema`: the JSON schema of devenv.yaml, for an editor."""

from __future__ import annotations

import json
from pathlib import Path

from devenv.config import find_devenv_yaml, templates_folder
from devenv.config.schema import make_schema
from devenv.workspace.files import Content, write_files
from devenv.workspace.write import FOLDER

FILE_NAME = "devenv.schema.json"
MODELINE = f"# yaml-language-server: $schema={FOLDER}/{FILE_NAME}"


def schema_text() -> str:
    """The schema as JSON."""
    return json.dumps(make_schema(templates_folder()), ensure_ascii=False, indent=2) + "\n"


def write_schema(start: Path, chosen: Path | None) -> Path:
    """The schema in `.devenv/` beside the devenv.yaml of `start`. Raises ConfigError, WorkspaceError."""
    folder = find_devenv_yaml(start, chosen).parent / FOLDER
    texts = {".gitignore": "*\n", FILE_NAME: schema_text()}
    write_files(folder, {name: Content(text.encode()) for name, text in texts.items()})
    return folder / FILE_NAME
