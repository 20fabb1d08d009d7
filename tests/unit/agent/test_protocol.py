"""Frames: what goes in comes out, however the bytes are cut; what is no frame is refused."""

from __future__ import annotations

from typing import get_type_hints

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
    samples = {int: 7, str: "caf\u00e9 \udce9", float: 1.5, bool: True, bytes: b"\0\xff"}
    for message_type in MESSAGES:
        hints = get_type_hints(message_type)
        message = message_type(
            **{name: samples.get(hints[name], [["x", 1]]) for name in message_type._fields}
        )
        assert list(Decoder().feed(encode(message))) == [message]


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
