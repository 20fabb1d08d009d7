"""The line of a problem, and the caret below it."""

from __future__ import annotations

import pytest

from devenv.config.excerpt import excerpt
from devenv.errors import ConfigError
from tests.unit.config.conftest import SERVED, Project


@pytest.mark.parametrize(
    ("line", "column", "shown"),
    [
        ("  db: redis", 3, ["  |   db: redis", "  |   ^"]),
        ("name:", 6, ["  | name:", "  |      ^"]),
        ("\tname: shop", 2, ["  | \\tname: shop", "  |   ^"]),
        ("店名: x\x1b[31my", 5, ["  | 店名: x\\x1b[31my", "  |       ^"]),
        ("e\u0301: x", 3, ["  | e\u0301: x", "  |  ^"]),
        ("", 1, []),
        ("   ", 2, []),
    ],
)
def test_the_caret_stands_below_the_column(line: str, column: int, shown: list[str]) -> None:
    assert excerpt(line, column) == shown


@pytest.mark.parametrize(
    ("column", "start", "end"),
    [(1, "abcdefghij", "…"), (500, "…", "…"), (1000, "…", "abcdefghij"), (1001, "…", "abcdefghij")],
)
def test_a_long_line_is_cut_around_the_column(column: int, start: str, end: str) -> None:
    line = "abcdefghij" * 100
    shown, caret = excerpt(line, column)

    assert len(shown) <= 4 + 1 + 100 + 1
    assert shown.removeprefix("  | ").startswith(start)
    assert shown.endswith(end)
    assert shown[caret.index("^") :][:1] == line[column - 1 : column]


def test_a_secret_of_an_env_file_is_not_shown(project: Project) -> None:
    project.write_all({".env": "A=1\nexport TOKEN = 'kept-secret\nkept secret\n"})

    with pytest.raises(ConfigError) as raised:
        project.loaded(SERVED.replace("}", ", env_file: .env}"))

    assert raised.value.details == (
        ".env:2:1 expected KEY=value; is a quote never closed?\n  | export TOKEN =…\n  | ^\n"
        ".env:3:1 expected KEY=value; is a quote never closed?"
    )
