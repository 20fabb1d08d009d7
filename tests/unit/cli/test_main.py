"""The policy of a run: what each kind of end says, and its exit code."""

import re
from pathlib import Path

import pytest

from devenv.cli.main import EXIT_BUG, report, report_bug, run
from devenv.errors import ConfigError, DevenvError


def exit_codes(root: type[DevenvError]) -> list[int]:
    return [root.exit_code, *(code for child in root.__subclasses__() for code in exit_codes(child))]


def test_every_remedy_has_an_exit_code_of_its_own() -> None:
    codes = exit_codes(DevenvError)
    assert sorted(codes) == sorted(set(codes))
    assert EXIT_BUG not in codes


def test_the_documented_exit_codes_are_those_of_the_classes() -> None:
    documented = re.findall(r"^\| (\d+) \|", Path("docs/commands.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(map(int, documented)) == sorted({0, *exit_codes(DevenvError), EXIT_BUG, 130})


def test_a_failure_is_told_on_stderr_with_its_evidence_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    report(ConfigError("devenv.yaml has 1 problem", details="devenv.yaml:3:1 [x]: …", hint="edit it"))
    said = capsys.readouterr()
    assert (said.out, said.err) == (
        "",
        "error: devenv.yaml has 1 problem\ndevenv.yaml:3:1 [x]: …\nhint: edit it\n",
    )


def test_a_bug_ends_with_a_log_to_report(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError("unexpected")
    except ValueError as error:
        report_bug(error, ["up"])
    said = capsys.readouterr().err
    path = Path(said.rsplit(" ", 1)[1].strip())
    log = path.read_text("utf-8")
    path.unlink()
    assert said.startswith("error: a bug in devenv: ValueError: unexpected\n")
    assert "arguments: ['up']" in log
    assert "ValueError: unexpected" in log


def test_no_devenv_yaml_is_a_known_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["config"]) == ConfigError.exit_code
    assert capsys.readouterr().err.startswith("error: no devenv.yaml in ")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--help"], 0), (["--version"], 0), (["no-such-command"], 2), (["up", "--no-such-option"], 2)],
)
def test_the_command_line_itself_ends_as_programs_do(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == code
    assert "Traceback" not in capsys.readouterr().err
