"""Each folder is one devenv.yaml and the files that come out of it, byte for byte.

`pytest tests/golden --update-golden` writes them anew; read the difference before committing it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from devenv.compiler.compile import compile_project
from devenv.config import load_environment, templates_folder
from devenv.config.lock_file import load_lock
from devenv.workspace.sources import read_dockerfile_templates

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/devenv.yaml"))
TEMPLATES = templates_folder()


@pytest.mark.parametrize("case", CASES)
def test_a_devenv_yaml_compiles_to_its_golden_files(case: str, request: pytest.FixtureRequest) -> None:
    environment = load_environment(HERE / case / "devenv.yaml", TEMPLATES)
    lock = load_lock(HERE / case)
    templates = read_dockerfile_templates(TEMPLATES / "dockerfile")
    compiled = compile_project(environment, templates, pins=lock.images if lock else {})
    if request.config.getoption("--update-golden", default=False):
        for name, text in compiled.files.items():
            (HERE / case / name).write_bytes(text.encode())
    assert {name: (HERE / case / name).read_bytes().decode() for name in compiled.files} == compiled.files


def test_there_are_golden_folders() -> None:
    assert len(CASES) >= 10
