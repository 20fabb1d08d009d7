"""The policy of a run: what each kind of end says, and its exit code."""

import errno
import os
import re
import sys
from pathlib import Path

import pytest

from devenv.cli.main import EXIT_BUG, of_the_machine, report, report_bug, run
from devenv.cli.plan import EXIT_SOMETHING_TO_DO
from devenv.errors import Card, ConfigError, DevenvError, Edit, UsageError


def exit_codes(root: type[DevenvError]) -> list[int]:
    """Of the remedies; a room may have a class of its own for what it adds to one."""
    children = (child for child in root.__subclasses__() if child.__module__ == DevenvError.__module__)
    return [root.exit_code, *(code for child in children for code in exit_codes(child))]


def test_every_remedy_has_an_exit_code_of_its_own() -> None:
    codes = exit_codes(DevenvError)
    assert sorted(codes) == sorted(set(codes))
    assert not {EXIT_BUG, EXIT_SOMETHING_TO_DO} & set(codes)


def test_the_documented_exit_codes_are_those_of_the_classes() -> None:
    documented = re.findall(r"^\| (\d+) \|", Path("docs/commands.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(map(int, documented)) == sorted(
        {0, *exit_codes(DevenvError), EXIT_SOMETHING_TO_DO, EXIT_BUG, 130}
    )


def test_a_failure_is_told_on_stderr_with_its_evidence_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    report(ConfigError("devenv.yaml has 1 problem", details="devenv.yaml:3:1 [x]: …", hint="edit it"))
    said = capsys.readouterr()
    assert (said.out, said.err) == (
        "",
        "error: devenv.yaml has 1 problem\ndevenv.yaml:3:1 [x]: …\nhint: edit it\n",
    )


def test_a_failure_with_a_card_ends_with_the_cause_and_the_very_line_to_write(
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = DevenvError("migrate failed", details="\n".join(map(str, range(20))), hint="see above")
    error.card = Card(
        cause="nobody sets A",
        evidence=("shop/settings.py:3  A = os.environ['A']",),
        next_step="set A",
        edit=Edit(place="devenv.yaml:7", lines=("    A: development",)),
    )
    report(error)
    assert capsys.readouterr().err == (
        "error: migrate failed\n"
        + "".join(f"{number}\n" for number in range(8, 20))
        + "cause: nobody sets A\n"
        "       shop/settings.py:3  A = os.environ['A']\n"
        "hint: set A\n"
        "      after devenv.yaml:7:\n\n"
        "    A: development\n\n"
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


def test_a_folder_that_is_gone_is_no_bug(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert run(["config"]) == DevenvError.exit_code
    assert capsys.readouterr().err == (
        "error: the current folder: no such file or directory\n"
        "hint: check that it is there, the free space, and who owns it\n"
    )


@pytest.mark.parametrize(
    ("number", "is_known"), [(errno.ENOSPC, True), (errno.EACCES, True), (errno.ECONNRESET, False)]
)
def test_only_what_a_machine_lacks_is_nobodys_bug(number: int, is_known: bool) -> None:
    assert (of_the_machine(OSError(number, "words", "file")) is not None) == is_known


def test_closed_streams_are_written_to_nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert (run(["--version"]), run(["config"])) == (0, ConfigError.exit_code)
    for stream in (sys.stdout, sys.stderr):
        assert stream.name == os.devnull
        stream.close()


@pytest.mark.parametrize("name", ["", "BAD NAME", "-x", "a" * 64])
def test_a_name_that_compose_would_refuse_is_refused_before_anything_is_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "devenv.yaml").write_text('name: shop\npython: "3.13"\nprocesses: {web: sleep 1}\n')
    (tmp_path / "manage.py").touch()
    monkeypatch.chdir(tmp_path)
    assert run([f"--project-name={name}", "status"]) == UsageError.exit_code
    assert "cannot be the name of a compose project" in capsys.readouterr().err
    assert not (tmp_path / ".devenv").exists()


@pytest.mark.parametrize(
    ("arguments", "last"),
    [
        (
            ["config", "--format", "xml"],
            "Error: Invalid value for '--format': 'xml' is not one of 'yaml', 'json'.",
        ),
        (
            ["up", "--profile", "demo", "-d"],
            "hint: --profile stands before the command: `devenv --profile demo up -d`",
        ),
        (["logs", "web", "-p=other"], "hint: -p stands before the command: `devenv -p=other logs web`"),
        (["down", "--quiet"], "hint: --quiet stands before the command: `devenv --quiet down`"),
        (["config", "--fromat", "json"], "Error: No such option: --fromat (Possible options: --format)"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_a_command_line_that_is_not_taken_says_what_to_write(
    arguments: list[str], last: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.splitlines()[-1]) == ("", last)
