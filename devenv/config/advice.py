"""What to write instead: the end of a message about a value that was not expected, or a key of compose's."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from devenv.config.compose_words import INSTEAD, OF_SERVICES, PASSED_ON
from devenv.config.document import Path, Scalar, Tree
from devenv.config.lookalikes import within

_PAIR = re.compile(r"([A-Za-z_][\w.-]*) ?[=: ] ?(\S.*)")
_MOUNT = re.compile(r"(\.{0,2}/?[^:]*):(/[^:]*)(?::(?:ro|rw|cached|delegated|z))?")
_MOST_KEYS = 6
_MODULE = re.compile(r"[\w/]+\.py")
_QUOTES = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
_NAMED = {
    "services": "db: postgres:17",
    "processes": "worker: celery -A shop worker",
    "jobs": "migrate: python manage.py migrate",
}
_OF_COMPOSE = {
    "depends_on": "remove it: what the app needs is started before it",
    "profiles": "write it below `profiles:` at the top of the file, which switches it on",
    "build": "the image is made of `app`; lines of your own stand in app.dockerfile",
    "container_name": INSTEAD["container_name"],
    "env_file": "it stands below `app:`",
    "image": INSTEAD["image"],
    "links": INSTEAD["links"],
}
_READ_BY_INIT = "it is of a compose file: `devenv init` reads a compose.yaml and writes this file"
_BELOW_COMPOSE = "compose has it: it stands below `compose:`"
_OF_THE_FILE = {
    "version": _READ_BY_INIT,
    "networks": _BELOW_COMPOSE,
    "secrets": _BELOW_COMPOSE,
    "configs": _BELOW_COMPOSE,
    "volumes": "services keep their data by themselves; volumes of the app stand below `app:`",
    "build": _OF_COMPOSE["build"],
    "image": "the app's image is made of `python` and `app`; another one is a service's",
    "database": "write a service, such as `services: {db: postgres:17}`",
    "databases": "write a service, such as `services: {db: postgres:17}`",
    "hooks": "a command that runs at each start stands below `jobs:`",
    "daemons": "write them below `processes:`",
    "web_extra_daemons": "write them below `processes:`",
    "web_environment": "write `app.env`",
    "webimage_extra_packages": "write `app.system_packages`",
    "nodejs_version": "a front end is a service, such as `frontend: {type: node, path: frontend}`",
    "addons": "write them below `services:`",
}
_OF_THE_APP = {
    "build": "the image is made of what stands here; lines of your own stand in app.dockerfile",
    "image": "the image is made of `python` and of what stands here; another one is a service's",
}
_OF_SETTINGS = frozenset(("database", "user", "username", "password", "vhost", "db"))
_DAEMONS = frozenset(("web", "worker", "beat", "release", "postCreateCommand"))
_ONCE = frozenset(("release", "migrate", "seed", "postCreateCommand", "setup"))
_OF_PROCESSES = frozenset(("command", "port", "env", "replicas", "volumes", "resources"))


def of_pairs(path: Path, node: Tree | None, keys: Collection[str]) -> str:
    """For what stands where a mapping should be. keys: all that it may hold, none for free names."""
    first = node[0] if isinstance(node, list) and node else node
    section, is_list = str(path[-1]), isinstance(node, list)
    if isinstance(first, dict):
        said = _of_mappings(section, first, keys)
    elif not isinstance(first, Scalar) or not isinstance(first.value, str):
        said = ""
    else:
        said = within(first.text) or _of_line(section, first.text, keys, is_list=is_list)
    return f"; {said}" if said else ""


def _of_line(section: str, text: str, keys: Collection[str], *, is_list: bool) -> str:
    """For a text, be it alone or the first of a list, where pairs should be."""
    without = ", without the -" if is_list else ""
    pair, mount = _PAIR.fullmatch(text), _MOUNT.fullmatch(text)
    if pair and (pair[1] in keys or not (keys or mount or (section in _NAMED and is_list))):
        return f"write `{pair[1]}: {pair[2]}`{without}"
    if keys:
        return f"its keys are {', '.join(keys)}" if len(keys) <= _MOST_KEYS else ""
    if section == "volumes" and mount:
        return _of_mount(mount[1], mount[2], without)
    return f"each has a name, such as `{_NAMED[section]}`" if section in _NAMED else ""


def _of_mappings(section: str, first: Mapping[str, Tree], keys: Collection[str]) -> str:
    """A list of mappings: `- db: postgres:17`, or `- name: worker`."""
    key, value = next(iter(first.items()), ("", None))
    if keys or section not in _NAMED:
        return ""
    if len(first) == 1 and isinstance(value, Scalar):
        return f"write `{key}: {value.text}`, without the -"
    return f"each has a name, such as `{_NAMED[section]}`"


def _of_mount(source: str, place: str, without: str) -> str:
    """A volume as compose files have it."""
    if source in {".", "./"}:
        return "remove it: the source is in the app's containers, and each save is sent there"
    if "/" not in source and not source.startswith((".", "~")):
        return f"write `{source}: {place}`{without}"
    folder = source.removeprefix("./")
    name = re.sub(r"[^a-z0-9]+", "-", folder.lower()).strip("-") or "data"
    return f"write `{name}: {{folder: {folder}, path: {place}}}`{without}"


def of_text(expected: str, node: Tree | None) -> str:
    """For a text that is another one than expected."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return ""
    said = 'write straight quotes, "' if {*_QUOTES} & {*node.text} else within(node.text)
    if not said and "${" in node.text:
        said = "no variable is put in: write the value, or let devenv.local.yaml say it"
    if not said and expected.startswith("a module") and _MODULE.fullmatch(node.text):
        module = node.text.removesuffix(".py").strip("/").replace("/", ".")
        said = f"write {module}{':application' if 'attribute' in expected else ''}"
    if not said and expected.startswith("an image"):
        said = _of_image(node.text)
    if not said and expected.startswith("a path") and "=" in node.text:
        said = "packages stand in such a file"
    return f"; {said}" if said else ""


def _of_image(text: str) -> str:
    if "://" in text:
        return "this is an address, which the service gives to the app by itself"
    if version := re.fullmatch(r"([A-Za-z]+) v?([\d.]+)", text):
        return f"write {version[1].lower()}:{version[2]}"
    return "a command of the app's stands below `processes:`" if " " in text.strip() else ""


def of_service(path: Path, node: Tree | None) -> str:
    """What a service is, where its name has nothing or a mere number behind it; "" elsewhere."""
    if len(path) < 2 or path[0] != "services" or path[2:] not in {(), ("image",)}:
        return ""
    is_no_text = node is None or (isinstance(node, Scalar) and not isinstance(node.value, str))
    return "a service such as postgres:17" if is_no_text else ""


def of_command(path: Path, node: Tree | None, keys: Collection[str]) -> str:
    """For a process or job that has nothing, or a number, where its command should be; "" elsewhere."""
    if len(path) != 2 or path[0] not in {"processes", "jobs"} or not isinstance(node, Scalar):
        return ""
    name = str(path[1])
    if name in keys:
        return f"; `{name}` is a key: indent it below the name of what it is about"
    if type(node.value) is int and "port" in keys:
        return f"; write `{name}: {{port: {node.text}}}`"
    if node.value is None:
        return f"; write `{name}: {{port: 8000}}`, or its command" if "port" in keys else ""
    return ""


def of_structure(path: Path, node: Tree | None, *, is_in_braces: bool, keys: Collection[str]) -> str:
    """For an unknown key that is none: the rest of a value, cut at a comma; a command at the top."""
    if isinstance(node, Scalar) and node.value is None and is_in_braces:
        return "in { } a comma ends a value: put the value before it in quotes"
    if len(path) != 1 or "processes" not in keys:
        return ""
    if isinstance(node, Scalar) and isinstance(node.value, str) and (" " in node.text or path[0] in _DAEMONS):
        return f"a command stands below `{'jobs' if path[0] in _ONCE else 'processes'}:`"
    if isinstance(node, dict) and node and {*node} <= _OF_PROCESSES:
        return "it stands below `processes:`, indented"
    return ""


def of_compose(path: Path, keys: Collection[str]) -> str:
    """For a key that compose files, and those of other tools, have; "" for others."""
    key = str(path[-1])
    if len(path) == 1:
        return _OF_THE_FILE.get(key, "") if "processes" in keys else ""
    if "compose" not in keys:
        return _OF_THE_APP.get(key, "") if path[:-1] == ("app",) else ""
    if key == "depends_on" and "after" in keys:
        return "write `after`, for a service that starts later than another"
    if key in _OF_SETTINGS and "gives" in keys:
        return "what the service is made with stands below `settings:`"
    return _OF_COMPOSE.get(key) or _of_container(key, is_service="gives" in keys)


def _of_container(key: str, *, is_service: bool) -> str:
    if key in PASSED_ON or (is_service and key in OF_SERVICES):
        return "compose has it: it stands below `compose:` here"
    if key in OF_SERVICES:
        return "what runs the app's image has devenv's agent, which sees to that"
    return INSTEAD[key].replace(" beside `compose`", "") if key in INSTEAD else ""
