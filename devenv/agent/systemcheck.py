"""Inside the app: Django's system checks, which `runserver` makes before it serves.

They take as long as a quick reload, and import what no request needs: the first requests are answered before
them. After checks that failed the next start makes them before it serves, so that no page flickers.
"""

from __future__ import annotations

import inspect
import os
import sys
import threading
import time
from typing import Any, List, Optional

from .checkpoints import FOREIGN, Link
from .control import Failed
from .failure import frame_of

AFTER_SECONDS = float(os.environ.get("DEVENV_CHECK_AFTER_SECONDS") or 0.3)
"""A negative number leaves the checks out."""


class ChecksFailed(Exception):
    """A start that failed checks before."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.summary)
        self.failed = failed


def check(root: str, link: Link) -> None:
    """Before serving where that is asked for, else a moment later. Raises ChecksFailed."""
    if AFTER_SECONDS < 0 or "django.core.checks" not in sys.modules:
        return
    if not link.checks_first:
        threading.Thread(target=_check_later, args=(root, link), name="devenv-checks", daemon=True).start()
        return
    failed = run_checks(root)
    if failed is not None:
        raise ChecksFailed(failed)


def _check_later(root: str, link: Link) -> None:
    time.sleep(AFTER_SECONDS)
    try:
        failed = run_checks(root)
    except Exception:
        return  # a check that fails itself says nothing of the code; `manage.py check` shows it
    if failed is not None:
        sys.stderr.write(failed.traceback)
        sys.stderr.flush()
        link.tell(failed)


def run_checks(root: str) -> Optional[Failed]:
    """What `manage.py check` would fail with."""
    from django.core import checks

    messages = [
        message for message in checks.run_checks() if message.is_serious() and not message.is_silenced()
    ]
    if not messages:
        return None
    frames = [frame for message in messages for frame in [_frame_of(message.obj, root)] if frame]
    first = messages[0]
    summary = "SystemCheckError: %s (%s)" % (" ".join(first.msg.split()), first.id)
    lines = ["System check identified %d issue%s:\n" % (len(messages), "s" * (len(messages) > 1))]
    lines += [
        '  File "%s", line %d, in %s\n' % (os.path.join(root, path), line, name)
        for path, line, name, *_ in frames[:1]
    ]
    lines += ["SystemCheckError: %s\n" % message for message in messages]
    return Failed(summary[:500], "".join(lines), frames)


def _frame_of(checked: Any, root: str) -> Optional[List[Any]]:
    """Where what was checked is written, as far as it is a class of the project, or a part of one."""
    written = getattr(checked, "model", checked)
    if not inspect.isclass(written):
        written = type(written)
    try:
        file, line = inspect.getsourcefile(written) or "", inspect.getsourcelines(written)[1]
    except (OSError, TypeError):
        return None
    is_ours = file.startswith(root + os.sep) and not any(part in file for part in FOREIGN)
    return frame_of(file, _line_of_part(file, line, checked), written.__name__, root) if is_ours else None


def _line_of_part(file: str, line: int, checked: Any) -> int:
    """The line of a field in its class, else of the class."""
    name = getattr(checked, "name", None) if hasattr(checked, "model") else None
    if not isinstance(name, str):
        return line
    import linecache

    for number, text in enumerate(linecache.getlines(file)[line - 1 :], line):
        if text.strip().startswith((name + " =", name + "=", name + ":")):
            return number
    return line
