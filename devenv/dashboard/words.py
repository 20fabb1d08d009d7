"""Each event as one line of words; a view only adds colour and place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from devenv.agent.protocol import FIRST_START
from devenv.errors import Card
from devenv.events import (
    AppReady,
    ConfigRejected,
    Event,
    Failed,
    Notice,
    OutputLine,
    ProcessReloaded,
    ProcessState,
    Pulled,
    SaveServed,
    StepFinished,
    StepStarted,
    Synced,
    SyncProblem,
    Waiting,
)

Tone = Literal["plain", "good", "quiet", "warning", "bad"]

SHOWN_PATHS = 3
LINES_WITH_CARD = 12  # a card quotes what is decisive; these show what was going on
SOURCE_FOLDER = '"/app/'
SLOW_MS = 150
PASSED = {
    "sent": "reading it",
    "paused": "the end of what was being accepted",
    "applied": "sending it",
    "resumed": "waking a process",
    "loaded": "importing from {} on",
    "ready": "beginning to serve",
}
"""What lies between a stage and the one before it."""
STATE_TONES: dict[str, Tone] = {"ready": "good", "broken": "bad", "unreachable": "warning"}


@dataclass(frozen=True, slots=True)
class Line:
    """What to say and how it is meant; `details` follow below, as they are."""

    text: str
    tone: Tone = "plain"
    details: str = ""


def line_of(event: Event) -> Line:  # noqa: C901, PLR0911, PLR0912 one case an event, nothing else
    """The event in words."""
    match event:
        case StepStarted(step):
            return Line(step, "quiet")
        case StepFinished(step, seconds):
            return Line(f"{step} ({duration(seconds)})", "good")
        case OutputLine(source, text):
            return Line(f"{source} | {text}", "quiet")
        case Waiting(text):
            return Line(f"waiting: {text}", "quiet")
        case AppReady(process, url, status, seconds):
            return Line(f"{process} answers {status} at {url} (after {duration(seconds)})", "good")
        case Synced():
            return Line(_synced(event), "quiet")
        case SaveServed():
            return _served(event)
        case SyncProblem(paths, reason):
            return Line(f"{some_paths(paths)}: not in the containers: {reason}; it is tried again", "warning")
        case Pulled(paths, conflicts):
            return _pulled(paths, conflicts)
        case ProcessReloaded():
            return _reloaded(event)
        case ProcessState(process, state, detail):
            tone = STATE_TONES.get(state, "quiet")
            return Line(f"{process}: {state}" + (f" ({detail})" if detail else ""), tone)
        case ConfigRejected(details):
            return Line("devenv.yaml is not valid; the last good one stays in force", "bad", details)
        case Failed():
            return Line(event.summary, "bad", "\n".join(explanation(event)))
        case Notice(text, hint):
            return Line(text, "warning", f"hint: {hint}" if hint else "")


def explanation(failed: Failed) -> Iterator[str]:
    """What is said below a failure's summary: the log, then its card, or the hint where it has none."""
    lines = failed.details.rstrip("\n").splitlines()
    if failed.card is None:
        yield from lines
        yield from [f"hint: {failed.hint}"] if failed.hint else []
    else:
        yield from lines[-LINES_WITH_CARD:]
        yield from card_lines(failed.card)


def card_lines(card: Card) -> Iterator[str]:
    """A failure card: the cause, what shows it, what to do next, and the very lines to write."""
    yield f"cause: {card.cause}"
    yield from (f"       {line}" for line in card.evidence)
    if card.edit is None:
        yield f"hint: {card.next_step}"
        return
    yield f"hint: {card.next_step}"
    yield f"      {'after' if card.edit.follows else 'in place of'} {card.edit.place}:"
    yield ""
    yield from card.edit.lines
    yield ""


def duration(seconds: float) -> str:
    """Seconds as people say them: 412 ms, 3.1 s, 2 min 05 s."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60):02} s"


def some_paths(paths: tuple[str, ...]) -> str:
    """The paths, or the first few and how many more."""
    shown = ", ".join(paths[:SHOWN_PATHS])
    return shown if len(paths) <= SHOWN_PATHS else f"{shown} and {len(paths) - SHOWN_PATHS} more"


def _synced(event: Synced) -> str:
    return f"{some_paths(event.paths)} synced in {duration(event.milliseconds / 1000)}"


def _served(event: SaveServed) -> Line:
    """Was it fast, and if not, why not; the whole way is in `details`."""
    took = duration(event.milliseconds / 1000)
    saved = some_paths(event.paths)
    if event.action == "none":  # of a process that serves; workers tell of themselves
        what = f", nothing to reload in {event.process}" if event.process else ""
        return Line(f"{saved}: in the containers after {took}{what}", "quiet", way_of(event))
    parts = [f"{saved}: served after {took}"]
    if event.action == "reset":
        parts.append(f"{event.process} forgot what it had read")
    elif reason := why_slow(event):
        parts.append(reason)
    figures = f"p50 {event.p50_ms:.0f}, p95 {event.p95_ms:.0f} ms of {event.saves}" if event.saves > 1 else ""
    return Line("; ".join(filter(None, [*parts, figures])), "good", way_of(event))


def why_slow(event: SaveServed) -> str:
    """What took the time of a reload that was not fast, "" for one that was."""
    if event.rung == "cold":
        return f"from cold: {event.cause}{_obstacle(event)}"
    if event.milliseconds < SLOW_MS:
        return ""
    gaps = [(after - before, name) for (_, before), (name, after) in pairwise(event.stages)]
    longest, name = max(gaps, default=(0.0, ""))
    what = PASSED.get(name, name).format(event.before or "the last checkpoint")
    return f"{what} took {longest:.0f} ms{_obstacle(event)}"


def _obstacle(event: SaveServed | ProcessReloaded) -> str:
    """What kept the chain from having a checkpoint nearer to the change."""
    return f" (no nearer checkpoint: {event.obstacle})" if event.obstacle else ""


def way_of(event: SaveServed) -> str:
    """The moments of a save on one line: seen 0 | sent 1 | applied 3 | resumed 6 before shop.views | …"""
    where = {"resumed": f" before {event.before}" if event.before else ""}
    return "  " + " | ".join(f"{name} {at:.0f}{where.get(name, '')}" for name, at in event.stages) + " ms"


def _pulled(paths: tuple[str, ...], conflicts: tuple[str, ...]) -> Line:
    text = f"from the container: {some_paths(paths)}" if paths else "from the container: nothing new"
    if not conflicts:
        return Line(text, "good")
    kept = f"both sides changed {some_paths(conflicts)}: yours stays, the other is in .devenv/conflicts/"
    return Line(text, "warning", kept)


def _reloaded(event: ProcessReloaded) -> Line:
    took = duration(event.milliseconds / 1000)
    match event.action:
        case "none":
            return Line(f"{event.process}: nothing to do ({event.cause})", "quiet")
        case "reset":
            return Line(f"{event.process}: forgot what it had read after {took} ({event.cause})", "good")
        case "failed":
            told = Failed("", brief(event.traceback), card=event.card)
            return Line(
                f"{event.process}: does not start: {event.cause}", "bad", "\n".join(explanation(told))
            )
        case _ if event.cause == FIRST_START:
            return Line(f"{event.process}: started in {took}", "good")
        case _:
            reason = f"{event.rung}; {event.cause}{_obstacle(event)}"
            return Line(f"{event.process}: runs the new code after {took} ({reason})", "good")


def brief(traceback: str) -> str:
    """A traceback without the frames of packages: the project's own, the last one, and what was raised."""
    frames: list[list[str]] = [[]]
    for line in traceback.rstrip("\n").splitlines():
        if line.startswith('  File "'):
            frames.append([])
        frames[-1].append(line)
    kept = [frame for frame in frames[1:-1] if SOURCE_FOLDER in frame[0]]
    return "\n".join(line for frame in [*kept, frames[-1]] for line in frame)
