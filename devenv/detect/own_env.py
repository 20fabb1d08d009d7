"""What a process beside the web server is run with that the app's own settings and variables do not say."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import replace
from posixpath import dirname, join

from devenv.detect.evaluate import Interpreter
from devenv.detect.finding import Finding, Place
from devenv.detect.namers import named_value
from devenv.detect.proposal import Noted, ProposedProcess
from devenv.detect.roots import path_of
from devenv.detect.servers import kind_of_url
from devenv.detect.settings import is_for_production
from devenv.detect.surroundings import Surroundings
from devenv.detect.testing import SETTINGS
from devenv.detect.tree import Tree


def settings_of_celery(
    interpreter: Interpreter, celery: tuple[str, Place] | None, settings: Finding | None
) -> Noted | None:
    """The module that Celery's own names where it is the app's settings and more; else None."""
    if celery is None or settings is None:
        return None
    path = celery[1].file
    for each in dict.fromkeys((path, join(dirname(path), "__init__.py"))):
        named = named_value(interpreter.ledger.tree, each)
        if named and named[0] != settings.value and _is_more(interpreter, named[0], settings.value):
            return Noted(named[0], str(named[1]))
    return None


def _is_more(interpreter: Interpreter, module: str, below: str) -> bool:
    """Whether a module begins with everything that another has."""
    path = interpreter.path_of(module)
    tree = interpreter.ledger.tree.module(path) if path and not is_for_production(module) else None
    return any(
        isinstance(each, ast.ImportFrom) and each.module == below and each.names[0].name == "*"
        for each in (tree.body if tree else ())
    )


def own_settings(process: ProposedProcess, around: Surroundings, of_celery: Noted | None) -> ProposedProcess:
    """The process with the settings module that the project's files give it and not the web server."""
    shared = around.app_service.env.get(SETTINGS) if around.app_service else None
    said = process.env.get(SETTINGS)
    is_other = said and said.value not in {"", shared, around.settings.value if around.settings else ""}
    if said and is_other and not is_for_production(said.value) and _is_there(around, said.value):
        return replace(process, settings=said)
    return replace(process, settings=of_celery) if process.value.startswith("celery ") else process


def _is_there(around: Surroundings, module: str) -> bool:
    return path_of(around.files, around.project.import_roots, module) is not None


def own_env(
    process: ProposedProcess, around: Surroundings, env: Mapping[str, Noted], given: Iterable[str]
) -> ProposedProcess:
    """The process with those of its variables that the code knows and the web server has otherwise.

    env: what devenv.yaml sets for all. given: what services give.
    """
    shared = around.app_service.env if around.app_service else {}
    kept = {
        name: said
        for name, said in process.env.items()
        if said.value and said.value != shared.get(name) and not kind_of_url(said.value)
        if name not in {SETTINGS, *given} and (name in shared or name not in env)
        if _is_known(around.files, name)
    }
    return replace(process, env=kept)


def _is_known(files: Tree, name: str) -> bool:
    return any(name in files.text(path) for path in files.paths if path.endswith(".py"))
