"""Inside the app: a celery worker lets go of its queue before it ends, so that no task is lost or runs twice.

celery's warm shutdown forgets the tasks that a pool process got and did not confirm yet. They run all the
same, and are put back for others as well, since nobody notes that they did; and the pool process waits half a
minute for someone to note it. So here they are confirmed first: nothing is taken from the queue any more,
nothing is given to a pool process, and then the worker is asked to end as `kill` would ask it.
"""

from __future__ import annotations

import os
import signal
import time
from typing import Any, Callable

from . import control
from .checkpoints import Link
from .control import Paused, Stop

CONFIRM_SECONDS = 2.0
LOOK_SECONDS = 0.005


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
            _when_confirmed(hub, consumer, time.monotonic() + CONFIRM_SECONDS, _end)

    hub.add_reader(link.channel.fileno(), heard)


def _let_go(consumer: Any) -> None:
    """What was fetched and waits is put back when the worker ends; celery forgets it in the same way."""
    try:
        consumer.task_consumer.cancel()
        consumer.controller.semaphore.clear()
    except Exception:  # the broker may be gone, and then nothing can be put back anyway
        pass


def _when_confirmed(hub: Any, consumer: Any, deadline: float, then: Callable[[], None]) -> None:
    if _unconfirmed(consumer) and time.monotonic() < deadline:
        hub.call_later(LOOK_SECONDS, _when_confirmed, hub, consumer, deadline, then)
    else:
        then()


def _unconfirmed(consumer: Any) -> bool:
    """Whether the pool was given a task that none of its processes has confirmed."""
    jobs = getattr(getattr(consumer.pool, "_pool", None), "_cache", {})
    return any(not getattr(job, "_accepted", True) for job in list(jobs.values()))


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
