"""A personal file that git is to leave alone, in this clone only: the user's .gitignore is not ours."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

_SPECIAL = re.compile(r"([\\*?\[\]])")
_NOT_IGNORED = 1
_TIMEOUT_SECONDS = 10


def exclude_from_git(file: Path) -> bool:
    """Name `file` in .git/info/exclude; False where there was nothing to do, no repository or no git.

    A file that the team has committed stays as it is.
    """
    if not file.is_file() or _git(file.parent, "ls-files", "--error-unmatch", file.name)[0] == 0:
        return False
    if _git(file.parent, "check-ignore", "--quiet", "--no-index", file.name)[0] != _NOT_IGNORED:
        return False
    code, said = _git(file.parent, "rev-parse", "--show-prefix", "--git-path", "info/exclude")
    prefix, _, path = said.rstrip("\n").partition("\n")
    if code or not path:
        return False
    try:
        _append(file.parent / path, "/" + _SPECIAL.sub(r"\\\1", f"{prefix}{file.name}"))
    except OSError:  # a clone that is not ours to write to
        return False
    return True


def _append(exclude: Path, line: str) -> None:
    before = exclude.read_text("utf-8") if exclude.is_file() else ""
    exclude.parent.mkdir(exist_ok=True)
    ending = "" if not before or before.endswith("\n") else "\n"
    exclude.write_text(f"{before}{ending}{line}\n", encoding="utf-8")


def _git(folder: Path, *arguments: str) -> tuple[int, str]:
    """The exit code and what git prints; -1 where it cannot be run. GIT_DIR may name another repository."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, env=environ, check=False, timeout=_TIMEOUT_SECONDS, encoding="utf-8"
        )
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return -1, ""
    return done.returncode, done.stdout
