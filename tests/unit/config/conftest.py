"""A small Django project on disk, and what load says of a devenv.yaml in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from devenv.config import Loaded, load, templates_folder
from devenv.config.environment import Environment
from devenv.errors import ConfigError

HEAD = 'name: shop\npython: "3.13"\n'
SERVED = f"{HEAD}app: {{settings: shop.settings}}\n"


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with manage.py and the package `shop`."""

    root: Path

    def write_all(self, files: Mapping[str, str]) -> None:
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text, encoding="utf-8")

    def loaded(self, text: str) -> Loaded:
        self.write_all({"devenv.yaml": text})
        return load(self.root / "devenv.yaml", templates_folder())

    def environment(self, text: str) -> Environment:
        return self.loaded(text).environment

    def problems(self, text: str) -> list[str]:
        """What is said of each, without the lines that are shown."""
        with pytest.raises(ConfigError) as raised:
            self.loaded(text)
        return [line for line in raised.value.details.splitlines() if not line.startswith("  | ")]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    files = ("manage.py", "shop/__init__.py", "shop/settings.py", "shop/wsgi.py")
    shop = Project(tmp_path)
    shop.write_all(dict.fromkeys(files, ""))
    return shop
