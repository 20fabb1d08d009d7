from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest

from devenv.cli.init import differences_text
from devenv.cli.main import run
from devenv.workflows.differences import Difference

PROJECTS = Path(__file__).parents[2] / "projects"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECTS / "several_projects" / "project", tmp_path / "several"))


def test_what_was_found_is_talk_and_nothing_else_is_printed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", "--yes", str(folder)]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[:3] == [
        "several Django projects (backend, examples/demo); this is backend",
        "`devenv init <folder>` takes another one",
        "project       backend: has manage.py (backend/manage.py)",
    ]
    assert said.err.splitlines()[-2:] == ["wrote devenv.yaml", f"next: `devenv up` in {folder}"]


def test_a_second_init_ends_with_the_code_of_what_was_not_confirmed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["init", "--yes", str(folder)])
    assert run(["init", "--yes", str(folder)]) == 11
    assert "init overwrites nothing" in capsys.readouterr().err


def test_check_prints_the_differences_and_ends_with_1(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(["init", "--yes", str(folder)])
    assert run(["init", "--check", str(folder)]) == 0
    file = folder / "devenv.yaml"
    file.write_text(file.read_text().replace('python: "3.13"', 'python: "3.12"'))
    capsys.readouterr()
    assert run(["init", "--check", str(folder)]) == 1
    assert capsys.readouterr().out == "python: devenv.yaml has 3.12, the project says 3.13\n"


def test_on_a_terminal_it_asks_until_the_answer_is_one_of_those_that_can_be(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("nonsense\n2\n3.12\n"))
    assert run(["init", str(folder)]) == 0
    assert "which Django project? [backend] expected one of backend, examples/demo" in capsys.readouterr().err
    text = (folder / "devenv.yaml").read_text()
    assert "path: examples/demo" in text
    assert 'python: "3.12"' in text


def test_a_value_that_one_side_lacks_is_told_as_nothing() -> None:
    told = differences_text(
        [
            Difference(path="app.env.DEBUG", written=None, found="True"),
            Difference(path="services.db", written="postgres:17", found=None),
        ]
    )
    assert told.splitlines() == [
        "app.env.DEBUG: devenv.yaml has nothing, the project says True",
        "services.db: devenv.yaml has postgres:17, the project says nothing",
    ]
