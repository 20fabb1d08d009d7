"""Completion in real shells. What is proposed where: tests/unit/cli/test_completion.py."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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
