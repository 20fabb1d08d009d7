"""Inside the app: Django is set up as a test run sets it up; from there each run is forked.

What runs is pytest or manage.py itself, with the terminal of whoever asked.
"""

from __future__ import annotations

import array
import atexit
import json
import os
import runpy
import signal
import socket
import sys
import threading
import traceback
from typing import Any, Dict, List, NoReturn

from . import control
from .checkpoints import Link, Trail
from .control import Failed, Order, Serving, Tested

PYTEST = "pytest"
INTERRUPTED = 130


def main(options: Dict[str, Any], trail: Trail, link: Link) -> NoReturn:
    """Load, stay behind as a checkpoint, run what is ordered, and tell the exit code: nobody waits for it."""
    runner, settings = options["tests"]
    os.chdir(options["folder"])
    if settings:
        os.environ["DJANGO_SETTINGS_MODULE"] = settings
    code = 1
    try:
        (_run_pytest if runner == PYTEST else _run_manage)(trail, link)
        code = 0
    except SystemExit as end:
        code = _code_of(end)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends: one more would only cut off what it says
        code = INTERRUPTED
        if runner != PYTEST:  # which says so itself, once it runs
            traceback.print_exc()
    except BaseException:
        traceback.print_exc()
    trail.close()
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    _flush()
    link.tell(Tested(code))
    os._exit(code)


def _run_pytest(trail: Trail, link: Link) -> None:
    """pytest-django sets Django up before it reads any conftest.py: nothing of the project comes earlier."""
    sys.argv = [PYTEST]
    sys.path.insert(0, os.getcwd())
    try:
        __import__(PYTEST)
        import django
        from django.conf import settings

        _ = settings.DATABASES
        django.setup()
    except BaseException as error:
        _give_up(error, link)
    arguments = _wait_for_order(trail, link)
    del sys.path[0]
    sys.argv = [PYTEST, *arguments]
    sys.path.insert(0, os.getcwd())
    runpy.run_module(PYTEST, run_name="__main__", alter_sys=True)


def _run_manage(trail: Trail, link: Link) -> None:
    """manage.py runs as ever; its command line is replaced by that of the order once Django is set up."""
    sys.argv = ["manage.py", "test"]
    sys.path.insert(0, os.getcwd())
    import django

    set_up = django.setup

    def setup(*positional: Any, **named: Any) -> None:
        django.setup = set_up
        try:
            set_up(*positional, **named)
        except BaseException as error:
            _give_up(error, link)
        arguments = _wait_for_order(trail, link)
        utility = sys._getframe(1).f_locals.get("self")
        for command_line in (sys.argv, getattr(utility, "argv", sys.argv)):
            command_line[:] = ["manage.py", "test", *arguments]

    django.setup = setup
    if os.path.exists("manage.py"):
        runpy.run_path("manage.py", run_name="__main__")
    else:
        runpy.run_module("django", run_name="__main__", alter_sys=True)


def _give_up(error: BaseException, link: Link) -> NoReturn:
    """Whoever asked runs the tests from cold, and sees what is wrong as the runner says it."""
    if isinstance(error, KeyboardInterrupt):
        link.tell(Tested(INTERRUPTED))
    link.tell(Failed("%s: %s" % (type(error).__name__, error), "", []))
    os._exit(1)


def _wait_for_order(trail: Trail, link: Link) -> List[str]:
    """Here the checkpoint stands: what comes after it belongs to one run."""
    trail.finish(always=True)
    order, _ = control.receive(link.channel)
    if not isinstance(order, Order):
        os._exit(1)
    link.tell(Serving("tests", []))
    _take_over(order.address)
    return list(order.arguments)


def _take_over(address: str) -> None:
    """Standard input, output, errors and the environment of the one at `address`, who is told our pid."""
    with socket.socket(socket.AF_UNIX) as asker:
        asker.connect(address)
        files = array.array("i")
        data, ancillary, _, _ = asker.recvmsg(1 << 20, socket.CMSG_SPACE(3 * files.itemsize))
        for _, _, content in ancillary:
            files.frombytes(content[: len(content) - len(content) % files.itemsize])
        while not data.endswith(b"\n"):
            more = asker.recv(1 << 20)
            if not more:
                os._exit(1)
            data += more
        _flush()
        for target, file in enumerate(files):
            os.dup2(file, target)
            os.close(file)
        asker.sendall(b"%d" % os.getpid())
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=stream.isatty() or stream is sys.stderr)  # type: ignore[union-attr]
    settings = os.environ.get("DJANGO_SETTINGS_MODULE")
    os.environ.update(json.loads(data))
    if settings:
        os.environ["DJANGO_SETTINGS_MODULE"] = settings


def _code_of(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return int(end.code or 0)
    sys.stderr.write("%s\n" % end.code)
    return 1


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass
