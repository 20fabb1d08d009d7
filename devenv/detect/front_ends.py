"""Front ends beside the app: what would run them, or that nothing builds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from posixpath import basename, dirname
from typing import Any

from devenv.config.fields import RESERVED_NAMES
from devenv.detect.finding import Confidence, Finding, Place
from devenv.detect.locks import load_json
from devenv.detect.surroundings import Surroundings
from devenv.detect.workers import slug

MAX_FRONT_ENDS = 3
_SERVING = ("dev", "serve", "start")  # scripts of package.json, the likeliest first
_BUILDING = ("build", "build:")
_OF_OTHERS = frozenset(  # folders whose packages are none of this project's pages
    (
        "bower_components",
        "doc",
        "docs",
        "e2e",
        "example",
        "examples",
        "test",
        "tests",
        "third_party",
        "vendor",
    )
)
# Tools that listen on localhost and on a port of their own unless told otherwise, and how they are told.
_LISTENING = (
    (re.compile(r"(npx )?(vite|astro)( (dev|serve))?( -|$)"), "--host --port 5173"),
    (re.compile(r"(npx )?(ng serve|ng s|webpack serve|webpack-dev-server)\b"), "--host 0.0.0.0 --port 5173"),
)
_NO_PAGES = re.compile(  # what runs the whole project, or calls what is on the machine
    r"\b(docker|docker-compose|make|python3?|poetry|uv|manage\.py|electron)\b|\.sh\b|(^|&& *)cd "
)
_NODES = {
    "Dockerfile": r"^FROM (?:--platform=\S+ )?(?:\S+/)?node:(\d+)",
    ".nvmrc": r"^v?(\d+)",
    ".node-version": r"^v?(\d+)",
}
# Tools upon webpack 4, whose hashes OpenSSL 3 refuses, and so Node from 17 on: their first release without.
_ON_ANY_NODE = {
    "react-scripts": 5,
    "@vue/cli-service": 5,
    "@angular/cli": 13,
    "next": 12,
    "nuxt": 3,
    "webpack": 5,
}
_OLD_NODE = "16"
_ON_A_DEVICE = frozenset(("expo", "react-native"))


def front_ends(around: Surroundings, taken: Iterable[str] = ()) -> Iterable[Finding]:
    """One for each package.json that has a script for it, the shallowest first.

    taken: names that services and processes have.
    """
    paths = [path for path in around.files.named("package.json") if not {*path.split("/")} & _OF_OTHERS]
    served = {path: script for path in paths if (script := _serving(_content(around, path)))}
    names = _names([*served], taken)
    found = [
        finding
        for path in paths
        if (finding := _served(around, path, served, names) or _unbuilt(around, path))
    ]
    return found[:MAX_FRONT_ENDS]


def _content(around: Surroundings, path: str) -> Mapping[str, Any]:
    content = load_json(around.files.text(path))
    return content if isinstance(content, dict) and isinstance(content.get("scripts"), dict) else {}


def _serving(content: Mapping[str, Any]) -> str | None:
    """The script that serves pages to a browser."""
    scripts = content.get("scripts", {})
    if _ON_A_DEVICE & {*_table(content, "dependencies")}:
        return None
    return next(
        (name for name in _SERVING if name in scripts and not _NO_PAGES.search(str(scripts[name]))), None
    )


def _names(paths: list[str], taken: Iterable[str]) -> Mapping[str, str]:
    """What each is called in devenv.yaml: by its folder where there are several, each once."""
    used = {"", "web", *RESERVED_NAMES, *taken}
    found: dict[str, str] = {}
    for path in paths:
        found[path] = next(name for name in _candidates(path, several=len(paths) > 1) if name not in used)
        used.add(found[path])
    return found


def _candidates(path: str, *, several: bool) -> Iterator[str]:
    """Its folder's name, that with the folder above, and what is free in any case."""
    parts = dirname(path).split("/") if several else []
    yield from (slug("-".join(parts[-length:])) for length in range(1, len(parts) + 1))
    yield "frontend"
    yield from (f"frontend-{number}" for number in count(2))


def _served(
    around: Surroundings, path: str, served: Mapping[str, str], names: Mapping[str, str]
) -> Finding | None:
    if path not in served:
        return None
    script, folder = served[path], dirname(path) or "."
    command = f"npm run {script}{_listening(str(_content(around, path)['scripts'][script]))}"
    node = f'version: "{version}", ' if (version := _node(around, folder, _content(around, path))) else ""
    said = f"{names[path]}: {{type: node, {node}path: {folder}, command: {command}}}"
    why = f"under services `{said}` runs it"
    where = "" if folder == "." else f" in {folder}"
    return _found(f"there is a front end{where}", why, path, around.files.text(path), script)


def _node(around: Surroundings, folder: str, content: Mapping[str, Any]) -> str:
    """The major version of Node that the folder says, or that its tools can do with; "" for any."""
    for path in around.files.inside(folder):
        pattern = _NODES.get("Dockerfile" if "dockerfile" in basename(path).lower() else basename(path))
        if pattern and (found := re.search(pattern, around.files.text(path), re.MULTILINE | re.IGNORECASE)):
            return found[1]
    tools = {
        **_table(content, "devDependencies"),
        **_table(content, "dependencies"),
    }
    for tool, first in _ON_ANY_NODE.items():
        number = re.search(r"\d+", str(tools.get(tool, "")))
        if number and int(number[0]) < first:
            return _OLD_NODE
    return ""


def _table(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    said = content.get(key)
    return said if isinstance(said, dict) else {}


def _listening(text: str) -> str:
    """The options with which a script's server is reached from outside of its container."""
    last = text.rpartition("&&")[2].strip()
    return next((f" -- {options}" for tool, options in _LISTENING if tool.match(last)), "")


def _unbuilt(around: Surroundings, path: str) -> Finding | None:
    content = _content(around, path)
    if (dirname(path) or ".") not in around.folders or any(
        name in content.get("scripts", {}) for name in _SERVING
    ):
        return None
    script = _building(content.get("scripts", {}))
    if script is None:
        return None
    text = around.files.text(path)
    return _found("the front end is not built", f"`npm run {script}` builds it", path, text, script)


def _building(scripts: Mapping[str, Any]) -> str | None:
    return next((name for name in scripts if name == _BUILDING[0] or name.startswith(_BUILDING[1])), None)


def _found(value: str, why: str, path: str, text: str, script: str) -> Finding:
    line = text.count("\n", 0, text.find(f'"{script}"', text.find('"scripts"'))) + 1
    evidence = (Place(path, line),)
    return Finding(topic="open", value=value, why=why, evidence=evidence, confidence=Confidence.LIKELY)
