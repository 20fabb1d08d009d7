"""Broken devenv.yaml files, each laid over the project in `project/`, and what is said of each."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from devenv.config import Choice, load, templates_folder
from devenv.errors import ConfigError

HERE = Path(__file__).parent
CASES = sorted(folder for folder in HERE.iterdir() if (folder / "devenv.yaml").is_file())


def message_of(error: ConfigError) -> str:
    hint = f"hint: {error.hint}\n" if error.hint else ""
    return f"{error.summary}\n{error.details}\n{hint}"


def environ_of(case: Path) -> dict[str, str]:
    """The variables of the file `environ`."""
    file = case / "environ"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


@pytest.mark.parametrize("case", CASES, ids=lambda folder: folder.name)
def test_a_broken_file_gets_what_is_wrong_where_and_what_to_do(case: Path, tmp_path: Path) -> None:
    shutil.copytree(HERE / "project", tmp_path, dirs_exist_ok=True)
    shutil.copytree(case, tmp_path, dirs_exist_ok=True)
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(ConfigError) as raised:
        load(tmp_path / "devenv.yaml", templates_folder(), choice=Choice(environ=environ_of(case)))

    assert message_of(raised.value) == (case / "expected.txt").read_text(encoding="utf-8")
    assert sorted(tmp_path.rglob("*")) == before
