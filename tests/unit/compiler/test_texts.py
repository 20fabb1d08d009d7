"""What the two quoting rooms write, their readers read back."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from devenv.compiler.env_text import env_text
from devenv.compiler.yaml_text import yaml_text

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


@given(st.dictionaries(TEXT, st.one_of(TEXT, st.lists(TEXT, max_size=3)), max_size=4))
def test_whatever_is_written_as_yaml_is_read_back(value: dict[str, object]) -> None:
    assert yaml.safe_load(yaml_text(value)) == value


@pytest.mark.parametrize(
    "word", ["yes", "no", "on", "y", "null", "~", "1e3", "0x1f", "12:30:45", "1_000", ".5"]
)
def test_a_text_that_could_be_taken_for_something_else_is_quoted(word: str) -> None:
    assert yaml_text({"key": word}) == f'key: "{word}"\n'


def test_plain_words_stay_plain_and_commands_stay_on_one_line() -> None:
    value = {"image": "redis:8", "command": ["python", "-m", "two words"]}
    assert yaml_text(value) == 'image: redis:8\ncommand: [python, "-m", "two words"]\n'


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("", "''"),
        ('$HOME #no \\n "x"', "'$HOME #no \\n \"x\"'"),
        ("one\ntwo", "'one\ntwo'"),
        ("it's $5", '"it\'s \\$5"'),
        ("C:\\new\\", '"C:\\\\new\\\\"'),
        ("a\r\nb", '"a\\r\\nb"'),
    ],
)
def test_env_files_quote_as_little_as_holds_the_value(value: str, quoted: str) -> None:
    assert env_text({"NAME": value}, "heading") == f"# heading\nNAME={quoted}\n"
