"""devenv.yaml as frozen values, every value knowing the line that set it."""

from __future__ import annotations

from pathlib import Path

from devenv.config.environment import Environment
from devenv.config.layering import NO_CHOICE, Choice, FetchLayer, Loaded, without_git
from devenv.config.locate import find_devenv_yaml, templates_folder

__all__ = [
    "Choice",
    "Environment",
    "Loaded",
    "find_devenv_yaml",
    "load",
    "load_environment",
    "templates_folder",
]


def load(
    file: Path, templates: Path, *, choice: Choice = NO_CHOICE, fetch: FetchLayer = without_git
) -> Loaded:
    """The environment that `file` and the layers around it describe, and what decided it.

    choice: the profiles and variables that are asked for outside of files. fetch: gets layers of git
    repositories. Raises: ConfigError with every problem in its details.
    """
    from devenv.config.project import load_project  # noqa: PLC0415 - pydantic takes 100 ms, `--help` needs none

    return load_project(file, templates, choice, fetch)


def load_environment(file: Path, templates: Path) -> Environment:
    """What `load` says, for a caller that watches no files."""
    return load(file, templates).environment
