"""Frames: what goes in comes out, however the bytes are cut; what is no frame is refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devenv.agent.protocol import (
    LENGTHS,
    MAX_PAYLOAD_BYTES,
    MESSAGES,
    Commit,
    Decoder,
    Hello,
    ProtocolError,
    Stage,
    State,
    encode,
)


def test_every_message_comes_out_as_it_went_in() -> None:
    for message in samples():
        assert list(Decoder().feed(encode(message))) == [message]


def samples() -> list[Any]:
    """One message of each kind."""
    values: dict[Any, object] = {
        int: 7, str: "caf\u00e9 \udce9", float: 1.5, bool: True, bytes: b"\0\xff",
        list[str]: ["x"], list[int]: [1],
    }  # fmt: skip
    entry, pair = [["a.py", "file", True, "d1", 3]], [["a.py", "x"]]
    rows = {
        "entries": entry,
        "given": entry,
        "expected": entry,
        "pieces": [["a.py", 0, 2]],
        "stages": [["x", 1.5]],
        "decisions": [["a.py", "reload", "chain", "a.py", "shop.a", "", 7]],
    }
    return [
        kind(**{name: values.get(_plain(hint), rows.get(name, pair)) for name, hint in _hints(kind)})
        for kind in MESSAGES
    ]


def _hints(kind: type) -> Iterable[tuple[str, Any]]:
    return get_type_hints(kind).items()


def _plain(hint: Any) -> Any:
    arguments = getattr(hint, "__args__", (None,))
    return list[arguments[0]] if arguments[0] in (str, int) else hint  # type: ignore[valid-type]


@given(st.data())
def test_a_message_with_a_field_that_is_not_what_it_should_be_is_refused(data: st.DataObject) -> None:
    message = data.draw(st.sampled_from([sample for sample in samples() if sample._fields]))
    name = data.draw(st.sampled_from([name for name in message._fields if name != "payload"]))
    value = getattr(message, name)
    other: object = data.draw(
        st.sampled_from([None, 7, "x", 1.5, [7, "x"], {}, [[]], [[None]], [["a", "b", "c"]]]).filter(
            lambda drawn: type(drawn) is not type(value) or isinstance(drawn, list)
        )
    )
    broken = message._replace(**{name: other})
    try:
        received = list(Decoder().feed(encode(broken)))
    except ProtocolError:
        return
    assert name == "duration_ms", received


@given(
    st.lists(
        st.builds(Hello, version=st.integers()) | st.builds(Stage, st.integers(), st.just([]), st.binary())
    ),
    st.integers(1, 40),
)
def test_messages_come_out_whole_however_the_bytes_are_cut(sent: list[object], size: int) -> None:
    data = b"".join(encode(message) for message in sent)
    decoder = Decoder()
    received = [
        message for start in range(0, len(data), size) for message in decoder.feed(data[start : start + size])
    ]
    assert received == sent


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_or_waited_for_never_misread(data: bytes) -> None:
    try:
        received = list(Decoder().feed(data))
    except ProtocolError:
        return
    assert all(type(message) in MESSAGES for message in received)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"{}",
        b"[]",
        b'["Hello",{}]',
        b'["Hello",{"version":1,"more":2}]',
        b'["Nobody",{}]',
        b'["Hello",[]]',
        b"\xff",
    ],
)
def test_a_header_that_is_no_message_is_refused(header: bytes) -> None:
    with pytest.raises(ProtocolError):
        list(Decoder().feed(LENGTHS.pack(len(header), 0) + header))


def test_a_frame_larger_than_allowed_is_refused_before_it_arrives() -> None:
    with pytest.raises(ProtocolError, match="a frame of"):
        list(Decoder().feed(LENGTHS.pack(2, MAX_PAYLOAD_BYTES + 1)))


def test_names_that_are_not_utf_8_travel() -> None:
    message = Commit(1, [["caf\udce9.py", "file", False, "", 0]], ["x\udcff"], [], [["code", "caf\udce9.py"]])
    assert list(Decoder().feed(encode(message))) == [message]


def test_a_message_before_a_broken_frame_is_still_delivered() -> None:
    stream = Decoder().feed(encode(State("web", "ready", 1, "", [5])) + b"\xff" * 8)
    assert next(stream) == State("web", "ready", 1, "", [5])
    with pytest.raises(ProtocolError):
        next(stream)
