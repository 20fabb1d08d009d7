"""What a service of devenv.yaml is made from: a definition or none, the image, the version."""

from __future__ import annotations

import re
from dataclasses import dataclass

from devenv.config.definitions import Definitions
from devenv.config.document import Path as Key
from devenv.config.problems import did_you_mean, likely
from devenv.config.reading import Reading
from devenv.config.service_model import ServiceDefinition, ServiceSection


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """`kind` is the definition's name, "image" where there is none."""

    kind: str
    definition: ServiceDefinition | None
    image: str
    version: str
    definition_file: str = ""


def choose(name: str, section: ServiceSection, definitions: Definitions, reading: Reading) -> Chosen | None:
    """The definition and the image, None (and a problem) where those cannot be said."""
    key: Key = ("services", name)
    if section.type is None and section.image is None:
        example = f"type: {name}" if name in definitions.names else "image: postgres:17"
        or_process = "; a command from the app's image stands below `processes:`" if section.command else ""
        reading.lack(key, f"nothing says what it runs: write one more key, such as `{example}`{or_process}")
        return None
    image = section.image or ""
    if image and section.version is not None:
        if _tag(image) or "@" in image:
            place = reading.document.place((*key, "image"), (*key, "version"))
            reading.complain((*key, "version"), f"the image at {place} has its own version: keep one")
        else:
            image = f"{image}:{section.version}"
    if section.type is not None:
        return _typed(section.type, section.model_copy(update={"image": image}), key, definitions, reading)
    return _imaged(image, key, definitions, reading)


def _typed(
    kind: str, section: ServiceSection, key: Key, definitions: Definitions, reading: Reading
) -> Chosen | None:
    if kind not in definitions.names:
        known = did_you_mean(kind, definitions.names)
        reading.complain(
            (*key, "type"),
            f"there is no service definition {kind}; {known} Any other image goes under `image:`",
        )
        return None
    if (definition := definitions.load(kind)) is None:
        return None
    version = section.version or _tag(section.image or "") or definition.default_version
    image = section.image or f"{definition.image}:{version}"
    shown = definitions.shown(kind)
    return Chosen(kind=kind, definition=definition, image=image, version=version, definition_file=shown)


def _imaged(image: str, key: Key, definitions: Definitions, reading: Reading) -> Chosen | None:
    """An image of a definition brings the definition with it."""
    repository = _repository(image)
    kind = repository.rpartition("/")[2]
    definition = definitions.load(kind) if kind in definitions.names else None
    if definition and repository in {kind, definition.image}:
        version = _tag(image) or definition.default_version
        written = image if "@" in image else f"{definition.image}:{version}"
        shown = definitions.shown(kind)
        return Chosen(kind=kind, definition=definition, image=written, version=version, definition_file=shown)
    guess = likely(repository, definitions.names, cutoff=0.8)
    if guess and guess != repository:
        message = (
            f"there is no service definition {repository}; did you mean `{guess}`? If it is an image, write "
        )
        written_key = reading.document.written((*key, "image"))
        reading.complain(written_key, f"{message}docker.io/library/{image}")
        return None
    return Chosen(kind="image", definition=None, image=image, version=_tag(image) or "latest")


def _repository(image: str) -> str:
    """An image without tag and digest; a `:` before the last `/` is a registry's port."""
    name = image.partition("@")[0]
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{last.partition(':')[0]}"


def _tag(image: str) -> str:
    return image.partition("@")[0].rpartition("/")[2].partition(":")[2]


def major_of(version: str) -> str:
    """17.5-alpine -> 17; a tag that begins with no number stands for itself."""
    number = re.match(r"\d+", version)
    return number[0] if number else version
