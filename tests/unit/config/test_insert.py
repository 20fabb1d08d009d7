"""Values that come into a file of people's, whose lines stay."""

from __future__ import annotations

import pytest
import yaml

from devenv.config.insert import read_plain, with_values
from devenv.errors import ConfigError

FILE = "devenv.local.yaml"


def test_an_empty_file_gets_blocks_and_comments_stay() -> None:
    values: dict[tuple[str, ...], str] = {
        ("services", "db", "compose", "shm_size"): "256m",
        ("services", "db", "env", "A"): "x: #1",
    }
    assert with_values("# mine\n", values, FILE) == (
        '# mine\nservices:\n  db:\n    env:\n      A: "x: #1"\n    compose:\n      shm_size: "256m"\n'
    )


def test_what_is_there_stays_as_it_is_written() -> None:
    text = "app:\n    env:   # of mine\n        DEBUG: 'no'\n\nprofiles: {}\n"
    found = with_values(text, {("app", "env", "B"): "1", ("name",): "x"}, FILE)
    assert (
        found
        == 'name: "x"\napp:\n    env:   # of mine\n        B: "1"\n        DEBUG: \'no\'\n\nprofiles: {}\n'
    )
    assert yaml.safe_load(found)["app"] == {"env": {"B": "1", "DEBUG": "no"}}


def test_lines_are_a_block() -> None:
    assert with_values("", {("a", "b"): "RUN x\nRUN y\n"}, FILE) == "a:\n  b: |\n    RUN x\n    RUN y\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [("app: {env: {}}\n", "app"), ("services:\n  db: redis:8\n", "services.db"), ("a:\n  b: 1\n", "a.b")],
)
def test_what_has_a_value_already_is_left_to_its_author(text: str, place: str) -> None:
    path = {"app": ("app", "env", "A"), "services.db": ("services", "db", "env"), "a.b": ("a", "b")}[place]
    with pytest.raises(ConfigError) as caught:
        with_values(text, {path: "1"}, FILE)
    line = 1 if place == "app" else 2
    assert caught.value.summary == f"{FILE}:{line} says something of {place} already"


def test_a_generated_file_that_is_broken_is_named() -> None:
    with pytest.raises(ConfigError, match=r"compose\.yaml is not YAML"):
        read_plain("a: [", "compose.yaml")
