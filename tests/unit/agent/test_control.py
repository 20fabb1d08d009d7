"""Who may wait for a message, and who never does."""

from __future__ import annotations

import ast
from pathlib import Path

import devenv.agent

MODULES = Path(devenv.agent.__file__).parent.glob("*.py")


def imported_by(module: ast.Module) -> set[str]:
    """The agent's own modules that it imports."""
    return {node.module or "" for node in ast.walk(module) if isinstance(node, ast.ImportFrom) and node.level}


def waits(module: ast.Module) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr == "receive" for node in ast.walk(module))


def test_no_module_of_process_1_waits_for_a_message() -> None:
    trees = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in MODULES}
    with_the_loop = {name for name, tree in trees.items() if "loop" in imported_by(tree)}
    assert with_the_loop >= {"agent", "hosts", "ladder", "process", "testing", "visitors"}
    assert {name for name in with_the_loop if waits(trees[name])} == set()
