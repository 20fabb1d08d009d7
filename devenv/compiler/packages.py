"""Python packages -> the Debian packages that they need, by the table packages.yaml of the templates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import yaml

from devenv.compiler.words import APT_PACKAGE, checked
from devenv.errors import ConfigError

TABLE = "packages.yaml"


@dataclass(frozen=True, slots=True)
class SystemPackages:
    """Debian packages, sorted: `build` to compile with, `runtime` to keep in the image."""

    build: tuple[str, ...]
    runtime: tuple[str, ...]


def system_packages(asked: Iterable[str], python_packages: Iterable[str], table_text: str) -> SystemPackages:
    """What devenv.yaml asks for, and what the Python packages need. Raises ConfigError."""
    names = frozenset(python_packages)
    rows = [
        row for name, row in _load_table(table_text).items() if name in names and not names & row["unless"]
    ]
    for word in asked:
        checked(word, APT_PACKAGE, "app.system_packages", "the name of a Debian package, such as libmagic1")
    return SystemPackages(
        build=tuple(sorted({package for row in rows for package in row["build"]})),
        runtime=tuple(sorted({*asked, *(package for row in rows for package in row["runtime"])})),
    )


def _load_table(text: str) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """The rows by Python package. Raises ConfigError."""
    try:
        rows = yaml.safe_load(text) or {}
        return {name: _row(row) for name, row in rows.items()}
    except (yaml.YAMLError, AttributeError, TypeError) as error:
        raise ConfigError(
            f"{TABLE} in the Dockerfile's templates cannot be read",
            details=str(error),
            hint="each line is `name: {build: [...], runtime: [...]}`",
        ) from error


def _row(row: Mapping[str, Iterable[str]]) -> Mapping[str, frozenset[str]]:
    words = {key: frozenset(row.get(key, ())) for key in ("build", "runtime", "unless")}
    for package in words["build"] | words["runtime"]:
        checked(package, APT_PACKAGE, TABLE, "the name of a Debian package")
    return words
