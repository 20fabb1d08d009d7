"""Names that a devenv.yaml and the files beside it write down, read without judging them: for completion.

It must be quick and never in the way, so nothing is validated or merged, and git layers are not fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from devenv.config.document import Document, Scalar, Tree, dotted
from devenv.config.loader import read_document
from devenv.errors import ConfigError

LOCAL_FILE = "devenv.local.yaml"
MAX_FILES = 20
SECTIONS = ("services", "processes", "jobs", "profiles")


def written_keys(file: Path) -> tuple[str, ...]:
    """The dotted path of every key in the file, its local one, and the files that they extend."""
    keys = (
        dotted(path)
        for document in _documents(file)
        for path in document.origins
        if all(isinstance(part, str) for part in path)
    )
    return tuple(dict.fromkeys(keys))


def written_names(file: Path) -> Mapping[str, tuple[str, ...]]:
    """The names below each of `SECTIONS`, profiles included; without `processes` there is `web`."""
    found: dict[str, dict[str, None]] = {section: {} for section in SECTIONS}
    for document in _documents(file):
        profiles = [("profiles", name) for name in _keys(document.at(("profiles",)))]
        for section, names in found.items():
            for above in ((), *profiles):
                names.update(dict.fromkeys(_keys(document.at((*above, section)))))
    found["processes"] = found["processes"] or {"web": None}
    return {section: tuple(names) for section, names in found.items()}


def _documents(file: Path) -> Iterator[Document]:
    """Each file that can be read, once."""
    pending, seen = [file, file.with_name(LOCAL_FILE)], set[Path]()
    while pending and len(seen) < MAX_FILES:
        path = pending.pop(0).absolute()
        if path not in seen and (document := _document(path)):
            pending += [path.parent / name for name in _extended(document.at(("extends",)))]
            yield document
        seen.add(path)


def _document(file: Path) -> Document | None:
    try:
        return read_document(file.read_bytes(), file.name)
    except (OSError, ConfigError):
        return None


def _extended(extends: Tree | None) -> Iterator[str]:
    """The files of `extends`: a text, or a mapping without `git`, or a list of those."""
    for each in extends if isinstance(extends, list) else [extends]:
        name = each.get("file") if isinstance(each, dict) and "git" not in each else each
        if isinstance(name, Scalar) and isinstance(name.value, str):
            yield name.text


def _keys(tree: Tree | None) -> Iterator[str]:
    return iter(tree if isinstance(tree, dict) else ())
