"""Completion in real shells. What is proposed where: tests/unit/cli/test_completion.py."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BASH = """
eval "$(_DEVENV_COMPLETE=source_bash devenv)"
COMP_WORDS=(devenv {words} "$1")
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_devenv_completion devenv
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
ZSH = """
compdef() {{ :; }}
_arguments() {{ print -r -- "$1" }}
eval "$(_DEVENV_COMPLETE=source_zsh devenv)"
words=(devenv {words} "$1")
CURRENT=${{#words}}
_devenv_completion
"""
FISH = """
_DEVENV_COMPLETE=source_fish devenv | source
complete -C "devenv {words} $argv[1]"
"""


def complete(shell: str, folder: Path, words: str, begun: str = "") -> tuple[list[str], str]:
    """What is proposed for the word that is begun, and what was printed beside it."""
    script = {"bash": BASH, "zsh": ZSH, "fish": FISH}[shell].format(words=words)
    quiet = {"bash": ["--noprofile", "--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    command = [shell, *quiet, "-c", script, *([] if shell == "fish" else [shell]), begun]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    proposed = done.stdout.replace("*: :((", "").replace("))", "").replace('"', "")
    return proposed.split(), done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_a_name(shell: str, tmp_path: Path) -> None:
    if not shutil.which(shell):
        pytest.skip(f"no {shell} here")
    (tmp_path / "devenv.yaml").write_text("services: {db: x, mail: x}\njobs: {migrate: x}\n", "utf-8")
    (tmp_path / "below").mkdir()

    assert complete(shell, tmp_path / "below", "logs", "m") == (["mail", "migrate"], "")


def test_powershells_script_and_the_program_agree(tmp_path: Path) -> None:
    """No PowerShell is run: what its script sets is read off it and set here, the answer split as it does."""
    (tmp_path / "devenv.yaml").write_text("services: {db: x, mail: x}\njobs: {migrate: x}\n", "utf-8")
    devenv = [sys.executable, "-m", "devenv"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}

    def called(**variables: str) -> str:
        asked = {**environ, **variables}
        done = subprocess.run(devenv, cwd=tmp_path, env=asked, capture_output=True, text=True, check=True)
        return done.stdout

    script = called(_DEVENV_COMPLETE="source_powershell")
    assigned = dict(re.findall(r"\$Env:(\w+) = (\S+)$", script, re.MULTILINE)[:3])
    assert assigned == {
        "_DEVENV_COMPLETE": '"complete_powershell"',
        "_TYPER_COMPLETE_ARGS": "$commandAst.ToString()",
        "_TYPER_COMPLETE_WORD_TO_COMPLETE": "$wordToComplete",
    }
    assert "devenv | ForEach-Object" in script
    assert '$_ -Split ":::"' in script

    def completed(line: str, word: str) -> list[list[str]]:
        variables = {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_WORD_TO_COMPLETE": word}
        said = called(_DEVENV_COMPLETE="complete_powershell", **variables)
        return [line.split(":::") for line in said.splitlines()]

    assert completed("devenv logs m", "m") == [["mail", " "], ["migrate", " "]]
    assert completed("devenv logs", "") == [["db", " "], ["mail", " "], ["migrate", " "], ["web", " "]]
    assert completed("devenv stat", "stat") == [
        ["status", "The chain from recipe to running containers: what is stale in it, and why."]
    ]
