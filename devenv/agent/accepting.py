"""Serving on the held socket: accept, and listen to the agent between two connections."""

from __future__ import annotations

import select
import selectors
import threading
import time
from typing import Callable, List, Tuple

from . import control
from .checkpoints import Link
from .control import AwaitIdle, Done, Idle, Pause, Paused, Reset, Stop, Warm

GENERATION_HEADER = "X-Devenv-Generation"
IDLE_POLL_SECONDS = 0.005


def accept_until_stopped(
    link: Link,
    accept: Callable[[], None],
    reset: Callable[[List[str]], None],
    is_idle: Callable[[], bool],
) -> float:
    """Call `accept` for each connection until the agent says stop; the seconds left for what is under way.

    What the agent said is read before the next connection is taken: what was committed before a request
    was sent is in force for it.
    """
    assert link.listener is not None
    with selectors.DefaultSelector() as selector:
        selector.register(link.channel, selectors.EVENT_READ)
        selector.register(link.listener, selectors.EVENT_READ)
        while True:
            ready = {key.fileobj for key, _ in selector.select()}
            if link.channel not in ready:
                accept()
                continue
            paused, grace_seconds = obey(link, reset, is_idle)
            if grace_seconds >= 0:
                return grace_seconds
            if paused:
                selector.unregister(link.listener)
                link.tell(Paused())


def is_awaited(link: Link) -> bool:
    """Whether a connection waits to be accepted."""
    assert link.listener is not None
    return bool(select.select([link.listener], [], [], 0)[0])


def tell_warm_unless_awaited(link: Link) -> None:
    """Nobody is kept waiting by a process that nobody waits for."""
    if not is_awaited(link):
        link.tell(Warm())


def obey(link: Link, reset: Callable[[List[str]], None], is_idle: Callable[[], bool]) -> Tuple[bool, float]:
    """Take one message of the agent: whether to pause, and the seconds until the end (or -1).

    is_idle: whether nothing is under way; asked for in another thread.
    """
    try:
        message, _ = control.receive(link.channel)
    except OSError:
        message = None
    if isinstance(message, Reset):
        reset(message.kinds)
        link.generation = message.generation
        if message.kinds:
            link.tell(Done(message.generation))
        return False, -1
    if isinstance(message, Pause):
        return True, -1
    if isinstance(message, AwaitIdle):
        threading.Thread(target=_tell_idle, args=(link, is_idle), daemon=True).start()
        return False, -1
    return False, message.grace_seconds if isinstance(message, Stop) else 0.0


def _tell_idle(link: Link, is_idle: Callable[[], bool]) -> None:
    while not is_idle():
        time.sleep(IDLE_POLL_SECONDS)
    link.tell(Idle())
