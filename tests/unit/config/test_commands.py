"""Commands as text and as lists."""

from __future__ import annotations

import json

import pytest

from tests.unit.config.conftest import SERVED, Project


@pytest.mark.parametrize(
    ("written", "argv"),
    [
        ('"celery -A shop worker"', ("celery", "-A", "shop", "worker")),
        ("grep '|' \"a b\" c\\ d", ("grep", "|", "a b", "c d")),
        ("echo $HOME ${X}", ("echo", "$HOME", "${X}")),
        ('"a && b"', ("sh", "-c", "a && b")),
        ("a | b", ("sh", "-c", "a | b")),
        ("DEBUG=1 serve", ("sh", "-c", "DEBUG=1 serve")),
        ("|\n    one\n    two", ("sh", "-c", "one\ntwo")),
        ("[sleep, 5, true, 'a && b']", ("sleep", "5", "true", "a && b")),
    ],
)
def test_a_command_is_split_or_given_to_a_shell(
    project: Project, written: str, argv: tuple[str, ...]
) -> None:
    environment = project.environment(f"{SERVED}processes:\n  it: {written}\n")

    assert environment.processes[0].command == argv


@pytest.mark.parametrize(
    ("command", "overlap"),
    [
        ("celery -A shop beat", False),
        ("celery -A shop worker -B", False),
        ("celery -A shop worker --beat", False),
        ("/opt/venv/bin/celery --app shop beat -l info", False),
        ("sleep 1 && celery -A shop beat", False),
        ("celery -A shop.beat worker", True),
        ("python manage.py heartbeat", True),
    ],
)
def test_two_generations_of_celery_beat_never_overlap(project: Project, command: str, overlap: bool) -> None:
    environment = project.environment(f"{SERVED}processes: {{it: {json.dumps(command)}}}\n")

    assert environment.processes[0].overlap is overlap


@pytest.mark.parametrize(
    ("command", "said"), [("python bot.py", False), ("celery -A shop beat", True), ("python bot.py", True)]
)
def test_a_file_may_say_whether_two_generations_overlap(project: Project, command: str, said: bool) -> None:
    process = f"{{command: {command}, overlap: {str(said).lower()}}}"
    environment = project.environment(f"{SERVED}processes: {{bot: {process}}}\n")

    assert environment.processes[0].overlap is said
