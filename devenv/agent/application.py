"""Inside the app: the process that the agent starts with the app's own interpreter."""

from __future__ import annotations

import atexit
import importlib
import json
import os
import socket
import sys
from functools import partial
from typing import Any, Callable, Dict, NoReturn

from . import asgi, breakpoints, debugger, draining, failure, limit, suite, wsgi
from .checkpoints import Link, Trail
from .command import Invocation, run, says_when_loaded
from .control import DRAINS, WSGI, Serving, Started
from .held import give_port, load_first
from .stages import LOADED, RESUMED
from .systemcheck import ChecksFailed, check

CELERY_IS_READY = {"celery.apps.worker": "worker_ready", "celery.apps.beat": "beat_init"}
CELERY_HAS_LOADED = ("worker_init", "beat_init")  # a broker that is not there yet may be waited for


def main(text: str) -> int:
    """Load what `text` (JSON, see workers.py) says, and serve or run it; the exit code."""
    options = json.loads(text)
    link = Link(
        socket.socket(fileno=options["channel"]),
        socket.socket(fileno=options["listener"]) if options["listener"] >= 0 else None,
        options["generation"],
        options["boot"],
    )
    link.checks_first = options["checks_first"]
    link.tell(Started(os.getpid()))
    link.note(RESUMED)
    trail = Trail(options["root"], link, options["recent"])
    sys.meta_path.insert(0, trail)
    if "tests" in options:
        suite.main(options, trail, link)
    code = 0
    try:
        _load(options, trail, link)()
    except BaseException as error:
        limit.end()
        if not isinstance(error, SystemExit) or error.code:
            code = _report(error, options["root"], trail, link)
    if not options["invocation"]:
        _leave(code)
    return code


def _leave(code: int) -> NoReturn:
    """End a server without freeing each object, which would copy the pages shared with checkpoints."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass
    os._exit(code)


def _load(options: Dict[str, Any], trail: Trail, link: Link) -> Callable[[], None]:
    """Import what is to be served; call the result to serve it."""
    breakpoints.install(options["folder"], options["name"], link)
    if options["invocation"]:
        invocation = Invocation(*options["invocation"])
        if link.listener is not None or says_when_loaded(invocation):
            limit.begin()
        if invocation.name == "uvicorn" and link.listener is not None:
            serve = asgi.load_command(invocation.arguments, link)
            trail.finish()
            limit.end()
            debugger.begin(options["folder"], link)
            return serve
        return lambda: _run_command(options, invocation, trail, link)
    limit.begin()
    target = options["asgi"] or options["wsgi"]
    sys.argv = [target]
    sys.path.insert(0, os.getcwd())
    if options["asgi"]:
        serve = asgi.load(target, link)
        trail.finish()
        _look_after(options, link)
        return serve
    application = wsgi.load(target)
    trail.finish()
    _look_after(options, link)
    link.announce(Serving(WSGI, link.stages))
    return lambda: wsgi.serve(application, link, options["first_alone"])


def _look_after(options: Dict[str, Any], link: Link) -> None:
    """What development adds once the code is loaded, past the last fork."""
    check(options["root"], link)
    link.note(LOADED)
    limit.end()
    debugger.begin(options["folder"], link)


def _run_command(options: Dict[str, Any], invocation: Invocation, trail: Trail, link: Link) -> None:
    trail.is_prompt = True
    if not invocation.is_module:
        trail.note_file(invocation.target)
    for module, signal_name in CELERY_IS_READY.items():
        trail.on_lookup[module] = partial(_await_celery, signal_name, trail, link)
    if link.listener is not None:
        give_port(invocation, link, trail, options["folder"])
        load_first(invocation)
    run(invocation)


def _await_celery(signal_name: str, trail: Trail, link: Link) -> None:
    """Celery itself says when it is ready; its signals are loaded by the time its worker is."""
    from celery import signals

    def loaded(**_: Any) -> None:
        limit.end()

    def ready(sender: Any = None, **_: Any) -> None:
        from kombu.asynchronous import get_event_loop

        trail.close()
        hub = get_event_loop()
        # celery sees a wish to stop when its event loop wakes, up to a second late: the channel wakes it.
        if hub is not None:
            draining.listen(link, hub, sender)
        link.announce(Serving("celery" if hub is None else DRAINS, link.stages))

    for name in CELERY_HAS_LOADED:
        getattr(signals, name).connect(loaded, weak=False)
    getattr(signals, signal_name).connect(ready, weak=False)


def _cause_of(error: BaseException, trail: Trail) -> BaseException:
    """A tool that prints what went wrong and exits keeps it to itself: the import tells it again."""
    name = trail.failed_module() if isinstance(error, SystemExit) else None
    if name is not None:
        sys.path.insert(0, os.getcwd())
        try:
            importlib.import_module(name)
        except Exception as cause:
            return cause
    return error


def _report(error: BaseException, root: str, trail: Trail, link: Link) -> int:
    failed = (
        error.failed if isinstance(error, ChecksFailed) else failure.describe(_cause_of(error, trail), root)
    )
    trail.flush()
    link.tell(failed)
    return 1
