"""Volumes, and folders of the project that containers see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from posixpath import normpath

from devenv.config.container_model import ResourcesSection, VolumeSection
from devenv.config.document import Path as Key
from devenv.config.environment import NO_LIMITS, Mount, Resources
from devenv.config.locate import exists
from devenv.config.reading import Reading

SOURCE = "/app"
_NOT_OURS_TO_HIDE = ("/opt/venv", "/opt/devenv", "/run/devenv", "/usr/local")


def read_mounts(
    owner: str, sections: Mapping[str, VolumeSection], key: Key, reading: Reading
) -> tuple[Mount, ...]:
    """What is mounted. A volume's name begins with its `owner`, so that no two own one."""
    mounts: dict[str, Mount] = {}
    for name, section in sections.items():
        if section.path in mounts:
            reading.complain((*key, name), f"{section.path} is mounted twice: choose another path")
        if section.folder is not None and not _is_there(section.folder, (*key, name, "folder"), reading):
            continue
        source = {"folder": normpath(section.folder)} if section.folder else {"volume": f"{owner}-{name}"}
        mounts[section.path] = Mount(target=section.path, read_only=section.read_only, **source)
    return tuple(mounts.values())


def _is_there(folder: str, key: Key, reading: Reading) -> bool:
    """What is not there the engine would make, as a folder that belongs to root."""
    place = reading.root / folder
    if not place.resolve().is_relative_to(reading.root.resolve()):
        reading.complain(key, f"{folder} is outside the folder of devenv.yaml")
    elif not exists(place):
        reading.complain(key, f"there is no folder or file {folder} beside devenv.yaml")
    else:
        return True
    return False


def check_app_mounts(sections: Mapping[str, VolumeSection], key: Key, reading: Reading) -> None:
    """The app's containers have folders of their own, which nothing may hide."""
    for name, section in sections.items():
        for ours in (SOURCE, *_NOT_OURS_TO_HIDE):
            if _holds(section.path, ours) or (ours != SOURCE and _holds(ours, section.path)):
                message = f"{section.path} would hide what devenv has at {ours}; mount it elsewhere"
                reading.complain((*key, name), message)


def _holds(folder: str, path: str) -> bool:
    return PurePosixPath(path).is_relative_to(folder)


def covered(mounts: Iterable[Mount]) -> tuple[str, ...]:
    """Folders of the source that a mount covers, as patterns: what is there is no source any more."""
    below = [mount.target.removeprefix(f"{SOURCE}/") for mount in mounts if _holds(SOURCE, mount.target)]
    return tuple(f"/{path}" for path in sorted(set(below)))


def read_resources(section: ResourcesSection | None) -> Resources:
    """Limits, none where none are written."""
    return Resources(cpus=section.cpus or "", memory=section.memory or "") if section else NO_LIMITS
