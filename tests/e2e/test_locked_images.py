"""Locked images on a real engine: pulled by digest, and nothing asked of a registry once they are there."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from devenv.errors import ImageUnresolved
from tests.e2e.project import Engine
from tests.e2e.scenario import Scenario
from tests.e2e.waiting import eventually
from tests.ports import free_port

LAYERS_OF = "debian:trixie-slim"  # what the registry gives out; its content does not matter
HERE_ONLY = f"dvt-e2e/here-only:{os.getpid()}"


class Registry:
    """A registry of the scenario's own, which it may stop."""

    def __init__(self, folder: Path) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        settings = folder / "registry.json"
        storage = {"filesystem": {"rootdirectory": str(folder / "registry")}}
        content = {
            "version": "0.1",
            "log": {"level": "warn"},
            "storage": storage,
            "http": {"addr": self.address},
        }
        settings.write_text(json.dumps(content), encoding="utf-8")
        self._process = subprocess.Popen(
            ["docker-registry", "serve", str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        eventually(self._answers)

    @property
    def repository(self) -> str:
        return f"{self.address}/acme/tool"

    @property
    def image(self) -> str:
        return f"{self.repository}:1"

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)

    def _answers(self) -> bool:
        host, _, port = self.address.partition(":")
        with socket.socket() as connection:
            return connection.connect_ex((host, int(port))) == 0


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    if not shutil.which("docker-registry"):
        pytest.skip("no docker-registry program here, which the lab installs")
    made = Registry(tmp_path)
    engine = Engine()
    try:
        engine.docker("tag", LAYERS_OF, made.image)
        engine.docker("push", "--quiet", made.image)
        engine.docker("image", "rm", made.image)
        engine.docker("tag", LAYERS_OF, HERE_ONLY)
        yield made
    finally:
        made.stop()
        listed = ("--digests", "--format", "{{.Repository}}@{{.Digest}}", made.repository)
        pulled = engine.docker("image", "ls", *listed).split()
        for name in (HERE_ONLY, made.image, *pulled):
            engine.docker("image", "rm", name, check=False)


def test_a_locked_image_comes_by_its_digest_and_needs_its_registry_once(
    scenario: Scenario, registry: Registry, tmp_path: Path
) -> None:
    project = scenario.project("locked", tmp_path / "locked")
    project.root.mkdir()
    (project.root / "manage.py").touch()

    def write(image: str) -> None:
        service = f"{{image: '{image}', command: sleep infinity}}"
        text = f'name: {project.name}\npython: "3.13"\nprocesses: {{}}\nservices: {{tool: {service}}}\n'
        (project.root / "devenv.yaml").write_text(text, encoding="utf-8")

    with scenario.step("an image that is only here is said, and not locked"):
        write(HERE_ONLY)
        said = project.devenv("lock").stderr
        assert f"{HERE_ONLY} is only on this machine and not locked" in said

    with scenario.step("an image of a registry is locked and run by its digest"):
        write(registry.image)
        locked = project.devenv("lock").stdout
        digest = locked.partition(f"+ {registry.image} ")[2].strip().splitlines()[0]
        project.devenv("up", "-d", "--frozen")
        running = project.engine.docker("inspect", "--format", "{{.Config.Image}}", project.container("tool"))
        assert running.strip() == f"{registry.image}@{digest}"

    project.engine.docker("pull", "--quiet", registry.image)
    registry.stop()

    with scenario.step("it is made anew without the registry"):
        project.engine.docker("rm", "--force", project.container("tool"))
        project.devenv("up", "-d", "--frozen")
        assert project.container("tool")

    with scenario.step("where no registry answers, what is on this machine says the digest"):
        (project.root / "devenv.lock").unlink()
        renewed = project.devenv("lock")
        assert f"+ {registry.image} {digest}" in renewed.stdout
        assert "as it is on this machine" in renewed.stderr

    with scenario.step("what neither has is no lock, and the one that was there stays"):
        before = (project.root / "devenv.lock").read_text("utf-8")
        write(f"{registry.repository}:2")
        project.devenv("lock", code=ImageUnresolved.exit_code)
        assert (project.root / "devenv.lock").read_text("utf-8") == before

    with scenario.step("`status` says that the lock is out of date, and why"):
        lock = json.loads(project.devenv("status", "--format", "json").stdout)["chain"][0]
        assert (lock["name"], lock["state"]) == ("lock", "stale")
        assert any(f"{registry.repository}:2" in why for why in lock["why"]), lock
