"""Packages as of a day: in an image of each installer, and in a container that runs."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devenv.compiler.installation import installation_of
from devenv.config import load_environment, templates_folder
from devenv.workspace.host import observe_host_settings
from tests.contract.compiled_project import SmallProject, write_compiled

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

DAY = "2022-06-30"
OF_THE_DAY = "1.16.0"  # of six: 1.17.0 is younger
Build = Callable[..., SmallProject]


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Build]:
    """Build a project that wants any six of the day."""
    made: list[SmallProject] = []

    def build(python: str, **app: object) -> SmallProject:
        if (
            python == "3.7"
            and subprocess.run(
                ["docker", "pull", "--quiet", "python:3.7-slim"], capture_output=True, check=False
            ).returncode
        ):
            pytest.skip("python:3.7-slim is not to be pulled")
        for path in ("manage.py", "shop/__init__.py", "shop/settings.py", "shop/wsgi.py"):
            (tmp_path / path).parent.mkdir(exist_ok=True)
            (tmp_path / path).touch()
        (tmp_path / "requirements.txt").write_text("six\n")
        app = {"settings": "shop.settings", "dependencies": {"as_of": DAY}, **app}
        content = {"name": "dated", "python": python, "app": app, "processes": {"loop": "sleep 1"}}
        (tmp_path / "devenv.yaml").write_text(json.dumps(content))  # JSON is YAML
        project = SmallProject(tmp_path, f"dvt-asof-{uuid.uuid4().hex[:8]}", 0)
        made.append(project)
        write_compiled(tmp_path, project.name, {}, observe_host_settings(os.environ))
        project.build()
        return project

    yield build
    for project in made:
        project.remove_all()


def in_image(project: SmallProject, script: str) -> str:
    """What a shell prints in a container of the image, which has the certificates of this machine."""
    return project.compose("run", "--rm", "--no-deps", "--entrypoint", "", "loop", "sh", "-ec", script)


SIX = "import six; print('six', six.__version__)"


def test_what_is_left_open_is_of_the_day_where_pip_installs(built: Build) -> None:
    assert f"six {OF_THE_DAY}\n" in in_image(built("3.7"), f'python -c "{SIX}"')


def test_it_is_of_the_day_where_uv_installs_later_too_and_what_devenv_brings_stays(built: Build) -> None:
    project = built("3.13", asgi="shop.asgi")
    (command,) = installation_of(load_environment(project.root / "devenv.yaml", templates_folder())).commands
    said = in_image(
        project,
        f'python -c "{SIX}"; uv pip freeze >/tmp/before; cp requirements.txt /tmp; cd /tmp;'
        f"echo iniconfig >>requirements.txt; {shlex.join(command)}; uv pip freeze >after;"
        "diff before after || true",
    )
    changed = [line for line in said.splitlines() if line.startswith(("six ", "<", ">"))]
    assert changed == [f"six {OF_THE_DAY}", "> iniconfig==1.1.1"]  # 2.0.0 is younger
