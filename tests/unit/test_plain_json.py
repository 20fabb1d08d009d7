from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devenv.plain_json import loads, quoted

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.sampled_from(["", " ", "\n\t"]), st.sampled_from([None, 2]), st.booleans())
def test_it_reads_what_the_package_reads(
    value: object, blank: str, indent: int | None, is_ascii: bool
) -> None:
    text = blank + json.dumps(value, indent=indent, ensure_ascii=is_ascii) + blank
    assert loads(text) == json.loads(text)


@given(st.text(alphabet='[]{}",:0123456789.eE-truefalsn\\u \n', max_size=12))
def test_what_is_no_json_is_told_as_the_package_does(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            loads(text)
    else:
        assert loads(text) == expected


def test_numbers_that_are_none_are_read_too() -> None:
    assert loads("[Infinity, -Infinity]") == [float("inf"), float("-inf")]
    assert str(loads("NaN")) == "nan"


@given(st.text())
def test_a_text_is_quoted_as_the_package_does(text: str) -> None:
    assert quoted(text) == json.dumps(text)
