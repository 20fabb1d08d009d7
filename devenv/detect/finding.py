"""What was found, where, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Confidence(StrEnum):
    """How sure a finding is."""

    CERTAIN = "certain"  # the project says so
    LIKELY = "likely"  # it follows from what the project says
    GUESS = "guess"  # nothing says so, or what does contradicts itself


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file of the project; line 0 for the file as a whole."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that a project tells: its topic, the value, why, and the places that show it."""

    topic: str
    value: str
    why: str = ""
    evidence: tuple[Place, ...] = ()
    confidence: Confidence = Confidence.CERTAIN
