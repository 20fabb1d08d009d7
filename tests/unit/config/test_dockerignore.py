from __future__ import annotations

from pathlib import Path

import pytest

from devenv.config.dockerignore import leaves_out_the_app


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("*\n!docker\n!requirements\n", True),
        ("# nothing but\n**\n!pyproject.toml\n", True),
        ("*\n!*.py\n", False),
        ("*\n!src\n", False),
        ("*\n!/src/\n", False),
        ("*\n!./src/manage.py\n", False),
        ("*\n!**/*.py\n", False),
        ("*\n!src/**\n", False),
        ("src\n", False),
        ("*.log\nmedia\n", False),
        ("", False),
    ],
)
def test_what_leaves_out_everything_with_manage_py_is_of_other_images(
    text: str, left_out: bool, tmp_path: Path
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "manage.py").touch()
    assert leaves_out_the_app(text, tmp_path) is left_out


def test_where_no_manage_py_is_near_nobody_knows(tmp_path: Path) -> None:
    assert not leaves_out_the_app("*\n", tmp_path)
