"""From a save to what serves it: the moments of one change, and how fast saves are served. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from devenv.agent.protocol import Reloaded
from devenv.events import SaveServed

REMEMBERED_SAVES = 1000
SEEN, SENT, APPLIED, READY = "seen", "sent", "applied", "ready"


@dataclass(frozen=True, kw_only=True, slots=True)
class Applied:
    """A batch that is in the containers. Units: seconds of one clock."""

    paths: tuple[str, ...]
    generation: int
    seen: float
    sent: float
    applied: float


class Traces:
    """Saves on their way to the processes that serve, each told once all of these have said what they did.

    A process that starts while another save arrives tells of both at once: so does their one trace.
    """

    def __init__(self, served: Iterable[str]) -> None:
        self._served = frozenset(served)
        self._open: list[tuple[Applied, set[str]]] = []
        self._slowest: dict[int, SaveServed] = {}
        self._reloads: deque[float] = deque(maxlen=REMEMBERED_SAVES)

    def begin(self, applied: Applied, told: Collection[str]) -> SaveServed | None:
        """A batch was acknowledged; `told`: who will say what they do. Told at once where none serves."""
        waiting = self._served & set(told)
        if waiting:
            self._open.append((applied, set(waiting)))
            return None
        return _told(applied, "", _stages_until_applied(applied), action="none", cause="no process serves")

    def hear(self, process: str, message: Reloaded, now: float) -> tuple[bool, SaveServed | None]:
        """Whether a trace tells of this, and the trace if it is complete by it."""
        concerned = [item for item in self._open if process in item[1] and _is_answer(message, item[0])]
        if not concerned:
            return False, None
        self._open = [item for item in self._open if item not in concerned]
        joined = _joined([applied for applied, _ in concerned])
        waiting = set().union(*(waiting for _, waiting in concerned)) - {process}
        served = _served(joined, process, message, now)
        before = self._slowest.pop(joined.generation, None)
        slowest = served if before is None or _weight(served) >= _weight(before) else before
        if waiting:
            self._open.append((joined, waiting))
            self._slowest[joined.generation] = slowest
            return message.action != "failed", None
        if slowest.action == "reload":
            self._reloads.append(slowest.milliseconds)
        is_told = slowest.action != "failed"
        return message.action != "failed", self._with_figures(slowest) if is_told else None

    def forget(self, process: str) -> None:
        """Nobody waits for a process that is gone."""
        self._open = [(applied, left) for applied, waiting in self._open if (left := waiting - {process})]

    def _with_figures(self, served: SaveServed) -> SaveServed:
        ordered = sorted(self._reloads)
        if not ordered:
            return served
        return replace(
            served, p50_ms=_percentile(ordered, 50), p95_ms=_percentile(ordered, 95), saves=len(ordered)
        )


def _is_answer(message: Reloaded, applied: Applied) -> bool:
    """What is done about a generation is done about those before it; nothing, about itself alone."""
    if message.action == "none":
        return message.generation == applied.generation
    return message.generation >= applied.generation


def _joined(batches: list[Applied]) -> Applied:
    """Several saves as the one that was served: the last, whose start did what the others had begun."""
    paths = tuple(dict.fromkeys(path for each in batches for path in each.paths))
    return replace(max(batches, key=lambda each: each.generation), paths=paths)


def _served(applied: Applied, process: str, message: Reloaded, now: float) -> SaveServed:
    """The agent's stages count from when it heard of the change, and end when it was ready."""
    heard = now - message.duration_ms / 1000
    since = 1000 * (heard - applied.seen)
    inner = tuple((name, round(since + at, 1)) for name, at in message.stages if name != READY)
    stages = _stages_until_applied(applied)
    if any(name == APPLIED for name, _ in inner):
        stages = stages[:-1]
    end = ((READY, _ms(now - applied.seen)),) if message.action in {"reload", "reset"} else ()
    return _told(
        applied,
        process,
        (*stages, *inner, *end),
        action=message.action,
        cause=message.cause,
        rung=message.rung,
        before=message.before,
        obstacle=message.obstacle,
    )


def _told(
    applied: Applied,
    process: str,
    stages: tuple[tuple[str, float], ...],
    *,
    action: str,
    cause: str,
    rung: str = "",
    before: str = "",
    obstacle: str = "",
) -> SaveServed:
    return SaveServed(
        paths=applied.paths,
        generation=applied.generation,
        process=process,
        action=action,
        cause=cause,
        rung=rung,
        before=before,
        milliseconds=stages[-1][1],
        stages=stages,
        obstacle=obstacle,
    )


def _stages_until_applied(applied: Applied) -> tuple[tuple[str, float], ...]:
    return (
        (SEEN, 0.0),
        (SENT, _ms(applied.sent - applied.seen)),
        (APPLIED, _ms(applied.applied - applied.seen)),
    )


def _weight(served: SaveServed) -> tuple[bool, bool, float]:
    """Of several processes that serve, the one that says when the save was served everywhere."""
    return (served.action == "failed", served.action != "none", served.milliseconds)


def _percentile(ordered: list[float], percent: int) -> float:
    """The nearest rank."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 1)
