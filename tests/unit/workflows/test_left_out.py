"""What `devenv test` says of tests that the containers do not have."""

from __future__ import annotations

from pathlib import Path

import pytest

from devenv.config import Choice
from devenv.events import Event, Notice
from devenv.workflows.checkout import load_checkout
from devenv.workflows.left_out import tell_of_hidden_tests

DEVENV_YAML = 'name: shop\npython: "3.13"\napp: {settings: shop.settings, wsgi: "shop.wsgi:application"}\n'
FILES = ("manage.py", "shop/__init__.py", "shop/settings.py", "shop/tests/test_orders.py")


def told(tmp_path: Path, dockerignore: str, more: str = "") -> list[Event]:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "devenv.yaml").write_text(DEVENV_YAML + more)
    (tmp_path / ".dockerignore").write_text(dockerignore)
    events: list[Event] = []
    tell_of_hidden_tests(load_checkout(tmp_path / "devenv.yaml", Choice(environ={})), events.append)
    return events


def test_the_line_that_keeps_tests_from_the_containers_is_named(tmp_path: Path) -> None:
    assert told(tmp_path, "docs\n**/tests/\n") == [
        Notice(
            "shop/tests is not in the container: .dockerignore:2 leaves it out; "
            '`sync: {ignore: ["!tests"]}` in devenv.yaml sends it'
        )
    ]


@pytest.mark.parametrize(
    ("dockerignore", "more"),
    [("docs\n", ""), ("**/tests\n", 'sync: {ignore: ["!tests"]}\n'), ("**/tests\n", "sync: {mode: bind}\n")],
)
def test_tests_that_are_there_are_not_told_of(tmp_path: Path, dockerignore: str, more: str) -> None:
    assert told(tmp_path, dockerignore, more) == []


def test_a_pattern_of_devenv_yaml_is_named_by_its_line(tmp_path: Path) -> None:
    (event,) = told(tmp_path, "", "sync:\n  ignore: [tests]\n")
    assert isinstance(event, Notice)
    assert event.text.startswith("shop/tests is not in the container: devenv.yaml:5 leaves it out")
