"""Inside the app: an exception as a value that the agent can show."""

from __future__ import annotations

import linecache
import os
import traceback
from typing import Any, List, Optional, Set

from .checkpoints import FOREIGN
from .control import Failed

OWN_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep
MAX_TEXT = 50_000
MAX_FRAMES = 40
CONTEXT_LINES = 4


def describe(error: BaseException, root: str) -> Failed:
    """The failure as its user should read it: without the frames that are ours."""
    told = _told_by(error)
    report = traceback.TracebackException(type(told), told, told.__traceback__)
    _leave_out_own(report, set())
    linecache.checkcache()
    frames = [frame_of(item.filename, item.lineno or 0, item.name, root) for item in report.stack]
    if isinstance(told, SyntaxError) and told.filename:
        frames.append(frame_of(told.filename, told.lineno or 0, "", root))
    text = "".join(report.format())
    if len(text) > MAX_TEXT:
        text = text[: MAX_TEXT // 2] + "\n  [...]\n" + text[-MAX_TEXT // 2 :]
    return Failed(_summary(told, report), text, frames[-MAX_FRAMES:])


def _told_by(error: BaseException) -> BaseException:
    """A command that reports its own failure and exits tells why in the exception it was handling."""
    cause: Optional[BaseException] = error
    if isinstance(error, SystemExit):
        cause = error.__cause__ or error.__context__
    return cause or error


def _leave_out_own(report: Any, seen: Set[int]) -> None:
    if report is None or id(report) in seen:
        return
    seen.add(id(report))
    kept = [item for item in report.stack if not _is_own(item.filename)]
    report.stack = traceback.StackSummary.from_list(kept)
    _leave_out_own(report.__cause__, seen)
    _leave_out_own(report.__context__, seen)


def _is_own(file: str) -> bool:
    return file.startswith((OWN_FOLDER, "<frozen importlib", "<frozen runpy"))


def _summary(error: BaseException, report: Any) -> str:
    if isinstance(error, SystemExit):
        return "the process asked to exit with %r" % (error.code,)
    if isinstance(error, SyntaxError):
        place = "%s:%s" % (os.path.basename(error.filename or "?"), error.lineno)
        return "%s: %s (%s)" % (type(error).__name__, error.msg, place)
    lines: List[str] = list(report.format_exception_only())
    return lines[-1].strip()[:500] if lines else type(error).__name__


def frame_of(file: str, line: int, function: str, root: str) -> List[Any]:
    """[path, line, function, first line shown, lines, in project]."""
    path = os.path.abspath(file) if not file.startswith("<") else file
    in_project = path.startswith(root + os.sep) and not any(part in path for part in FOREIGN)
    around = CONTEXT_LINES if in_project else 0
    first = max(1, line - around)
    lines = [linecache.getline(file, number).rstrip("\n")[:300] for number in range(first, line + around + 1)]
    shown = os.path.relpath(path, root) if in_project else path
    return [shown, line, function, first, lines, in_project]
