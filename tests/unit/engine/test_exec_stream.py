from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from devenv.engine.exec_stream import Demultiplexer


def frame(stream: int, content: bytes) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(content).to_bytes(4, "big") + content


@given(
    frames=st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=40)), max_size=8),
    cuts=st.lists(st.integers(0, 400), max_size=8),
)
def test_frames_come_out_whole_wherever_the_bytes_are_cut(
    frames: list[tuple[int, bytes]], cuts: list[int]
) -> None:
    data = b"".join(frame(stream, content) for stream, content in frames)
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    demultiplexer = Demultiplexer()
    pieces = [piece for begin, end in pairwise(places) for piece in demultiplexer.feed(data[begin:end])]
    for wanted in (1, 2):
        assert b"".join(content for stream, content in pieces if stream == wanted) == b"".join(
            content for stream, content in frames if stream == wanted
        )


def test_a_frame_that_is_not_complete_is_passed_on_as_far_as_it_came() -> None:
    demultiplexer = Demultiplexer()
    whole = frame(1, b"hello")
    assert demultiplexer.feed(whole[:10]) == [(1, b"he")]
    assert demultiplexer.feed(whole[10:] + frame(2, b"")) == [(1, b"llo")]
