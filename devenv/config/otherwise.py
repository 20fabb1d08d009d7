"""What an environment would be if one key said something else: what differs then is what the key decides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path

from devenv.config.app import SETTINGS_VARIABLE
from devenv.config.document import Path as Key
from devenv.config.document import Scalar, Tree
from devenv.config.environment import Environment
from devenv.config.evaluate import evaluate
from devenv.config.layering import Loaded

MAX_ENVIRONMENTS = 3  # of one key: without it, and with two other values
_LAST_NUMBER = re.compile(r"\d{1,9}(?=\D*$)")
_WORDS = ("9.9.9", "otherwise", "otherwise:otherwise", "none", "bind", "volume")
_SWITCHES = (Scalar("true", True), Scalar("false", False))


def otherwise(loaded: Loaded, key: Key, root: Path, templates: Path) -> Iterator[Environment]:
    """Valid environments that differ from the loaded one by `key` alone.

    Where there is none, since no project can do without the key: by those below it, else by the one above.
    """
    node = loaded.document.at(key)
    found = list(_by_key(loaded, key, root, templates))
    if found or node is None:
        yield from found
    elif isinstance(node, dict):
        for name in node:
            yield from _by_key(loaded, (*key, name), root, templates)
    else:
        yield from otherwise(loaded, key[:-1], root, templates)


def _by_key(loaded: Loaded, key: Key, root: Path, templates: Path) -> Iterator[Environment]:
    if change := _DIRECTLY.get(key):
        yield change(loaded)
        return
    node = loaded.document.at(key)
    trees = (_with(loaded.document.tree, key, other) for other in (_others(node) if node is not None else ()))
    evaluated = (evaluate(replace(loaded.document, tree=tree), root, templates, []) for tree in trees)
    valid = (each.environment for each in evaluated if each.environment and not each.problems)
    yield from islice(valid, MAX_ENVIRONMENTS)


def without_variable(environment: Environment, variable: str) -> Environment:
    """The environment as it would be if no service gave the variable."""
    services = (
        replace(service, gives={name: text for name, text in service.gives.items() if name != variable})
        for service in environment.services
    )
    return replace(environment, services=tuple(services))


def _others(node: Tree) -> Iterator[Tree | None]:
    """Nothing, and values of the same form; most are not valid for most keys."""
    yield None
    if isinstance(node, list):
        yield []
        yield from ([*node[:index], *node[index + 1 :]] for index in range(len(node)))
    elif isinstance(node, Scalar):
        number = _LAST_NUMBER.search(node.text)
        higher, lower = (_numbered(node, number, step) for step in (1, -1)) if number else (None, None)
        yield from filter(None, (higher, *(Scalar(word, word) for word in _WORDS), *_SWITCHES, lower))


def _numbered(scalar: Scalar, number: re.Match[str], step: int) -> Scalar:
    """The scalar with its last number one higher or lower."""
    text = f"{scalar.text[: number.start()]}{int(number[0]) + step}{scalar.text[number.end() :]}"
    is_number = isinstance(scalar.value, int) and text.isdecimal()
    return Scalar(text, int(text) if is_number else text)


def _with(tree: Tree, key: Key, value: Tree | None) -> Tree:
    """The tree with another value at `key`, or without it."""
    if not key:
        return value if value is not None else {}
    first, rest = key[0], key[1:]
    if isinstance(tree, dict) and isinstance(first, str):
        if not rest and value is None:
            return {each: below for each, below in tree.items() if each != first}
        return {each: _with(below, rest, value) if each == first else below for each, below in tree.items()}
    if isinstance(tree, list) and isinstance(first, int):
        changed = [_with(each, rest, value) if at == first else each for at, each in enumerate(tree)]
        return [each for at, each in enumerate(changed) if at != first or rest or value is not None]
    return tree


def without_env_files(environment: Environment, variable: str) -> Environment:
    """The environment as it would be if no env file said the variable."""
    values = {name: text for name, text in environment.app.env_file_values.items() if name != variable}
    return replace(environment, app=replace(environment.app, env_file_values=values))


# Folders and modules that must exist: the environment is changed, where another document would not be valid.


def _in_another_folder(loaded: Loaded) -> Environment:
    return replace(loaded.environment, app=replace(loaded.environment.app, path="otherwise"))


def _worked_in_another_folder(loaded: Loaded) -> Environment:
    return replace(loaded.environment, app=replace(loaded.environment.app, working_dir="otherwise"))


def _with_other_settings(loaded: Loaded) -> Environment:
    """The module that serves is one beside the settings, unless a file says which."""
    app = loaded.environment.app
    is_guessed = loaded.document.at(("app", "wsgi")) is None and loaded.document.at(("app", "asgi")) is None
    served = "otherwise.wsgi:application"
    return replace(
        loaded.environment,
        app=replace(
            app,
            settings="otherwise.settings",
            env={**app.env, SETTINGS_VARIABLE: "otherwise.settings"},
            wsgi=served if is_guessed and app.wsgi else app.wsgi,
            asgi=served if is_guessed and app.asgi else app.asgi,
        ),
    )


_DIRECTLY: Mapping[Key, Callable[[Loaded], Environment]] = {
    ("app", "path"): _in_another_folder,
    ("app", "working_dir"): _worked_in_another_folder,
    ("app", "settings"): _with_other_settings,
}
