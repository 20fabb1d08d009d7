"""Finding devenv.yaml."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from devenv.config import find_devenv_yaml, templates_folder
from devenv.errors import ConfigError


def test_the_nearest_file_above_is_found_across_repositories(tmp_path: Path) -> None:
    (tmp_path / "devenv.yaml").touch()
    inner = tmp_path / "repository" / "deep" / "down"
    inner.mkdir(parents=True)
    (tmp_path / "repository" / ".git").mkdir()

    assert find_devenv_yaml(inner) == tmp_path / "devenv.yaml"


def test_a_chosen_file_may_have_any_name(tmp_path: Path) -> None:
    (tmp_path / "devenv.yaml").touch()
    (tmp_path / "other.yaml").touch()

    assert find_devenv_yaml(tmp_path, Path("other.yaml")) == tmp_path / "other.yaml"


@pytest.mark.parametrize(
    ("chosen", "summary"),
    [
        (Path("no.yaml"), "there is no file no.yaml"),
        (Path("sub"), "sub is a folder, expected a file such as sub/devenv.yaml"),
    ],
)
def test_a_choice_that_is_no_file_is_refused(tmp_path: Path, chosen: Path, summary: str) -> None:
    (tmp_path / "sub").mkdir()

    with pytest.raises(ConfigError) as raised:
        find_devenv_yaml(tmp_path, chosen)

    assert raised.value.summary == summary


def test_a_file_with_the_other_ending_is_pointed_out(tmp_path: Path) -> None:
    (tmp_path / "devenv.yml").touch()

    with pytest.raises(ConfigError) as raised:
        find_devenv_yaml(tmp_path)

    assert raised.value.summary == f"no devenv.yaml in {tmp_path} or any folder above"
    assert raised.value.hint == f"rename {tmp_path / 'devenv.yml'} to devenv.yaml"


def test_the_templates_are_there() -> None:
    assert (templates_folder() / "services" / "postgres.yaml").is_file()


def test_importing_the_room_does_not_import_pydantic_or_yaml() -> None:
    script = "import sys, devenv.config; print(sorted({'pydantic', 'yaml'} & set(sys.modules)))"

    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert answer.stdout == "[]\n"
