"""What a workflow tells while it works; views turn these into words, nothing else does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, get_args

from devenv.errors import Card, DevenvError, Edit


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step of the plan begins. `step` is its sentence, cause included."""

    step: str


@dataclass(frozen=True, slots=True)
class StepFinished:
    """The step is done."""

    step: str
    seconds: float


@dataclass(frozen=True, slots=True)
class OutputLine:
    """A line that a tool printed during a step: the build, a pull, compose."""

    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something is being waited for: "db: starting (health check)"."""

    text: str


@dataclass(frozen=True, slots=True)
class AppReady:
    """The app answered. `status` is the HTTP status of the answer."""

    process: str
    url: str
    status: int
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Synced:
    """A batch was acknowledged by the containers; `milliseconds` from the first event to the answer.

    `is_traced`: a SaveServed will tell of it.
    """

    paths: tuple[str, ...]
    generation: int
    size_bytes: int
    milliseconds: float
    is_traced: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SaveServed:
    """What became of a save, told when the processes that serve have said what they did.

    `process`: the last of them. `action`: "reload", "reset" or "none"; `rung`, `before`, `cause`,
    `obstacle`: as ProcessReloaded has them. `stages`: [name, milliseconds since the save was seen] each:
    seen, sent, paused (nobody accepts), applied, resumed, loaded, ready. `milliseconds`: the last of them.
    `p50_ms`, `p95_ms`: of the `saves` that were reloaded since the watching began.
    """

    paths: tuple[str, ...]
    generation: int
    process: str
    action: str
    cause: str
    rung: str
    before: str
    milliseconds: float
    stages: tuple[tuple[str, float], ...]
    p50_ms: float = 0
    p95_ms: float = 0
    saves: int = 0
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class SyncProblem:
    """Paths could not be read or written, all for one reason; they are tried again."""

    paths: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Pulled:
    """Files that a container made came back to the host; `conflicts` were kept aside."""

    paths: tuple[str, ...]
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ProcessReloaded:
    """A process runs the new code (or, with `traceback` or the end of its log, cannot).

    `rung`: "chain", or "cold"; `before`: the module before which the checkpoint stood; `obstacle`: why
    there is none nearer to the change, or "". `is_traced`: a SaveServed tells of it.
    """

    process: str
    generation: int
    action: str
    rung: str
    cause: str
    milliseconds: float
    traceback: str = ""
    card: Card | None = None
    before: str = ""
    is_traced: bool = False
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class ProcessState:
    """A process changed its state: starting, ready, broken, stopped, unreachable."""

    process: str
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ConfigRejected:
    """devenv.yaml was edited and is not valid; the last good one stays in force."""

    details: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Something went wrong that watching survives; words and card as a DevenvError has them.

    `subject`: the service, process or job that it happened to, "" where it is none.
    """

    summary: str
    details: str = ""
    hint: str = ""
    card: Card | None = None
    subject: str = ""

    @classmethod
    def by(cls, error: DevenvError) -> Failed:
        """What an exception says."""
        subject = error.failure.subject if error.failure else ""
        return cls(error.summary, error.details, error.hint, error.card, subject)


@dataclass(frozen=True, slots=True)
class Notice:
    """One line that the user should see."""

    text: str
    hint: str = ""


Event = (
    StepStarted
    | StepFinished
    | OutputLine
    | Waiting
    | AppReady
    | Synced
    | SaveServed
    | SyncProblem
    | Pulled
    | ProcessReloaded
    | ProcessState
    | ConfigRejected
    | Failed
    | Notice
)
Emit = Callable[[Event], None]
_KINDS = {kind.__name__: kind for kind in (*get_args(Event), Card, Edit)}


def event_values(event: Event) -> dict[str, Any]:
    """An event as JSON knows values, under `event` its name."""
    return {"event": type(event).__name__, **asdict(event)}


def event_of(values: Mapping[str, Any]) -> Event | None:
    """The event that `event_values` took apart; None for one that this devenv does not know."""
    kind = _KINDS.get(values.get("event", ""))
    try:
        return _made(kind, values) if kind in get_args(Event) else None
    except (TypeError, KeyError):
        return None


def _made(kind: Any, values: Mapping[str, Any]) -> Any:
    return kind(**{each.name: _value(values[each.name], each.name) for each in fields(kind)})


def _value(value: Any, name: str) -> Any:
    """Lists were tuples; a card and its edit are values of their own."""
    if isinstance(value, dict) and name in {"card", "edit"}:
        return _made(_KINDS[name.title()], value)
    return tuple(_value(each, "") for each in value) if isinstance(value, list) else value
