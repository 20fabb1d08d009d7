"""An environment that is up in two seconds: a service with data, and a program that waits."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.project import Project
from tests.e2e.scenario import Scenario

YAML = """\
extends: [base.yaml]
name: {name}
python: "3.13"
app: {{settings: x, wsgi: "x:application", env_file: .env}}
services:
  store: {{type: store}}
processes:
  loop: python -u loop.py
"""
LAYER = """\
app:
  env:
    LAYER: one
"""
DEFINITION = """\
description: a store of the project's own
image: {image}
versions: ["8", "7"]
default_version: "8"
port: 6379
env: {{COLOUR: red}}
volume: {{path: /data, per_major_version: true}}
health_check: [CMD-SHELL, "redis-cli ping | grep -qx PONG"]
gives: {{STORE_URL: "redis://{{host}}:{{port}}/0"}}
"""
PROGRAM = """\
import threading
threading.Event().wait()
"""


@dataclass(frozen=True, slots=True)
class Small:
    """`store` and `loop`. `image`: the store's, of the versions 8 and 7, which are one."""

    project: Project
    image: str

    @property
    def root(self) -> Path:
        return self.project.root

    def edit(self, path: str, before: str, after: str) -> None:
        """Save a file with the one place that reads `before` changed."""
        text = (self.root / path).read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{path} has {text.count(before)} of {before!r}"
        (self.root / path).write_text(text.replace(before, after), encoding="utf-8")

    def variable(self, service: str, name: str) -> str:
        """Its value in the running container, "" where there is none just now."""
        inside = ("exec", self.project.container(service), "printenv", name)
        return self.project.engine.docker(*inside, check=False).strip()

    def restore(self) -> None:
        """Write the files as they are at first, and take away what else there is."""
        shutil.rmtree(self.root / "data", ignore_errors=True)
        for path, text in {
            "devenv.yaml": YAML.format(name=self.project.name),
            "base.yaml": LAYER,
            ".env": "TOKEN=first\n",
            "devenv.d/services/store.yaml": DEFINITION.format(image=self.image),
            "loop.py": PROGRAM,
            "manage.py": "",
            "requirements.txt": "",
        }.items():
            (self.root / path).write_text(text, encoding="utf-8")

    def remove(self) -> None:
        """Take the images' names away."""
        for version in "78":
            self.project.engine.docker("rmi", f"{self.image}:{version}", check=False)


def make_small(scenario: Scenario, label: str) -> Small:
    """Its files; nothing is brought up yet. It goes with the scenario, but for the images' names."""
    root = scenario.folder / label
    (root / "devenv.d" / "services").mkdir(parents=True)
    project = scenario.project(label, root)
    image = f"{project.name}-store"
    for version in "78":
        project.engine.docker("tag", "redis:8", f"{image}:{version}")
    small = Small(project, image)
    small.restore()
    return small
