"""Each folder of tests/projects is a small project of a real kind, with the devenv.yaml it must get.

`pytest tests/unit/detect --update-golden` writes them anew; read the difference before committing it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from devenv.cli.init import findings_text
from devenv.config import load_environment, templates_folder
from devenv.workflows.init import Survey, check_environment, read_project, survey, write_environment

PROJECTS = Path(__file__).parents[2] / "projects"
CASES = sorted(path.name for path in PROJECTS.iterdir() if (path / "project").is_dir())


def likeliest(_question: str, _answers: object, default: str) -> str:
    return default


def copied(case: str, tmp_path: Path) -> Survey:
    return survey(Path(shutil.copytree(PROJECTS / case / "project", tmp_path / case)))


@pytest.mark.parametrize("case", CASES)
def test_a_project_gets_its_devenv_yaml(case: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    seen = copied(case, tmp_path)
    detected = read_project(seen, likeliest)
    written = write_environment(seen, detected.proposal)
    texts = {file.name: file.read_text() for file in written}
    texts["findings.txt"] = findings_text(detected.findings) + "\n"
    if request.config.getoption("--update-golden", default=False):
        for name, text in texts.items():
            (PROJECTS / case / name).write_text(text)
    expected = {file.name: file.read_text() for file in (PROJECTS / case).iterdir() if file.is_file()}
    assert texts == expected


@pytest.mark.parametrize("case", CASES)
def test_what_init_wrote_is_what_check_expects(case: str, tmp_path: Path) -> None:
    seen = copied(case, tmp_path)
    proposal = read_project(seen, likeliest).proposal
    write_environment(seen, proposal)
    assert check_environment(seen, proposal) == ()


@pytest.mark.parametrize("case", CASES)
def test_no_service_is_named_for_the_machine_itself(case: str, tmp_path: Path) -> None:
    seen = copied(case, tmp_path)
    write_environment(seen, read_project(seen, likeliest).proposal)
    environment = load_environment(seen.root / "devenv.yaml", templates_folder())
    assert "localhost" not in {service.name for service in environment.services}


def test_there_are_look_alikes() -> None:
    assert len(CASES) >= 20
