"""Valid files, broken at random: what is left loads and compiles, or the error names a line that is there.

DEVENV_BREAKAGES=1000 is the long run; `-s` shows how long the slowest took.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from devenv.compiler.compile import compile_project
from devenv.config import Choice, load, templates_folder
from devenv.config.layering import FetchedLayer, GitLayer
from devenv.errors import ConfigError
from devenv.workspace.sources import read_dockerfile_templates
from tests.unit.test_sharing import FILES as SHARED

ROOT = Path(__file__).resolve().parents[3]
BREAKAGES = int(os.environ.get("DEVENV_BREAKAGES", "100"))
TEMPLATES = read_dockerfile_templates(templates_folder() / "dockerfile")
PLACE = re.compile(r"(?P<file>\S.*?):(?P<line>\d+):(?P<column>\d+) ")
DJANGO = ("manage.py", "shop/__init__.py", "shop/settings.py", "shop/wsgi.py")


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with valid layers: the files to break, devenv.yaml the first."""

    files: tuple[Path, ...]

    @property
    def root(self) -> Path:
        return self.files[0].parent


@dataclass(slots=True)
class Slowest:
    """What took longest."""

    seconds: float = 0
    counts: dict[str, int] = field(default_factory=dict)

    def note(self, outcome: str, seconds: float) -> None:
        self.seconds = max(self.seconds, seconds)
        self.counts[outcome] = self.counts.get(outcome, 0) + 1


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> list[Project]:
    """The root devenv.yaml, the golden ones, and the layers of docs/sharing.md."""
    own = tmp_path_factory.mktemp("bookstore")
    shutil.copy(ROOT / "devenv.yaml", own)
    shutil.copytree(ROOT / "examples" / "bookstore", own / "examples" / "bookstore")
    golden = Path(shutil.copytree(ROOT / "tests" / "golden", tmp_path_factory.mktemp("golden") / "cases"))
    shared = tmp_path_factory.mktemp("shared")
    for path, text in {**dict(SHARED), **dict.fromkeys((f"shop/{name}" for name in DJANGO), "")}.items():
        (shared / path).parent.mkdir(parents=True, exist_ok=True)
        (shared / path).write_text(text, encoding="utf-8")
    layers = ("shop/devenv.yaml", "shared/base.yaml", "shop/devenv.local.yaml")
    return [
        Project((own / "devenv.yaml",)),
        *(Project((file,)) for file in sorted(golden.glob("*/devenv.yaml"))),
        *[Project(tuple(shared / layer for layer in layers))] * 4,
    ]


def outcome(project: Project) -> str:
    """ "valid", or "explained" with lines that are there."""
    try:
        loaded = load(project.files[0], templates_folder(), choice=Choice(), fetch=no_layer)
        compile_project(loaded.environment, TEMPLATES)
    except ConfigError as error:
        assert error.details, error.summary  # noqa: PT017 - one of two good outcomes
        said = [line for line in error.details.splitlines() if not line.startswith("  | ")]
        for line in said:
            place = PLACE.match(line)
            assert place, line
            lines = text_of(project.root / place["file"])
            assert 1 <= int(place["line"]) <= max(1, len(lines)), line
            length = len(lines[int(place["line"]) - 1]) if lines else 0
            assert 1 <= int(place["column"]) <= length + 1, line
        return "explained"
    return "valid"


def text_of(file: Path) -> list[str]:
    """Lines as YAML counts them."""
    return re.split(r"\r\n|[\r\n\x85\u2028\u2029]", file.read_bytes().decode(errors="replace"))


def no_layer(layer: GitLayer) -> FetchedLayer:
    raise ConfigError(f"there is no {layer.name}")


WORDS = (
    *("!reset", "!override", "!reset x", "!override {}", "!!int x", "~", "[]", "{}", "''", "{a: b}"),
    *("[a, {b: c}]", "&a x", "*a", "<<: *a", "- x", "? x", "---", "%", "@", "`", "\t", ": ", "#", "'", '"'),
    *("|", ">", "\x00", "\u2028", "3.10", "017", "22:22", "1e999", "-1", "99999", "9" * 400, "true", "null"),
    *("é" * 50, "$HOME", "../..", "/etc", "extends: devenv.yaml", "extends: [base.yaml, x]", "name: {}"),
    *("requires: '>=0.1'", "profiles: {a: {}}", "use_profiles: a", "x-a: {b: c}", "compose: {a: {b: [c]}}"),
    "extends: {git: 'https://example.com/x.git', tag: v1}",
)


def _lines(change: Callable[[list[str], int, Random], None]) -> Callable[[str, Random], str]:
    """A breakage of one line among all."""

    def broken(text: str, random: Random) -> str:
        lines = text.splitlines(keepends=True) or [""]
        change(lines, random.randrange(len(lines)), random)
        return "".join(lines)

    return broken


def _drop(lines: list[str], at: int, _random: Random) -> None:
    del lines[at]


def _repeat(lines: list[str], at: int, random: Random) -> None:
    lines.insert(random.randrange(len(lines)), lines[at])


def _indent(lines: list[str], at: int, random: Random) -> None:
    lines[at] = (
        lines[at].removeprefix("  ") if random.random() < 0.5 else f"{' ' * random.randint(1, 4)}{lines[at]}"
    )


def _other_value(lines: list[str], at: int, random: Random) -> None:
    key, colon, _ = lines[at].partition(": ")
    lines[at] = f"{key}{colon or ': '}{random.choice(WORDS)}\n"


def _new_line(lines: list[str], at: int, random: Random) -> None:
    indent = len(lines[at]) - len(lines[at].lstrip(" "))
    lines.insert(at, f"{' ' * indent}{random.choice(WORDS)}\n")


def _letters(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    end = min(len(text), at + random.choice([0, 1, 1, 2, 20]))
    return text[:at] + random.choice([*WORDS, "", "", "x", "\n", "  "]) + text[end:]


def _cut(text: str, random: Random) -> str:
    return text[: random.randrange(len(text) + 1)]


BREAK = (*map(_lines, (_drop, _repeat, _indent, _other_value, _new_line)), _letters, _letters, _cut)


@pytest.fixture(scope="module")
def slowest() -> Iterator[Slowest]:
    slowest = Slowest()
    yield slowest
    print(f"\n{slowest.counts}, the slowest {slowest.seconds:.2f} s of the processor")
    assert set(slowest.counts) == {"valid", "explained"}


def test_the_files_are_valid_before_they_are_broken(projects: list[Project]) -> None:
    assert {outcome(project) for project in projects} == {"valid"}


@seed(20)
@settings(max_examples=BREAKAGES, deadline=None, database=None)
@given(random=st.randoms(use_true_random=True))
def test_a_broken_file_loads_or_is_explained_by_lines_that_are_there(
    projects: list[Project], slowest: Slowest, random: Random
) -> None:
    project = random.choice(projects)
    file = random.choice(project.files)
    before = file.read_bytes()
    text = before.decode()
    for _ in range(random.randint(1, 3)):
        text = random.choice(BREAK)(text, random)
    data = text.encode(errors="replace")
    if random.random() < 0.05:
        data = data[: len(data) // 2] + random.randbytes(2) + data[len(data) // 2 :]
    try:
        file.write_bytes(data)
        began = time.process_time()
        found = outcome(project)
        slowest.note(found, time.process_time() - began)
    finally:
        file.write_bytes(before)
