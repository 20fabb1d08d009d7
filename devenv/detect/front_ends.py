"""Front ends beside the app: what would run them, or that nothing builds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from posixpath import dirname
from typing import Any

from devenv.detect.finding import Confidence, Finding, Place
from devenv.detect.locks import load_json
from devenv.detect.surroundings import Surroundings

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


def front_ends(around: Surroundings) -> Iterable[Finding]:
    """One for each package.json that has a script for it, the shallowest first."""
    paths = [path for path in around.files.named("package.json") if not {*path.split("/")} & _OF_OTHERS]
    found = [finding for path in paths if (finding := _front_end(around, path))]
    return found[:MAX_FRONT_ENDS]


def _front_end(around: Surroundings, path: str) -> Finding | None:
    text = around.files.text(path)
    content = load_json(text)
    scripts = content.get("scripts") if isinstance(content, dict) else None
    if not isinstance(scripts, dict):
        return None
    folder = dirname(path) or "."
    if script := next((name for name in _SERVING if name in scripts), None):
        said = f"frontend: {{type: node, path: {folder}, command: npm run {script}}}"
        return _found(
            f"there is a front end in {folder}", f"under services `{said}` runs it", path, text, script
        )
    if folder in around.folders and (script := _building(scripts)):
        return _found("the front end is not built", f"`npm run {script}` builds it", path, text, script)
    return None


def _building(scripts: Mapping[str, Any]) -> str | None:
    return next((name for name in scripts if name == _BUILDING[0] or name.startswith(_BUILDING[1])), None)


def _found(value: str, why: str, path: str, text: str, script: str) -> Finding:
    line = text.count("\n", 0, text.find(f'"{script}"', text.find('"scripts"'))) + 1
    evidence = (Place(path, line),)
    return Finding(topic="open", value=value, why=why, evidence=evidence, confidence=Confidence.LIKELY)
