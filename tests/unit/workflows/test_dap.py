"""The end of a reloaded process asks the editor to come back; the end that its user wanted does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devenv.workflows.dap import Conversation, frame_of

STOPPED = frame_of({"seq": 1, "type": "event", "event": "stopped", "body": {"reason": "breakpoint ü"}})
ENDED = {"seq": 2, "type": "event", "event": "terminated"}


def test_what_passes_by_stays_as_it_is_but_for_the_end_of_the_process() -> None:
    conversation = Conversation()
    assert conversation.from_process(STOPPED + frame_of(ENDED)) == STOPPED + frame_of(
        {**ENDED, "body": {"restart": True}}
    )


@pytest.mark.parametrize("command", ["disconnect", "terminate"])
def test_who_leaves_is_not_called_back(command: str) -> None:
    conversation = Conversation()
    left = frame_of({"seq": 9, "type": "request", "command": command})
    assert conversation.from_editor(left) == left
    assert conversation.from_process(frame_of(ENDED)) == frame_of(ENDED)


@given(st.lists(st.integers(1, 40), max_size=40))
def test_messages_may_arrive_in_any_pieces(sizes: list[int]) -> None:
    conversation, left, passed = Conversation(), STOPPED * 3, b""
    for size in [*sizes, len(left)]:
        passed += conversation.from_process(left[:size])
        left = left[size:]
    assert passed == STOPPED * 3


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n\r\n", b"x" * 5000])
def test_what_is_no_debugger_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="message"):
        Conversation().from_process(data)
