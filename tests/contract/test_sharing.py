"""Two people, two machines, one project on a shared layer: the same files, the same bytes, or a stop."""

from __future__ import annotations

import os
import re
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from devenv.cli.main import run
from devenv.config import Choice
from devenv.config.lock import Lock, LockedLayer
from devenv.config.lock_file import read_lock
from devenv.engine.causes import changed_inputs
from devenv.errors import LayerChanged, LayerUnavailable, LockStale
from devenv.workflows.checkout import Checkout, load_checkout
from tests.contract.platform_repository import PlatformRepository

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
BASE = """\
python: "3.13"
extends: ../services.yaml
app: {settings: shop.settings, wsgi: shop.wsgi:application}
"""
SERVICES = "services: {db: postgres:17, cache: redis:8}\n"
PROJECT = """\
name: shop
extends: {{git: {url}, tag: v1, file: django/devenv.yaml}}
profiles:
  mail: {{services: {{queue: rabbitmq:4}}}}
"""
LOCK = f"""\
version: 1
images:
  postgres:17: {A}
  python:3.13-slim: {B}
  rabbitmq:4: {A}
  redis:8: {B}
"""


def digest(text: str) -> str:
    return f"sha256:{sha256(text.encode()).hexdigest()}"


class Machine:
    """One person's clone, with that person's own cache."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = folder / "shop"
        self._cache = folder / "cache"
        self._monkeypatch = monkeypatch

    def devenv(self, *arguments: str) -> int:
        self._enter()
        return run([*arguments])

    def checkout(self) -> Checkout:
        self._enter()
        return load_checkout(self.root / "devenv.yaml", Choice(environ=os.environ))

    def _enter(self) -> None:
        self._monkeypatch.chdir(self.root)
        self._monkeypatch.setenv("XDG_CACHE_HOME", str(self._cache))

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        return (self.root / name).read_text("utf-8")

    def images(self) -> dict[str, str]:
        """By service of the compose file, and what the Dockerfile begins with."""
        services: dict[str, Any] = yaml.safe_load(self.read(".devenv/compose.yaml"))["services"]
        base = re.search(r"^FROM (\S+)", self.read(".devenv/Dockerfile"), re.M)
        assert base
        run_by = {name: service["image"] for name, service in services.items() if name != "web"}
        return {"FROM": base[1], **run_by}


@pytest.fixture
def platform(tmp_path: Path) -> PlatformRepository:
    repository = PlatformRepository(tmp_path)
    repository.publish("v1", {"django/devenv.yaml": BASE, "services.yaml": SERVICES})
    return repository


@pytest.fixture
def ada(tmp_path: Path, platform: PlatformRepository, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Who begins: a project on the platform's layer, compiled once."""
    machine = Machine(tmp_path / "ada", monkeypatch)
    machine.root.mkdir(parents=True)
    (machine.root / "shop").mkdir()
    for name in ("manage.py", "shop/settings.py", "shop/wsgi.py"):
        machine.write(name, "")
    machine.write("devenv.yaml", PROJECT.format(url=platform.url))
    machine.write("devenv.lock", LOCK)
    assert machine.devenv("-q", "compile") == 0
    return machine


@pytest.fixture
def bob(ada: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Who gets what is committed."""
    machine = Machine(tmp_path / "bob", monkeypatch)
    shutil.copytree(ada.root, machine.root, ignore=shutil.ignore_patterns(".devenv"))
    return machine


def test_a_layer_is_pinned_when_it_is_first_used(ada: Machine, platform: PlatformRepository) -> None:
    commit = platform.git("rev-parse", "v1^{commit}")
    assert read_lock(ada.read("devenv.lock").encode()) == Lock(
        images=read_lock(LOCK.encode()).images,
        layers={
            f"{platform.url}#v1": LockedLayer(
                commit=commit,
                files={"django/devenv.yaml": digest(BASE), "services.yaml": digest(SERVICES)},
            )
        },
    )


def test_two_clones_compile_to_the_same_bytes(ada: Machine, bob: Machine) -> None:
    assert bob.devenv("-q", "compile", "--frozen") == 0

    for name in ("Dockerfile", "compose.yaml", "Dockerfile.dockerignore"):
        assert bob.read(f".devenv/{name}") == ada.read(f".devenv/{name}")
    assert bob.images() == {
        "FROM": f"python:3.13-slim@{B}",
        "db": f"postgres:17@{A}",
        "cache": f"redis:8@{B}",
    }


def test_a_personal_override_changes_what_it_says_and_makes_nobodys_lock_stale(bob: Machine) -> None:
    before = bob.read("devenv.lock")
    bob.write("devenv.local.yaml", "services: {db: postgres:16, mine: acme/tool:1}\n")

    assert bob.devenv("-q", "compile", "--frozen") == 0
    assert bob.images() == {
        "FROM": f"python:3.13-slim@{B}",
        "db": "postgres:16",
        "cache": f"redis:8@{B}",
        "mine": "acme/tool:1",
    }
    assert bob.read("devenv.lock") == before


def test_a_stale_lock_stops_frozen_before_anything_is_written(
    bob: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    bob.write("devenv.yaml", bob.read("devenv.yaml") + "services: {search: acme/search:1}\n")

    for command in ("compile", "build", "up"):
        assert bob.devenv(command, "--frozen") == LockStale.exit_code
        assert (
            "acme/search:1 is not locked\nhint: `devenv lock` brings it up to date" in capsys.readouterr().err
        )
    assert bob.devenv("lock", "--check") == LockStale.exit_code
    assert not (bob.root / ".devenv").exists()


def test_a_missing_lock_stops_frozen(bob: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    (bob.root / "devenv.lock").unlink()

    assert bob.devenv("compile", "--frozen") == LockStale.exit_code
    assert "django/devenv.yaml is not in devenv.lock" in capsys.readouterr().err
    assert not (bob.root / "devenv.lock").exists()


def test_init_compares_what_all_shared_layers_say(bob: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    bob.write("devenv.local.yaml", "services: {db: postgres:16}\n")
    bob.write("manage.py", 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n')

    assert bob.devenv("-q", "init", "--check") == 1  # the layer's services are not in the code
    assert "postgres:17" in capsys.readouterr().out


def test_nothing_is_asked_of_a_repository_that_was_fetched(
    ada: Machine, bob: Machine, platform: PlatformRepository
) -> None:
    platform.move_away()

    assert ada.devenv("-q", "compile", "--frozen") == 0
    assert bob.devenv("-q", "compile") == LayerUnavailable.exit_code


def test_a_tag_that_moved_stops_with_the_line_both_commits_and_the_way_out(
    ada: Machine, bob: Machine, platform: PlatformRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    old = platform.git("rev-parse", "v1^{commit}")
    new = platform.publish("v1", {"services.yaml": "services: {db: postgres:18}\n"})

    assert bob.devenv("compile") == LayerChanged.exit_code
    said = capsys.readouterr().err
    assert f"devenv.lock has commit {old}, now it is {new}" in said
    assert "devenv.yaml:2:1 extends: " in said
    assert f"`devenv lock --update {platform.url}#v1`" in said
    assert ada.devenv("-q", "compile", "--frozen") == 0


def test_another_digest_is_a_cause_with_its_line_in_the_lock(ada: Machine) -> None:
    before = ada.checkout()
    ada.write("devenv.lock", ada.read("devenv.lock").replace(f"postgres:17: {A}", f"postgres:17: {B}"))
    after = ada.checkout()

    changed = changed_inputs(
        before.compiled.service("db").inputs, after.compiled.service("db").inputs, after.origin_of
    )

    assert [str(cause) for cause in changed] == ["images.postgres:17 changed, devenv.lock:4"]


@pytest.mark.engine
def test_lock_asks_the_registry_keeps_what_is_locked_and_shows_what_it_renews(
    ada: Machine, platform: PlatformRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    ada.write("devenv.lock", "version: 1\nimages:\n" + f"  postgres:17: {A}\n  unused:1: {A}\n")
    assert ada.devenv("lock") == 0
    added = capsys.readouterr().out
    assert re.sub(r"[0-9a-f]{40,64}$", "…", added, flags=re.M) == (
        f"+ {platform.url}#v1 …\n"
        f"+ {platform.url}#v1 django/devenv.yaml sha256:…\n"
        f"+ {platform.url}#v1 services.yaml sha256:…\n"
        "+ python:3.13-slim sha256:…\n"
        "+ rabbitmq:4 sha256:…\n"
        "+ redis:8 sha256:…\n"
        "- unused:1 sha256:…\n"
    )
    assert ada.devenv("lock", "--check") == 0
    assert capsys.readouterr().out == "devenv.lock is up to date\n"

    commit = platform.publish("v1", {"services.yaml": "services: {db: postgres:17}\n"})
    assert ada.devenv("lock", "--update", "db", platform.url) == 0
    renewed = capsys.readouterr().out.splitlines()
    assert [line for line in renewed if line.startswith("~")] == [
        line for line in renewed if commit in line or "services.yaml" in line or "postgres:17" in line
    ]
    assert len(renewed) == 4  # redis:8 is gone
    assert ada.devenv("lock", "--update", "nothing") == 2
