"""What the log says and no event tells."""

from __future__ import annotations

import pytest

from devenv.workflows.following import said_in_the_log_only


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "devenv: web: breakpoint at shop/views.py:3: `devenv attach web` opens it",
            "web: breakpoint at shop/views.py:3: `devenv attach web` opens it",
        ),
        ("devenv: web: nobody attached; it goes on", "web: nobody attached; it goes on"),
        (
            "devenv: worker: 41 ended by signal 9 (SIGKILL); starting it again",
            "worker: 41 ended by signal 9 (SIGKILL); starting it again",
        ),
        (
            "devenv: web: 41 did not end in time and was killed",
            "web: 41 did not end in time and was killed",
        ),
        ("devenv: web: it waits for 60 s, then it goes on", ""),
        ("devenv: web ready in 12 ms (chain; shop/views.py)", ""),
        ("devenv: web: reset (page.html)", ""),
        ("web: breakpoint at a.py:1", ""),
        ("41 exited with code 1; starting it again", ""),
    ],
)
def test_where_a_process_stands_and_that_it_died_is_told(line: str, said: str) -> None:
    assert said_in_the_log_only(line) == said
