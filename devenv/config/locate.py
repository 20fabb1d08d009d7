"""Where devenv.yaml is, and where what comes with devenv is."""

from __future__ import annotations

from pathlib import Path

from devenv.errors import ConfigError

FILE_NAME = "devenv.yaml"


def find_devenv_yaml(start: Path, chosen: Path | None = None) -> Path:
    """The file that `-f` chose, else the nearest devenv.yaml in `start` or above it.

    The search ends at the filesystem's root and not at a .git folder: one environment may hold several
    repositories. Raises: ConfigError when there is none.
    """
    start = start.absolute()
    if chosen is not None:
        return _chosen(start / chosen, chosen)
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    raise ConfigError(f"no {FILE_NAME} in {start} or any folder above", hint=_hint(start))


def _chosen(file: Path, shown: Path) -> Path:
    if file.is_dir():
        raise ConfigError(f"{shown} is a folder, expected a file such as {shown / FILE_NAME}")
    if not file.is_file():
        raise ConfigError(f"there is no file {shown}", hint="-f takes the path of a devenv.yaml")
    return file


def _hint(start: Path) -> str:
    for folder in (start, *start.parents):
        if (folder / "devenv.yml").is_file():
            return f"rename {folder / 'devenv.yml'} to {FILE_NAME}"
    return f"go to the folder of your project, or name the file with -f path/to/{FILE_NAME}"


def is_folder(path: Path) -> bool:
    """Whether there is such a folder; none has a name that is too long for any."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_file(path: Path) -> bool:
    """Whether there is such a file; none has a name that is too long for any."""
    try:
        return path.is_file()
    except OSError:
        return False


def exists(path: Path) -> bool:
    """Whether there is anything of this name."""
    try:
        return path.exists()
    except OSError:
        return False


def templates_folder() -> Path:
    """The folder of Dockerfile parts and service definitions."""
    return _shipped("templates")


def docs_folder() -> Path:
    """The folder of the reference."""
    return _shipped("docs")


def _shipped(name: str) -> Path:
    """What comes with devenv: inside an installed package, else beside it."""
    package = Path(__file__).resolve().parents[1]
    installed = package / name
    return installed if installed.is_dir() else package.parent / name
