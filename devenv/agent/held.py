"""Inside the app: a server that is written as a command serves the held port, and ends as the agent says."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
import time

from . import debugger, limit
from .accepting import obey
from .binding import Binding
from .checkpoints import Link, Trail
from .command import Invocation, application_of, serves_by_itself
from .control import Paused, Serving
from .pages_django import install
from .resets import reset
from .sessions import SESSIONS
from .visits import hand_over
from .wsgi import django_is_used, load_attribute, load_urls

# The costly part of a server, less what begins daphne's event loop.
SERVER_MODULES = {
    "daphne": ("daphne.http_protocol", "daphne.ws_protocol", "twisted.internet.asyncioreactor"),
    "gunicorn": ("gunicorn.app.wsgiapp", "gunicorn.arbiter", "gunicorn.workers.sync"),
}
UNDER_WAY_SECONDS = 0.3  # for what its workers are at, of which a server's main process knows nothing


def give_port(invocation: Invocation, link: Link, trail: Trail, folder: str) -> None:
    """From when the command listens, a thread pauses and ends it; until then it leaves checkpoints behind."""

    def listening() -> None:
        trail.close()
        limit.end()
        link.share_generation()
        install(link)
        debugger.begin(folder, link)
        threading.Thread(target=_listen_to_agent, args=(invocation, link, binding), daemon=True).start()
        link.announce(Serving(invocation.name, link.stages))

    assert link.listener is not None
    binding = Binding(link.listener, listening, lambda connection: hand_over(link, connection))
    binding.install()


def load_first(invocation: Invocation) -> None:
    """Load the app, every URL included, before its server opens what cannot be forked."""
    target = application_of(invocation)
    if invocation.name not in SERVER_MODULES or not target:
        return
    for module in SERVER_MODULES[invocation.name]:
        importlib.import_module(module)
    sys.path.insert(0, os.getcwd())
    load_attribute(target)
    if django_is_used():
        load_urls()


def _listen_to_agent(invocation: Invocation, link: Link, binding: Binding) -> None:
    """The thread that accepts is left alone: it must finish what it is at."""
    grace_seconds, paused_at = -1.0, 0.0

    def is_idle() -> bool:
        if serves_by_itself(invocation):
            return binding.is_idle
        return time.monotonic() - paused_at >= UNDER_WAY_SECONDS

    while grace_seconds < 0:
        paused, grace_seconds = obey(link, reset, is_idle)
        if paused:
            binding.pause()
            paused_at = time.monotonic()
            link.tell(Paused())
    binding.pause()
    if serves_by_itself(invocation):
        binding.hang_up()
    # gunicorn's workers have connections of their own, and it waits for them itself.
    binding.wait_until_idle(grace_seconds)
    SESSIONS.wait_for(lambda: binding.is_idle)
    os.kill(os.getpid(), signal.SIGTERM)
