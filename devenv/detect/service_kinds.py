"""The service definitions of templates/services, as far as detection asks for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devenv.config.loader import read_document
from devenv.config.service_model import ServiceDefinition
from devenv.config.validation import validate

USUAL_NAMES = {"postgres": "db", "mysql": "db", "mariadb": "db", "redis": "redis", "valkey": "redis"}
_FORKS = {  # images that are another product's with something added
    "pgautoupgrade": "postgres",
    "postgis": "postgres",
    "pgvector": "postgres",
    "timescaledb": "postgres",
    "postgresql": "postgres",
    "redis-stack": "redis",
    "redis-stack-server": "redis",
    "percona": "mysql",
    "mysql-server": "mysql",
}
_ADDED = frozenset(("postgis", "pgvector", "timescaledb", "redis-stack", "redis-stack-server"))


@dataclass(frozen=True, slots=True)
class Kinds:
    """Definitions by name."""

    definitions: Mapping[str, ServiceDefinition]

    def of_image(self, repository: str) -> str:
        """The definition that an image is of, "" where it is of none."""
        if repository in _FORKS:
            return _FORKS[repository]
        return repository if repository in self.definitions else ""

    def image(self, kind: str, repository: str, image: str) -> str:
        """What to write for a project's image: the same where it adds something, else the major version."""
        if repository in _ADDED or not self._has_short_tags(kind):
            return image
        tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
        number = re.match(r"v?(\d+)(\.\d+)?", tag)
        if not number:
            return self.default_image(kind)
        versions = self.definitions[kind].versions
        minor = f"{number[1]}{number[2] or ''}"
        return f"{kind}:{minor if minor in versions and number[1] not in versions else number[1]}"

    def _has_short_tags(self, kind: str) -> bool:
        """Whether a major version alone is a tag of the product's image."""
        return any(version.count(".") < 2 for version in self.definitions[kind].versions)

    def default_image(self, kind: str) -> str:
        """The definition's own version."""
        return f"{kind}:{self.definitions[kind].default_version}"

    def gives(self, kind: str) -> frozenset[str]:
        """The variables that a definition gives."""
        return frozenset(self.definitions[kind].gives)


def load_kinds(templates: Path) -> Kinds:
    """Every definition that is valid."""
    found = {}
    for file in sorted((templates / "services").glob("*.yaml")):
        validated = validate(ServiceDefinition, read_document(file.read_bytes(), file.name))
        if validated.value is not None:
            found[file.stem] = validated.value
    return Kinds(found)
