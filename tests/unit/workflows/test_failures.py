"""What the agent's lines in a log tell of a process, and of its last attempt to start."""

from __future__ import annotations

import pytest

from devenv.workflows.failures import last_attempt, verdict

READY = "devenv: worker ready in 812 ms (cold; the container started)"
BROKEN = "devenv: worker does not start (the container started)"


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("", ""),
        ("celery: connecting", ""),
        (READY, "ready"),
        (f"Traceback\n{BROKEN}\n", "broken"),
        (f"Traceback\n{BROKEN}\n{READY}\ntask received", "ready"),
        (f"{READY}\nTraceback\n{BROKEN}", "broken"),
        ("the app prints: devenv: worker does not start (really)", ""),
    ],
)
def test_the_last_word_of_the_agent_counts(log: str, expected: str) -> None:
    assert verdict(log) == expected


def test_an_older_failure_is_not_taken_for_the_last_one() -> None:
    log = f"KeyError: 'OLD'\n{BROKEN}\nKeyError: 'NEW'\n{BROKEN}\n"
    assert last_attempt(log) == "KeyError: 'NEW'\n"


def test_what_came_after_the_last_word_is_the_newest_attempt() -> None:
    assert last_attempt(f"old\n{READY}\nnew") == "new"


def test_a_start_that_failed_again_leaves_out_why() -> None:
    again = "devenv: worker does not start (it did not start)"
    first = "loading\nTraceback (most recent call last):\nKeyError: 'OLD'\n"
    assert last_attempt(f"{first}{BROKEN}\nloading\n{again}\n{again}\nloading\n{again}\n") == first
    assert last_attempt(f"{again}\nloading\n{again}\n") == "loading\n"
    other = "Traceback (most recent call last):\nKeyError: 'NEW'\n"
    assert last_attempt(f"{first}{BROKEN}\n{other}{again}\nloading\n{again}\n") == other


def test_nothing_is_said_of_silence() -> None:
    assert last_attempt("") == ""


def test_a_change_that_meant_nothing_is_no_attempt() -> None:
    log = f"devenv: pythn: No such file or directory\n{BROKEN}\ndevenv: worker: unchanged (nothing)\n"
    assert last_attempt(log) == "devenv: pythn: No such file or directory\n"
