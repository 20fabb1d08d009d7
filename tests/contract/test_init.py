"""`devenv init --yes && devenv up -d`, nothing edited, and the app answers: on the real engine."""

from __future__ import annotations

import shutil
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PROJECTS = Path(__file__).parents[1] / "projects"
pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

Devenv = Callable[..., str]


@pytest.fixture
def devenv(tmp_path: Path) -> Iterator[Devenv]:
    """Run the command line in the project's folder, under a compose project's name of the test's own."""
    name = f"dvt-init-{uuid.uuid4().hex[:8]}"

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "devenv", "-p", name, *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=500, check=False)
        assert done.returncode == 0, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    yield run
    if (tmp_path / "devenv.yaml").exists():
        run("down", "-v", "-y")
    subprocess.run(
        ["docker", "image", "rm", "--force", f"devenv/{name}:dev"], capture_output=True, check=False
    )


def fetched(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.status, answer.read().decode()


@pytest.mark.parametrize(
    "case",
    [
        "hosts_with_spaces",  # a sub-folder, variables of its own for PostgreSQL, hosts parted by spaces
        "poetry",  # packages that come from a lock that devenv.yaml has no word for
        "channels",  # ASGI, and Redis by a variable of its own
        "servers_on_this_machine",  # PostgreSQL by its local socket, Redis by a port of localhost
        "folders_outside",  # folders for logs and media that are not below /app
        "nothing_to_serve",  # neither wsgi.py nor asgi.py
    ],
)
def test_a_project_comes_up_with_nothing_edited(case: str, devenv: Devenv, tmp_path: Path) -> None:
    shutil.copytree(PROJECTS / case / "project", tmp_path, dirs_exist_ok=True)
    devenv("init", "--yes")
    devenv("up", "-d")
    assert fetched(devenv("url").strip()) == (200, '{"works": true}')
    devenv("exec", "-T", "web", "python", "manage.py", "migrate", "--check")  # the database is still there


def test_the_starter_serves_its_api(devenv: Devenv, tmp_path: Path) -> None:
    devenv("init", "--starter", "drf")
    devenv("up", "-d")
    assert fetched(f"{devenv('url').strip()}api/notes/") == (
        200,
        '{"count":0,"next":null,"previous":null,"results":[]}',
    )
    devenv("manage", "-T", "test")
    assert "No changes detected" in devenv("manage", "-T", "makemigrations", "--check", "--dry-run")


def test_what_only_running_tells_is_told_by_the_built_image(devenv: Devenv, tmp_path: Path) -> None:
    shutil.copytree(PROJECTS / "only_running_tells" / "project", tmp_path, dirs_exist_ok=True)
    devenv("init", "--yes")
    devenv("init", "--yes", "--import")
    completed = (tmp_path / "devenv.yaml").read_text()
    devenv("init", "--yes", "--import")  # there is nothing left to tell
    assert (tmp_path / "devenv.yaml").read_text() == completed
    devenv("up", "-d")
    assert fetched(devenv("url").strip()) == (200, '{"user": "keeper"}')
