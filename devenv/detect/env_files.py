"""Env files of a project, and the examples that stand in for those that are not committed."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from fnmatch import fnmatch
from posixpath import basename, dirname

from dotenv.parser import parse_stream

from devenv.detect.tree import Tree

MAX_DEPTH = 5
_REFERENCE = re.compile(r"\$\{(?P<name>[A-Za-z_]\w*)(?::?-(?P<default>[^}]*))?\}")
_MARKS = ("example", "sample", "dist", "template", "tpl", "default", "defaults")


def read_env_text(text: str) -> Mapping[str, str]:
    """NAME=value lines, `export` or not; `${OTHER}` is filled in, and what names nothing is left out."""
    bindings = parse_stream(io.StringIO(text))
    found = {each.key: each.value for each in bindings if each.key and each.value is not None}
    return {name: filled for name, value in found.items() if (filled := _filled(value, found)) is not None}


def _filled(value: str, values: Mapping[str, str], depth: int = 0) -> str | None:
    parts: list[str] = []
    end = 0
    for match in _REFERENCE.finditer(value):
        other = values.get(match["name"]) or match["default"]
        inner = None if other is None or depth >= MAX_DEPTH else _filled(other, values, depth + 1)
        if inner is None:
            return None
        parts += (value[end : match.start()], inner)
        end = match.end()
    return "".join((*parts, value[end:]))


def sample_of(files: Tree, path: str) -> str | None:
    """The file itself, or the example beside it: .env -> .env.example, .env.dev -> .env.dev-sample."""
    if files.has(path):
        return path
    folder, name = dirname(path), basename(path).lstrip(".")
    wanted = {f"{name}{sep}{mark}" for sep in (".", "-", "_") for mark in _MARKS}
    wanted |= {f"{mark}{sep}{name}" for sep in (".", "-", "_") for mark in _MARKS}
    wanted |= {f"{name.partition('.')[0]}.{mark}.{name.partition('.')[2]}" for mark in _MARKS if "." in name}
    for each in files.inside(folder):
        if basename(each).lstrip(".") in wanted:
            return each
    return None


def examples(files: Tree, folder: str) -> list[str]:
    """Env files and examples in a folder: for development first, for tests last, none for production."""
    found = [
        path
        for path in files.inside(folder)
        if _is_env_file(basename(path)) and not any(mark in basename(path) for mark in ("prod", "stag"))
    ]
    return sorted(found, key=lambda path: (_remoteness(basename(path)), path))


def _remoteness(name: str) -> int:
    if any(mark in name for mark in ("dev", "local")):
        return 0
    return 2 if any(mark in name for mark in ("test", "ci")) else 1


def _is_env_file(name: str) -> bool:
    bare = name.lstrip(".")
    return bare.startswith("env") or bare.endswith((".env", ".env.example", ".env.sample"))


def is_ignored(files: Tree, path: str) -> bool:
    """Whether a .gitignore above leaves out a file of this name; a rough reading, for a hint."""
    if path in files.tracked:
        return False
    parts = path.split("/")
    ignored = False
    for depth in range(len(parts)):
        below = "/".join(parts[depth:])
        for _, line in files.lines("/".join((*parts[:depth], ".gitignore"))):
            pattern = line.removeprefix("!").strip("/")
            if (
                pattern
                and not line.startswith("#")
                and (fnmatch(parts[-1], pattern) or fnmatch(below, pattern))
            ):
                ignored = not line.startswith("!")
    return ignored
