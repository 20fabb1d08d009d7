"""What a project's Dockerfiles say: the Python of their images, the packages of the system, the command."""

from __future__ import annotations

import re
from collections.abc import Iterator

from devenv.detect.tree import Tree

_FROM = re.compile(r"FROM\s+(?:--\S+\s+)?(?P<image>\S+)(?:\s+AS\s+(?P<name>\S+))?", re.IGNORECASE)
_ARG = re.compile(r"ARG\s+(?P<name>\w+)=[\"']?(?P<value>[^\"'\s]*)", re.IGNORECASE)
_PYTHON = re.compile(r"python:?(?P<version>[23]\.\d+)")


def stages(files: Tree, path: str) -> Iterator[tuple[int, str]]:
    """The images that a Dockerfile's stages are made from in the end, with the lines."""
    arguments: dict[str, str] = {}
    known: dict[str, str] = {}
    for line, text in files.lines(path):
        if match := _ARG.match(text):
            arguments[match["name"]] = match["value"]
        elif match := _FROM.match(text):
            image = re.sub(r"\$\{?(\w+)[^}\s/:]*\}?", lambda m: arguments.get(m[1], ""), match["image"])
            image = known.get(image, image)
            if match["name"]:
                known[match["name"]] = image
            yield line, image


def base_image(files: Tree, path: str) -> str:
    """What the last stage is made from in the end, "" where that is not said."""
    found = [image for _, image in stages(files, path)]
    return found[-1] if found else ""


def python_of(files: Tree, path: str) -> tuple[str, int] | None:
    """The Python version of a Dockerfile's images, with the line; the last one that names any."""
    found = [
        (match["version"], line) for line, image in stages(files, path) if (match := _PYTHON.search(image))
    ]
    return found[-1] if found else None


def command_of(files: Tree, path: str) -> str:
    """The last CMD or ENTRYPOINT, as one text."""
    said = [text for _, text in files.lines(path) if text.upper().startswith(("CMD ", "ENTRYPOINT "))]
    return _plain(said[-1]) if said else ""


def start_of(files: Tree, path: str) -> tuple[str, str]:
    """The last ENTRYPOINT and the last CMD, each as one text."""
    found = {"ENTRYPOINT": "", "CMD": ""}
    for _, text in files.lines(path):
        word = text.partition(" ")[0].upper()
        if word in found:
            found[word] = _plain(text)
    return found["ENTRYPOINT"], found["CMD"]


def _plain(instruction: str) -> str:
    """An instruction's command, a list without its brackets."""
    return " ".join(re.sub(r"[\[\]\",]+", " ", instruction.partition(" ")[2]).split())
