"""What git itself says of branches."""

from __future__ import annotations

import subprocess
from pathlib import Path

from devenv.workspace.git_head import former_names


def test_a_branch_is_known_by_what_it_was_called_before(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True, capture_output=True)

    git("init", "--initial-branch", "main")
    git("commit", "--allow-empty", "-m", "first")
    git("switch", "-c", "draft")
    git("branch", "-m", "feature")
    git("branch", "-m", "shop/better")
    assert former_names(tmp_path, "shop/better") == ("feature", "draft")
    git("branch", "draft", "main")  # another one has that name now
    assert former_names(tmp_path, "shop/better") == ("feature",)
    assert former_names(tmp_path, "main") == ()
    assert former_names(tmp_path, "nowhere") == ()
