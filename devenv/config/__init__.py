"""devenv.yaml as frozen values, every value knowing the line that set it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from devenv.config.environment import Environment
from devenv.config.locate import find_devenv_yaml, templates_folder

if TYPE_CHECKING:
    from devenv.config.project import Loaded

__all__ = ["Environment", "find_devenv_yaml", "load", "load_environment", "templates_folder"]


def load(file: Path, templates: Path) -> Loaded:
    """The environment that `file` describes, and the files that decided it.

    Raises: ConfigError with every problem in its details.
    """
    from devenv.config.project import load_project  # noqa: PLC0415 - pydantic takes 100 ms, `--help` needs none

    return load_project(file, templates)


def load_environment(file: Path, templates: Path) -> Environment:
    """What `load` says, for a caller that watches no files."""
    return load(file, templates).environment
