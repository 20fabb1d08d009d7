"""Valid files, one value of which is made hostile: what every parser on the way must take for a value."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from devenv.compiler.compile import compile_project
from devenv.compiler.compiled import CompiledProject
from devenv.config import load_environment, templates_folder
from devenv.detect.render import quoted
from devenv.workspace.sources import read_dockerfile_templates

GOLDEN = Path(__file__).parents[2] / "golden"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/devenv.yaml"))
TEMPLATES = templates_folder()
PARTS = read_dockerfile_templates(TEMPLATES / "dockerfile")

# Each ends a line, a string, a list or a document for somebody; two of them add what can be looked for.
INJECTED = (
    *("\nFROM scratch AS injected\n", "\nINJECTED instruction\n"),
    *("\ninjected: key\n", "\n    injected: key\n"),
)
PIECES = (
    *INJECTED,
    *("\n", "\r", "\r\n", "\\\n", '"', "'", "]", '"]', "}", "#", " #", "$", "$$", "${HOME}", "${X:-y}"),
    *("$(id)", "`id`", "<<EOF", "<<-'E'\n", "\nEOF\n", ": ", "- ", "---\n", "...", "&a", "*a", "!tag", "? "),
    *("| ", "> ", "%TAG", "@", ",", "{{ python }}", "{% raw %}", "{host}", "{host:url}", "\u2028", "\u2029"),
    *("\u0085", "\ufeff", "\t", "\\", "\\\\", "\x01", "\x1b[31m", "\x7f", "é", "漢字", "😀", "\u202e"),
    *(" ", "x", "=", "\\u000a", "--mount=type=bind", ";id"),
)
LONG = 100_000
# Keys whose values name things, which may be keys of the generated files.
NAMING = frozenset(("prefix", "type", "image", "version", "services", "compose", "labels"))

_NUMBER = re.compile(r"\d+(\.\d+)?")
Leaf = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Hostile:
    """A golden folder, the path of a value in its devenv.yaml, and what is put there."""

    case: str
    leaf: Leaf
    value: str

    @property
    def is_meant_for_it(self) -> bool:
        """Lines for the Dockerfile are lines for the Dockerfile."""
        return self.leaf[:2] == ("app", "dockerfile")

    @property
    def names_things(self) -> bool:
        """Another value of it may rightly make other keys."""
        return bool(NAMING & {*self.leaf[-3:]})

    def __repr__(self) -> str:
        return f"Hostile({self.case}, {self.leaf}, …{self.value[-200:]!r})"

    def text(self) -> str:
        """The file."""
        return _text(_replaced(_tree(self.case), self.leaf, self.value))


@st.composite
def hostile_files(draw: st.DrawFn) -> Hostile:
    """Any value of any golden file, with something hostile behind it or in its place."""
    case = draw(st.sampled_from(CASES))
    leaf, value = draw(st.sampled_from(leaves(case)))
    bad = "".join(draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5)))
    long = "x" * LONG if draw(st.integers(0, 9)) == 0 else ""
    return Hostile(case, leaf, draw(st.sampled_from([value, ""])) + long + bad)


def leaves(case: str) -> list[tuple[Leaf, str]]:
    """Every value of a golden devenv.yaml with its path."""
    return [*_leaves(_tree(case), ())]


def compile_in(folder: Path, case: str, text: str = "") -> CompiledProject:
    """What a devenv.yaml of that text, in a copy of the golden folder, comes to. Raises ConfigError."""
    if not folder.exists():
        shutil.copytree(GOLDEN / case, folder)
    if text:
        (folder / "devenv.yaml").write_text(text, encoding="utf-8")
    return compile_project(load_environment(folder / "devenv.yaml", TEMPLATES), PARTS)


def shape(value: Any, key: str = "") -> Any:
    """The keys of a compose file, and how long its lists are; a command may have any number of words."""
    if isinstance(value, dict):
        return {name: shape(item, name) for name, item in value.items()}
    if isinstance(value, list):
        is_command = key in {"command", "entrypoint", "test"}
        return "words" if is_command else [shape(item) for item in value]
    return None


def _tree(case: str) -> Any:
    return yaml.load((GOLDEN / case / "devenv.yaml").read_text("utf-8"), yaml.BaseLoader)  # texts only


def _leaves(tree: Any, path: Leaf) -> Iterator[tuple[Leaf, str]]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        if isinstance(value, str):
            yield (*path, key), value
        else:
            yield from _leaves(value, (*path, key))


def _replaced(tree: Any, leaf: Leaf, value: str) -> Any:
    inside: Any = tree
    for key in leaf[:-1]:
        inside = inside[key]
    inside[leaf[-1]] = _Hostile(value)
    return tree


class _Hostile(str):
    """A text that is written in quotes, whatever it looks like."""

    __slots__ = ()


def _text(tree: Any) -> str:
    """In flow style, which is one line whatever the values are."""
    if isinstance(tree, dict):
        return f"{{{', '.join(f'{quoted(key)}: {_text(value)}' for key, value in tree.items())}}}"
    if isinstance(tree, list):
        return f"[{', '.join(map(_text, tree))}]"
    is_typed = tree in {"true", "false"} or _NUMBER.fullmatch(tree)
    return str(tree) if is_typed and not isinstance(tree, _Hostile) else quoted(tree)
