"""What devenv.yaml says of changed paths, for those who react: its rules, and its files by their meaning."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from devenv.changes import PathChange
from devenv.config.environment import OnChange
from devenv.reload import Rule, Rules, kinds_for_agents, react, ruled
from devenv.sync.patterns import parse_gitignore
from devenv.workflows.checkout import Checkout


def reload_rules(checkout: Checkout) -> Rules:
    """What devenv.yaml says of paths in the app's folder."""
    app = checkout.environment.app
    inside = (path_in_app(checkout, path) for path in (checkout.file, *checkout.files))
    dependencies = frozenset(file.path for file in app.dependencies.files)
    return Rules(
        dependency_files=dependencies,
        config_files=frozenset(path for path in inside if path and path not in dependencies),
    )


def change_rules(checkout: Checkout) -> tuple[Rule, ...]:
    """The rules of `on_change`; a restart of a process is one of each of its replicas."""
    return tuple(_rule(checkout, index, says) for index, says in enumerate(checkout.environment.on_change))


def reacting(checkout: Checkout) -> Callable[[PathChange], tuple[str, ...]]:
    """What a change means to the agents, as kinds of reactions."""
    names, rules = reload_rules(checkout), change_rules(checkout)
    return lambda change: kinds_for_agents(react(change, names), ruled(rules, change.path))


def path_in_app(checkout: Checkout, path: Path) -> str | None:
    """The path as sync and rules know it, None outside of the app's folder."""
    try:
        return str(PurePosixPath(path.resolve().relative_to(checkout.app_folder.resolve())))
    except ValueError:
        return None


def _rule(checkout: Checkout, index: int, says: OnChange) -> Rule:
    origin = checkout.environment.origin_of(f"on_change.{index}")
    restart = tuple(name for process in says.restart for name in checkout.compiled.named(process))
    return Rule(
        index=index,
        place=origin.place if origin else "",
        says=replace(says, restart=restart),
        means=parse_gitignore(os.fsencode("\n".join(says.paths))).select,
    )
