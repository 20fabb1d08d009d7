"""Inside the app: the process that the agent starts with the app's own interpreter."""

from __future__ import annotations

import json
import os
import socket
import sys
from typing import Any, Callable, Dict

from . import failure, wsgi
from .checkpoints import Link, Trail
from .control import Serving, Started


def main(text: str) -> int:
    """Load what `text` (JSON, see process.py) says and serve or run it; the exit code."""
    options = json.loads(text)
    link = Link(
        socket.socket(fileno=options["channel"]),
        socket.socket(fileno=options["listener"]) if options["listener"] >= 0 else None,
        options["generation"],
    )
    link.tell(Started(os.getpid()))
    trail = Trail(options["root"], link)
    sys.meta_path.insert(0, trail)
    try:
        work = _load(options, trail, link)
    except BaseException as error:
        return _report(error, options["root"], trail, link)
    work()
    return 0


def _load(options: Dict[str, Any], trail: Trail, link: Link) -> Callable[[], None]:
    sys.argv = [options["wsgi"]]
    sys.path.insert(0, os.getcwd())
    application = wsgi.load(options["wsgi"])
    trail.finish()
    link.tell(Serving(""))
    return lambda: wsgi.serve(application, link)


def _report(error: BaseException, root: str, trail: Trail, link: Link) -> int:
    failed = failure.describe(error, root)
    failure.print_failure(failed)
    trail.flush()
    link.tell(failed)
    return 1
