"""A folder of the project in a service's container: a front end, a proxy's configuration."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from posixpath import normpath

from devenv.config.environment import Mount
from devenv.config.locate import is_folder
from devenv.config.problems import did_you_mean
from devenv.config.reading import Reading
from devenv.config.service_choice import Chosen, major_of
from devenv.config.service_model import DefinedFolder


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceFolder:
    """What is mounted, where the container's command runs, and digests of the files that it is made from."""

    mounts: tuple[Mount, ...] = ()
    working_dir: str = ""
    followed: Mapping[str, str] = field(default_factory=dict)


def read_folder(name: str, path: str | None, chosen: Chosen, reading: Reading) -> ServiceFolder:
    """The folder that `path` names, at the place of the definition."""
    defined = chosen.definition.folder if chosen.definition else None
    if path is None or defined is None:
        _check_use(name, path, chosen, defined, reading)
        return ServiceFolder()
    folder = reading.root / path
    if not folder.resolve().is_relative_to(reading.root.resolve()):
        reading.complain(("services", name, "path"), f"{path} is outside the folder of devenv.yaml")
    elif not is_folder(folder):
        near = did_you_mean(path, sorted(each.name for each in reading.root.iterdir() if each.is_dir()))
        reading.complain(("services", name, "path"), f"there is no folder {path} beside devenv.yaml; {near}")
    path = normpath(path)
    return ServiceFolder(
        mounts=(
            Mount(target=defined.path, folder=path, read_only=defined.read_only),
            *_own_folders(name, chosen, defined),
        ),
        working_dir=defined.path,
        followed=dict(_digests(path, defined, reading)),
    )


def _check_use(
    name: str, path: str | None, chosen: Chosen, defined: DefinedFolder | None, reading: Reading
) -> None:
    if path is not None:
        what = chosen.kind if chosen.definition else "an image without a definition"
        message = (
            f"{what} has no place for a folder; write `volumes: {{files: {{path: /…, folder: {path}}}}}`"
        )
        reading.complain(("services", name, "path"), message)
    elif defined and defined.required:
        message = f"{chosen.kind} works in a folder of the project: write `path:`, such as `path: frontend`"
        reading.complain(("services", name), message)


def _own_folders(name: str, chosen: Chosen, defined: DefinedFolder) -> Iterator[Mount]:
    """What is built for the image's system and version, and so does not belong in the project's folder."""
    for inner in defined.volumes:
        slug = re.sub(r"[^a-z0-9]+", "-", inner.lower()).strip("-")
        volume = f"{name}-{chosen.kind}-{major_of(chosen.version)}-{slug}"
        yield Mount(target=f"{defined.path}/{inner}", volume=volume)


def _digests(path: str, defined: DefinedFolder, reading: Reading) -> Iterator[tuple[str, str]]:
    """Of those files that are there."""
    for inner in defined.follows:
        data = reading.read(reading.root / path / inner, lambda _why: None)
        if data is not None:
            yield normpath(f"{path}/{inner}"), hashlib.sha256(data).hexdigest()
