from __future__ import annotations

import pytest

from devenv.compiler.ignores import NEVER_SENT, dockerignore_text


@pytest.mark.parametrize(
    ("pattern", "lines"),
    [
        ("*.log", ["**/*.log"]),
        ("/media/", ["media"]),
        ("docs/build", ["docs/build"]),
        ("node_modules/", ["**/node_modules"]),
        ("!keep.log", ["!**/keep.log"]),
        ("# a comment", []),
        ("   ", []),
        ("/", []),
        ("a\n!b", []),
    ],
)
def test_gits_patterns_become_those_of_a_dockerignore(pattern: str, lines: list[str]) -> None:
    text = dockerignore_text(heading="h", own="", needed=["r.txt"], ignore=[pattern], env_files=[])
    assert text.splitlines() == ["# h", *lines, *NEVER_SENT]


def test_the_projects_own_lines_come_first_so_that_none_can_let_a_secret_in() -> None:
    text = dockerignore_text(
        heading="h", own="*\n\n!src\n!.env\n", needed=[], ignore=[], env_files=["me.env"]
    )
    assert text.splitlines() == ["# h", "*", "!src", "!.env", *NEVER_SENT, "me.env"]


def test_what_is_installed_is_sent_though_the_projects_own_lines_leave_it_out() -> None:
    text = dockerignore_text(
        heading="h",
        own="requirements*\n",
        needed=["requirements-dev.txt", "[a].txt"],
        ignore=[],
        env_files=[],
    )
    own = ["requirements*", "!requirements-dev.txt", "!\\[a\\].txt"]
    assert text.splitlines() == ["# h", *own, *NEVER_SENT]
