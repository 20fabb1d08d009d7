"""Which settings module development uses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from posixpath import basename, dirname

from devenv.detect.copies import missing_module, model_of
from devenv.detect.env_files import examples, read_env_text
from devenv.detect.finding import Confidence, Finding, Place
from devenv.detect.named import computed_name
from devenv.detect.namers import named_value
from devenv.detect.projects import Project
from devenv.detect.roots import module_of, path_of
from devenv.detect.testing import SETTINGS
from devenv.detect.tree import Tree

_DEVELOPMENT = (
    "local", "dev", "development", "develop", "devel", "settings_dev", "settings_local", "dev_settings",
    "debug",
)  # fmt: skip
_PRODUCTION = re.compile(r"prod|deploy|staging|live|heroku|test|\bci\b")
_WHOLE_BY = r"import \*|globals\(|locals\(|vars\(|setattr\(|sys\.modules|\binclude\(|exec\(|\bclass \w"
_MARKS = ("INSTALLED_APPS", "ROOT_URLCONF", "DATABASES")


@dataclass(frozen=True, slots=True)
class _Candidate:
    module: str
    place: Place
    who: str


def choose_settings(
    files: Tree, project: Project, compose_env: Mapping[str, tuple[str, Place]]
) -> Finding | None:
    """The settings module for development, as the project's scripts and its compose file name it."""
    named = list(_named(files, project, compose_env))
    known = [each for each in named if _path(files, project, each.module)]
    if all(is_for_production(each.module) for each in known):
        meant = named if not known else [each for each in named if _is_development(each.module)]
        if found := _of_an_example(files, project, meant):
            return found
    if not known:
        return _by_content(files, project, named)
    first = min(known, key=lambda each: _unlikeliness(each.module))
    if _is_development(first.module) or _is_complete(files, project, first.module):
        sibling = _sibling(files, project, first.module) if _PRODUCTION.search(_last(first.module)) else None
    else:
        sibling = _sibling(files, project, first.module)
    if sibling:
        why = f"the development module beside {first.module}, which {first.who} names"
        return _in_place_of(first, sibling, _path(files, project, sibling), why, Confidence.LIKELY)
    if whole := _imported_in_part(files, project, first.module):
        why = f"{first.module}, which {first.who} names, takes some names of it and has no ROOT_URLCONF"
        return _in_place_of(first, whole, _path(files, project, whole), why, Confidence.GUESS)
    others = sorted({each.module for each in known} - {first.module})
    why = f"{first.who} names it" + (f"; not for development: {', '.join(others)}" if others else "")
    return Finding(topic="settings", value=first.module, why=why, evidence=(first.place,))


def _in_place_of(
    first: _Candidate, module: str, path: str | None, why: str, confidence: Confidence
) -> Finding:
    """A module that nothing names, taken instead of the one that is named."""
    place = Place(str(path))
    return Finding(
        topic="settings", value=module, why=why, evidence=(place, first.place), confidence=confidence
    )


def _of_an_example(files: Tree, project: Project, named: list[_Candidate]) -> Finding | None:
    """A module that each developer makes from the example beside it."""
    for each in named:
        if model_of(missing_module(each.module, project.import_roots, files), files):
            why = f"{each.who} names it, and an example of it is there"
            return Finding(topic="settings", value=each.module, why=why, evidence=(each.place,))
    return None


def _unlikeliness(module: str) -> int:
    if _is_development(module):
        return 0
    return 2 if _PRODUCTION.search(_last(module)) else 1


def _named(
    files: Tree, project: Project, compose_env: Mapping[str, tuple[str, Place]]
) -> Iterator[_Candidate]:
    """Every module that something names, the most telling first."""
    if SETTINGS in compose_env:
        module, place = compose_env[SETTINGS]
        yield _Candidate(module, place, "the compose file")
    if project.named:
        yield _Candidate(*project.named, basename(project.named[1].file))
    found = named_value(files, project.script) or computed_name(files, project.script, project.import_roots)
    if found:
        yield _Candidate(found[0], found[1], basename(project.script))
    yield from _of_env_files(files, project.folder)
    for path in files.paths:
        name = path.rpartition("/")[2]
        below = project.folder == "." or path.startswith(f"{project.folder}/")
        likely = name in {"wsgi.py", "asgi.py", "celery.py", "celery_app.py", "celeryconf.py"}
        if below and likely and (found := named_value(files, path)):
            yield _Candidate(found[0], found[1], name)


def _of_env_files(files: Tree, folder: str) -> Iterator[_Candidate]:
    """What env files and their examples say, from manage.py's folder upwards."""
    for each in dict.fromkeys((folder, dirname(folder) or ".")):
        for path in examples(files, each):
            if module := read_env_text(files.text(path)).get(SETTINGS):
                yield _Candidate(module, Place(path), basename(path))


def _last(module: str) -> str:
    return module.rpartition(".")[2]


def is_for_production(module: str) -> bool:
    """Whether a settings module's name says that it is for a server, or for tests."""
    return _PRODUCTION.search(_last(module)) is not None


def _is_development(module: str) -> bool:
    return _last(module) in _DEVELOPMENT


def _path(files: Tree, project: Project, module: str) -> str | None:
    return path_of(files, project.import_roots, module)


def _is_complete(files: Tree, project: Project, module: str) -> bool:
    """Whether a module holds settings or imports them; an empty package does not."""
    path = _path(files, project, module)
    text = files.text(path) if path else ""
    return (
        any(mark in text for mark in _MARKS)
        or re.search(r"^\s*from \S+ import", text, re.MULTILINE) is not None
    )


def _imported_in_part(files: Tree, project: Project, module: str) -> str | None:
    """The whole settings, of which a module imports some names by name: alone it serves nothing."""
    path = _path(files, project, module)
    tree = files.module(path) if path else None
    if tree is None or re.search(rf"{_WHOLE_BY}|ROOT_URLCONF", files.text(str(path))):
        return None
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            package = module.split(".")[: -node.level] if node.level else []
            whole = ".".join([*package, node.module])
            found = _path(files, project, whole)
            if found and re.search(r"^ROOT_URLCONF\b", files.text(found), re.MULTILINE):
                return whole
    return None


def _sibling(files: Tree, project: Project, module: str) -> str | None:
    """A development module in the same package, or in the package that the module is."""
    packages = [module, module.rpartition(".")[0]]
    for package in filter(None, packages):
        for name in _DEVELOPMENT:
            candidate = f"{package}.{name}"
            if (
                candidate != module
                and (path := _path(files, project, candidate))
                and _settles(files.text(path))
            ):
                return candidate
    return None


def _settles(text: str) -> bool:
    return "import" in text or any(mark in text for mark in _MARKS)


def _by_content(files: Tree, project: Project, named: list[_Candidate]) -> Finding | None:
    """Where no script names a module that is there: the one that looks like settings."""
    found = []
    for path in files.paths:
        if not path.endswith(".py") or (project.folder != "." and not path.startswith(f"{project.folder}/")):
            continue
        text = files.text(path) if "setting" in path or "conf" in path else ""
        if re.search(r"^(INSTALLED_APPS|ROOT_URLCONF)\b", text, re.MULTILINE):
            module = module_of(path, project.import_roots)
            found.append((_unlikeliness(module), path.count("/"), module, path))
    if not found:
        return None
    _, _, module, path = min(found)
    module = _sibling(files, project, module) or module
    first = next(iter(named), None)
    whom = f"{first.who} names {first.module}, which is not there" if first else "no script names a module"
    return Finding(
        topic="settings",
        value=module,
        why=f"{whom}; it looks like settings",
        evidence=(Place(path),),
        confidence=Confidence.GUESS,
    )
