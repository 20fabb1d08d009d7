"""Patterns that select paths, as rules have them."""

from __future__ import annotations

import pytest

from devenv.sync.patterns import parse_gitignore


@pytest.mark.parametrize(
    ("lines", "path", "is_meant"),
    [
        (["*.graphql"], "shop/api/schema.graphql", True),
        (["/*.graphql"], "shop/schema.graphql", False),
        (["docs/"], "docs/a/b.md", True),
        (["docs/"], "docs", False),
        (["*.graphql", "!drafts/"], "drafts/schema.graphql", False),
        (["docs/", "!docs/keep.md"], "docs/keep.md", False),
        (["!docs/keep.md", "docs/"], "docs/keep.md", True),
        (["config/**/*.toml"], "config/a/b/c.toml", True),
        ([], "a", False),
    ],
)
def test_the_last_line_that_matches_a_file_or_a_folder_above_it_decides(
    lines: list[str], path: str, is_meant: bool
) -> None:
    assert parse_gitignore("\n".join(lines).encode()).select(path) is is_meant
