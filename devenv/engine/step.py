"""What a plan is made of: steps with their causes; str() of each is what the user reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from devenv.config.environment import Origin

CAUSES_SHOWN = 3


class Action(StrEnum):
    """What a step does. KEEP is no step: plans list it apart."""

    FETCH = "fetch"
    BUILD = "build"
    PULL = "pull"
    CREATE = "create"
    RECREATE = "recreate"
    START = "start"
    RESTART = "restart"
    UPGRADE = "upgrade"  # of a database's data to another version
    SWITCH = "switch"  # of a database to another branch's data
    RUN = "run"
    STOP = "stop"
    REMOVE = "remove"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Cause:
    """Why: one clause, and the line of a file that is behind it."""

    text: str
    origin: Origin | None = None

    def __str__(self) -> str:
        return f"{self.text}, {self.origin.place}" if self.origin else self.text


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One thing that the engine is told.

    `subject`: a compose service's name, an image's or a volume's. `container_id`: the container that is
    acted on as it stands; None where compose makes one. `risk`: what becomes of data, continuing the
    subject's name; such a step asks before, and is refused where nobody can be asked. `volume`: whose data an
    upgrade brings over.
    """

    action: Action
    subject: str
    causes: tuple[Cause, ...] = ()
    container_id: str | None = None
    risk: str = ""
    volume: str = ""

    def __str__(self) -> str:
        shown = [str(cause) for cause in self.causes[:CAUSES_SHOWN]]
        if len(self.causes) > CAUSES_SHOWN:
            shown.append(f"and {len(self.causes) - CAUSES_SHOWN} more")
        return f"{self.action} {self.subject}" + (f": {'; '.join(shown)}" if shown else "")


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in the order in which they are executed, and what stays as it is."""

    steps: tuple[Step, ...]
    kept: tuple[Step, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.steps)

    def __str__(self) -> str:
        return "\n".join(str(step) for step in (*self.steps, *self.kept))

    @property
    def risky(self) -> tuple[Step, ...]:
        """The steps that somebody has to agree to."""
        return tuple(step for step in self.steps if step.risk)

    def subjects(self, *actions: Action) -> tuple[str, ...]:
        """What is acted on in these ways, in order."""
        return tuple(step.subject for step in self.steps if step.action in actions)
