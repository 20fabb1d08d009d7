"""What travels is what git and Docker say, asked on random patterns and trees.

Known differences: none with git; with Docker, letters outside ASCII in a character class.
With DEVENV_HISTORIES=5000 in the environment so many cases are asked.
"""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devenv.sync.ignore import IgnoreRules

NAMES = ["a", "b", "foo", "bar", "foo.py", "a.b", "x y", "é", "[z]", "!n", "#h", "ab", "foo1", "-"]
GIT_PIECES = [
    "a", "b", "foo", "bar", "*", "**", "?", "[ab]", "[!a]", "[a-z]", "*.py", "foo*", "*o", "\\a", "\\*",
    "**/", "/", "[z]", "\\[z]", "!", "#", "é", "[[:alpha:]]", "[]a]", "a**", "**b", "x y", " ", "[a", "\\",
    "[^a]", "[-a]", "[a-]",
]  # fmt: skip
DOCKER_BEGINNINGS = ["a", "b", "foo", "bar", "*", "**/", "?", "[ab]", "é"]
DOCKER_PIECES = [*DOCKER_BEGINNINGS, "**", "*.py", "foo*", "/", "x y", "a.b"]


def random_tree(root: Path) -> list[tuple[str, bool]]:
    """A tree of a few hundred paths, always the same; (path, is a folder) each."""
    chosen = random.Random(1)
    paths: list[tuple[str, bool]] = []

    def grow(folder: Path, depth: int) -> None:
        for name in chosen.sample(NAMES, 7):
            path = folder / name
            is_folder = depth < 3 and chosen.random() < 0.4
            paths.append((path.relative_to(root).as_posix(), is_folder))
            if is_folder:
                path.mkdir()
                grow(path, depth + 1)
            else:
                path.write_text("")

    grow(root, 0)
    return paths


@pytest.fixture(scope="module")
def repository() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "-q", folder], check=True)
        yield Path(folder)


@pytest.fixture(scope="module")
def paths(repository: Path) -> list[tuple[str, bool]]:
    return random_tree(repository)


def lines(pieces: list[str]) -> st.SearchStrategy[str]:
    pattern = st.lists(st.sampled_from(pieces), min_size=1, max_size=4).map("".join)
    line = st.builds(lambda negated, text: "!" * negated + text, st.booleans(), pattern)
    return st.lists(line, min_size=1, max_size=5).map("\n".join)


@settings(
    max_examples=int(os.environ.get("DEVENV_HISTORIES", "150")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_gitignore_is_read_as_git_reads_it(
    repository: Path, paths: list[tuple[str, bool]], data: st.DataObject
) -> None:
    folders = ["", *(f"{path}/" for path, is_folder in paths if is_folder)]
    chosen = data.draw(st.dictionaries(st.sampled_from(folders), lines(GIT_PIECES), min_size=1, max_size=3))
    files = {f"{folder}.gitignore": text.encode() for folder, text in chosen.items()}
    for name, content in files.items():
        (repository / name).write_bytes(content)
    try:
        question = b"\0".join(os.fsencode(path) for path, _ in paths)
        command = ["git", "check-ignore", "--no-index", "-z", "--stdin"]
        answer = subprocess.run(command, cwd=repository, input=question, capture_output=True, check=False)
    finally:
        for name in files:
            (repository / name).unlink()
    ignored = {os.fsdecode(name) for name in answer.stdout.split(b"\0") if name}
    rules = IgnoreRules(files.get)
    assert {path for path, is_folder in paths if not rules.travels(path, is_folder)} == ignored


@pytest.mark.engine
@pytest.mark.parametrize("seed", range(int(os.environ.get("DEVENV_HISTORIES", "12"))))
def test_dockerignore_is_read_as_a_build_reads_it(tmp_path: Path, seed: int) -> None:
    chosen = random.Random(seed)
    context = tmp_path / "context"
    context.mkdir()
    paths = random_tree(context)
    patterns = []
    for _ in range(chosen.randint(1, 6)):
        text = chosen.choice(DOCKER_BEGINNINGS) + "".join(
            chosen.choices(DOCKER_PIECES, k=chosen.randint(0, 3))
        )
        patterns.append("!" * (chosen.random() < 0.4) + text)
    (context / ".dockerignore").write_text("\n".join(patterns))
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    places = ["-f", str(tmp_path / "Dockerfile"), "--output", str(tmp_path / "out"), str(context)]
    command = ["docker", "build", "-q", *places]
    environment = {**os.environ, "DOCKER_BUILDKIT": "1"}
    subprocess.run(command, check=True, capture_output=True, env=environment, timeout=60)
    sent = {
        path.relative_to(tmp_path / "out").as_posix()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    rules = IgnoreRules({".dockerignore": (context / ".dockerignore").read_bytes()}.get)
    ours = {path for path, is_folder in paths if not is_folder and rules.travels(path, is_folder=False)}
    assert (ours, patterns) == (sent - {".dockerignore"}, patterns)
