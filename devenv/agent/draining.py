"""Inside the app: a celery worker lets go of its queue before it ends, so that no task is lost or runs twice.

celery's warm shutdown forgets the tasks that a pool process got and did not confirm yet. They run all the
same, and are put back for others as well, since nobody notes that they did; and the pool process waits half a
minute for someone to note it. So here they are confirmed first: nothing is taken from the queue any more,
nothing is given to a pool process, and then the worker is asked to end as `kill` would ask it.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from typing import Any, Callable

from . import control
from .checkpoints import Link
from .control import Paused, Stop

CONFIRM_SECONDS = 2.0
LOOK_SECONDS = 0.005
KOMBU = "kombu.transport.virtual.base"


def listen(link: Link, hub: Any, consumer: Any) -> None:
    """Drain `consumer`'s worker when the agent says Stop; `hub` is its event loop."""

    def heard() -> None:
        try:
            message, _ = control.receive(link.channel)
        except OSError:
            message = None
        if message is None or isinstance(message, Stop):
            hub.remove(link.channel.fileno())
        if isinstance(message, Stop):
            link.tell(Paused())
            _let_go(consumer)
            _when_clear(hub, consumer, time.monotonic() + CONFIRM_SECONDS, _end)

    hub.add_reader(link.channel.fileno(), heard)


def _let_go(consumer: Any) -> None:
    """Take nothing more; what waits for a pool process is the broker's again."""
    try:
        consumer.task_consumer.cancel()
        if _is_popping(consumer):
            consumer.task_consumer.channel.qos.prefetch_count = 0  # who has enough would not look at it
            logging.getLogger(KOMBU).setLevel(logging.ERROR)  # it warns of what it puts back
        _put_back(consumer.controller.semaphore)
    except Exception:  # the broker may be gone, and then nothing can be put back anyway
        pass


def _put_back(semaphore: Any) -> None:
    """The last one first: each becomes the next one. Pools without a semaphore let nothing wait."""
    waiting = list(getattr(semaphore, "_waiting", ()))
    if waiting:
        semaphore.clear()
    for _, (request, *_), *_ in reversed(waiting):
        request.reject(requeue=True)


def _when_clear(hub: Any, consumer: Any, deadline: float, then: Callable[[], None]) -> None:
    if (_unconfirmed(consumer) or _is_popping(consumer)) and time.monotonic() < deadline:
        hub.call_later(LOOK_SECONDS, _when_clear, hub, consumer, deadline, then)
    else:
        then()


def _unconfirmed(consumer: Any) -> bool:
    """Whether the pool was given a task that none of its processes has confirmed."""
    jobs = getattr(getattr(consumer.pool, "_pool", None), "_cache", {})
    return any(not getattr(job, "_accepted", True) for job in list(jobs.values()))


def _is_popping(consumer: Any) -> bool:
    """Whether redis was asked for the next task and has not answered; kombu puts back what nobody awaits."""
    return bool(getattr(getattr(consumer.task_consumer, "channel", None), "_in_poll", False))


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
