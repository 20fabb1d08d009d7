"""What a manage.py command makes that the host wants."""

import pytest

from devenv.workflows.inside import made_by_manage


@pytest.mark.parametrize(
    ("arguments", "patterns"),
    [
        ("startapp reviews", ("/src/reviews/**",)),
        ("startapp -v 2 reviews", ("/src/reviews/**",)),
        ("startapp --template=https://example.com/t.zip reviews apps/reviews", ("/src/apps/reviews/**",)),
        ("startapp", ()),
        ("makemigrations reviews", ()),
        ("", ()),
    ],
)
def test_startapp_fills_a_folder_that_the_host_wants(arguments: str, patterns: tuple[str, ...]) -> None:
    assert made_by_manage(tuple(arguments.split()), "src") == patterns
