"""Which line says that a path travels, or does not."""

from __future__ import annotations

import pytest

from devenv.sync.ignore import IgnoreRules
from devenv.sync.verdicts import Verdict, verdict

FILES = {
    ".gitignore": b"# logs\n\n*.log\n/build/\n!keep.log\n.env\n",
    "shop/.gitignore": b"*.tmp\n",
    ".dockerignore": b"docs\n",
    "tools/venv/pyvenv.cfg": b"",
}
RULES = IgnoreRules(
    FILES.get,
    extra=["*.psd", "!shop/logo.psd"],
    above=[("apps/site/", b"*.bak\n"), ("site/", b"\n*.old\n")],
    tracked=["shop/kept.log"],
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("shop/views.py", Verdict(travels=True)),
        ("shop/a.log", Verdict(travels=False, source=".gitignore", line=3, pattern="*.log")),
        ("keep.log", Verdict(travels=True, source=".gitignore", line=5, pattern="!keep.log")),
        (
            "build/lib/a.py",
            Verdict(travels=False, source=".gitignore", line=4, pattern="/build/", folder="build"),
        ),
        ("shop/a.tmp", Verdict(travels=False, source="shop/.gitignore", line=1, pattern="*.tmp")),
        ("shop/a.bak", Verdict(travels=False, source="../../.gitignore", line=1, pattern="*.bak")),
        ("shop/a.old", Verdict(travels=False, source="../.gitignore", line=2, pattern="*.old")),
        ("a.psd", Verdict(travels=False, source="sync.ignore", line=1, pattern="*.psd")),
        ("shop/logo.psd", Verdict(travels=True, source="sync.ignore", line=2, pattern="!shop/logo.psd")),
        ("docs/a.md", Verdict(travels=False, source=".dockerignore", line=1, pattern="docs", folder="docs")),
        (".env", Verdict(travels=True, source="devenv", pattern=".env")),
        (
            "shop/__pycache__/a.txt",
            Verdict(travels=False, source="devenv", pattern="__pycache__", folder="shop/__pycache__"),
        ),
        (
            "tools/venv/lib/a.py",
            Verdict(travels=False, source="devenv", pattern="pyvenv.cfg", folder="tools/venv"),
        ),
        ("shop/kept.log", Verdict(travels=True, source="git's index")),
    ],
)
def test_the_line_that_decides_over_a_path_is_named(path: str, expected: Verdict) -> None:
    assert verdict(RULES, path, is_folder=False) == expected
