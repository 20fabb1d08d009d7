"""What to write instead: the end of a message about a value that was not expected, or a key of compose's."""

from __future__ import annotations

import re
from collections.abc import Collection

from devenv.config.compose_words import INSTEAD, OF_SERVICES, PASSED_ON
from devenv.config.document import Path, Scalar, Tree

_PAIR = re.compile(r"([A-Za-z_][\w.-]*) ?[=: ] ?(\S.*)")
_MODULE = re.compile(r"[\w/]+\.py")
_QUOTES = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
_NAMED = {
    "services": "db: postgres:17",
    "processes": "worker: celery -A shop worker",
    "jobs": "migrate: python manage.py migrate",
}
_OF_COMPOSE = {
    "depends_on": "remove it: what the app needs is started before it",
    "build": "the image is made of `app`; lines of your own stand in app.dockerfile",
    "container_name": INSTEAD["container_name"],
    "env_file": "it stands below `app:`",
    "image": INSTEAD["image"],
    "links": INSTEAD["links"],
}


def of_pairs(path: Path, node: Tree | None, keys: Collection[str]) -> str:
    """For what stands where a mapping should be. keys: all that it may hold, none for free names."""
    first = node[0] if isinstance(node, list) and node else node
    if not isinstance(first, Scalar) or not isinstance(first.value, str):
        return ""
    if keys:
        return f"; its keys are {', '.join(keys)}" if len(keys) <= len(_NAMED) + 1 else ""
    pair = _PAIR.fullmatch(first.text)
    section = str(path[-1])
    if section in _NAMED and (isinstance(node, list) or not pair):
        return f"; each has a name, such as `{_NAMED[section]}`"
    without = ", without the -" if isinstance(node, list) else ""
    return f"; write `{pair[1]}: {pair[2]}`{without}" if pair else ""


def of_text(expected: str, node: Tree | None) -> str:
    """For a text that is another one than expected."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return ""
    if {*_QUOTES} & {*node.text}:
        return '; write straight quotes, "'
    if expected.startswith("a module") and _MODULE.fullmatch(node.text):
        module = node.text.removesuffix(".py").strip("/").replace("/", ".")
        return f"; write {module}{':application' if 'attribute' in expected else ''}"
    return ""


def of_service(path: Path, node: Tree | None) -> str:
    """What a service is, where its name has nothing or a mere number behind it; "" elsewhere."""
    if len(path) < 2 or path[0] != "services" or path[2:] not in {(), ("image",)}:
        return ""
    is_no_text = node is None or (isinstance(node, Scalar) and not isinstance(node.value, str | bool))
    return "a service such as postgres:17" if is_no_text else ""


def of_compose(path: Path, keys: Collection[str]) -> str:
    """For a key that compose files have; "" for others."""
    key = str(path[-1])
    if len(path) == 1:
        is_compose = key in {"version", "networks"}
        return "it is of a compose file: `devenv init` reads a compose.yaml and writes this file" * is_compose
    if "compose" not in keys:
        return ""
    if key == "depends_on" and "after" in keys:
        return "write `after`, for a service that starts later than another"
    if key in _OF_COMPOSE:
        return _OF_COMPOSE[key]
    passed_on = PASSED_ON | OF_SERVICES if "gives" in keys else PASSED_ON
    return "compose has it: it stands below `compose:` here" if key in passed_on else ""
