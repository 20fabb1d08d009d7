"""The view for people: a spinner and colour on a terminal, plain lines everywhere else."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.markup import escape

from devenv.dashboard.words import Line, Tone, line_of
from devenv.events import (
    Event,
    OutputLine,
    ProcessReloaded,
    ProcessState,
    SaveServed,
    StepFinished,
    StepStarted,
    Synced,
    Waiting,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.status import Status

STYLES: dict[Tone, str] = {"plain": "", "good": "green", "quiet": "dim", "warning": "yellow", "bad": "red"}


TOOLS = frozenset({"build", "pull", "compose"})


class TerminalView:
    """Shows events on `console` as they come, from any thread.

    `quiet` keeps to what went wrong; `verbose` shows what tools print even when all goes well.
    """

    def __init__(self, console: Console, *, quiet: bool = False, verbose: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._verbose = verbose
        self._status: Status | None = None
        self._failed: dict[str, tuple[int, str]] = {}  # by process: since which generation, and how
        self._states: dict[str, ProcessState] = {}  # what was heard of them last, by process
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        with self._lock:
            self._show(event)

    def close(self) -> None:
        """Take the spinner away."""
        with self._lock:
            self._stop_spinner()

    def _show(self, event: Event) -> None:
        line = line_of(event)
        if self._quiet and line.tone not in {"bad", "warning"}:
            return
        if not self._verbose and (is_told_otherwise(event) or not self._is_news(event)):
            return
        match event:
            case StepStarted() | Waiting():
                self._spin(line)
            case OutputLine(source, text) if source in TOOLS and not self._verbose:
                if self._console.is_terminal or _is_progress(source, text):
                    self._spin(line)
            case ProcessReloaded() if not self._verbose:
                self._print_reload(event, line)
            case SaveServed():
                self._print(replace(line, details=""))
                if self._verbose or event.action != "none":
                    self._print(Line(line.details, "quiet"))
            case StepFinished():
                self._stop_spinner()
                self._print(line)
            case _:
                self._print(line)

    def _is_news(self, event: Event) -> bool:
        """Not a passing state, what came of which is told, nor one that a vain start left as it was."""
        if not isinstance(event, ProcessState):
            return True
        known = self._states.get(event.process)
        was_away = known is not None and known.state == "unreachable"
        if was_away or event.state != "starting":
            self._states[event.process] = event
        match event.state:
            case "starting":
                return False
            case "ready":  # at once, where nobody heard how it started
                return was_away
            case _:
                return event != known

    def _print_reload(self, event: ProcessReloaded, line: Line) -> None:
        """web, worker and beat fail alike, and each is tried again: why is told once for each save."""
        if event.action != "failed":
            self._failed.pop(event.process, None)
            self._print(line)
            return
        failure = (event.generation, line.details)
        if self._failed.get(event.process) != failure:  # else it was tried again in vain
            is_known = failure in self._failed.values()
            self._failed[event.process] = failure
            self._print(replace(line, details="") if is_known else line)

    def _spin(self, line: Line) -> None:
        text = _fitted(line.text, self._console.width - 4)
        if not self._console.is_terminal:
            self._print(replace(line, text=text))
            return
        if self._status is None:
            self._status = self._console.status(escape(text), spinner="dots")
            self._status.start()
        else:
            self._status.update(escape(text))

    def _stop_spinner(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _print(self, line: Line) -> None:
        self._console.print(escape(line.text), style=STYLES[line.tone], highlight=False, soft_wrap=True)
        if line.details:
            self._console.print(escape(line.details.rstrip("\n")), highlight=False, soft_wrap=True)


def is_told_otherwise(event: Event) -> bool:
    """Whether a save's own line says it, or nothing need be said."""
    match event:
        case ProcessReloaded(action="none"):
            return True
        case Synced() | ProcessReloaded():
            return event.is_traced
        case _:
            return False


def _fitted(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 1, 1)] + "…"


def _is_progress(source: str, text: str) -> bool:
    """What is worth a line of its own where lines stay: steps of a build that really run."""
    return source != "compose" and "] " in text and not text.endswith(": cached")
