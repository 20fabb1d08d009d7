"""The rules of what travels, for those who look for tests that do not."""

from __future__ import annotations

from pathlib import Path
from posixpath import join, normpath

from devenv.detect.finding import Place
from devenv.detect.left_out import HiddenTests, LeftOut, LeftOutOf, hidden_tests
from devenv.detect.tree import load_tree
from devenv.events import Emit, Notice
from devenv.sync.ignore import OWN_SETTING, IgnoreRules, load_rules
from devenv.sync.verdicts import verdict
from devenv.workflows.checkout import Checkout

_DOCKERS = ".dockerignore"


def left_out_by_docker(root: Path) -> LeftOutOf:
    """What the .dockerignore of a folder of the project keeps from the containers."""

    def of_folder(folder: str) -> LeftOut:
        rules = load_rules(root / folder)
        file = normpath(join(folder, _DOCKERS))
        return lambda path, is_folder: _place(rules, path, is_folder, {_DOCKERS: file})

    return of_folder


def tell_of_hidden_tests(checkout: Checkout, emit: Emit) -> None:
    """Say which line keeps tests from the containers: a runner only says that there are none."""
    for each in _hidden(checkout):
        emit(
            Notice(
                f"{each.path} is not in the container: {each.place} leaves it out; "
                f'`sync: {{ignore: ["{each.pattern}"]}}` in devenv.yaml sends it'
            )
        )


def _hidden(checkout: Checkout) -> tuple[HiddenTests, ...]:
    environment = checkout.environment
    ignore = environment.sync.ignore
    if environment.sync.mode == "bind" or not (ignore or environment.app.dockerignore):
        return ()
    rules = load_rules(checkout.app_folder, ignore)
    own = environment.origin_of(OWN_SETTING)
    names = {_DOCKERS: _DOCKERS, OWN_SETTING: own.place if own else OWN_SETTING}
    paths = load_tree(checkout.app_folder).paths
    return hidden_tests(paths, lambda path, is_folder: _place(rules, path, is_folder, names))


def _place(rules: IgnoreRules, path: str, is_folder: bool, files: dict[str, str]) -> Place | None:
    """The line of one of the files that leaves a path out, by the name that it has for a reader."""
    if rules.enters(path) if is_folder else rules.travels(path, is_folder):
        return None
    found = verdict(rules, path, is_folder=is_folder)
    if found.travels or found.source not in files:
        return None
    return Place(files[found.source], 0 if found.source == OWN_SETTING else found.line)
