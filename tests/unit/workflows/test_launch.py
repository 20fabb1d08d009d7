"""The configuration for VS Code is added to a launch.json of whatever form; nothing of it is lost."""

from __future__ import annotations

import json
import re

import pytest

from devenv.workflows.launch import EMPTY, has_configuration, with_configuration

WANTED: dict[str, object] = {"name": "devenv: web", "pathMappings": [{"remoteRoot": "/app"}]}
FULL = """{
    // Use IntelliSense; "configurations": [ is no key here
    "version": "0.2.0",
    "inputs": [{"configurations": []}],
    "configurations": [
        /* the front end */
        {"name": "Chrome // not a comment", "url": "http://localhost:3000",},
    ],
    "compounds": [],
}
"""


def plain(text: str) -> str:
    """JSON without comments and trailing commas, for texts that have neither inside of strings but one."""
    text = text.replace("Chrome // not", "Chrome not").replace("http://", "http:")
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r",(\s*[}\]])", r"\1", text)


@pytest.mark.parametrize(
    "text",
    [
        EMPTY,
        FULL,
        '{"configurations":[]}',
        '{"configurations": [{"name": "a \\"quoted\\" one"}]}',
        '{\r\n  "configurations": [\r\n  ]\r\n}\r\n',
    ],
)
def test_the_configuration_is_added_and_every_byte_stays(text: str) -> None:
    added = with_configuration(text, WANTED)
    before, after = json.loads(plain(text)), json.loads(plain(added))
    assert after["configurations"] == [WANTED, *before["configurations"]]
    assert {**after, "configurations": []} == {**before, "configurations": []}
    start = next(index for index, (old, new) in enumerate(zip(text, added, strict=False)) if old != new)
    assert added.startswith(text[:start])
    assert added.endswith(text[start:])


@pytest.mark.parametrize(
    "text", ["", "[]", '{"version": "0.2.0"}', '{"configurations": {}}', '// "configurations": [']
)
def test_a_file_without_a_list_of_configurations_is_left_alone(text: str) -> None:
    with pytest.raises(ValueError, match="there is no list `configurations`"):
        with_configuration(text, WANTED)


def test_what_was_added_is_known_again_and_a_comment_is_no_configuration() -> None:
    assert has_configuration(with_configuration(FULL, WANTED), "devenv: web")
    assert not has_configuration('{// "devenv: web"\n}', "devenv: web")
