"""Raw times to figures, and figures to a table that people read."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from tests.e2e.restless import Tally

COLUMNS = (
    "set-up",
    "client",
    "saves",
    "save → served, median",
    "p95",
    "against devenv",
    "answered",
    "failed",
    "stale",
    "longest gap",
)
GAPS_MS = (50, 75, 100, 125, 150, 200)


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """One set-up under one load. `never_served` saves are not among the times."""

    setup: str
    load: str
    served_ms: tuple[float, ...]
    never_served: int
    tally: Tally

    @property
    def median_ms(self) -> float:
        return statistics.median(self.served_ms) if self.served_ms else float("nan")

    @property
    def p95_ms(self) -> float:
        if len(self.served_ms) < 2:
            return self.median_ms
        return statistics.quantiles(self.served_ms, n=20, method="inclusive")[-1]


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerRound:
    """Save -> the first report that the changed task computed; None where it did not within the limit."""

    setup: str
    changed_ms: tuple[float | None, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """Everything that one run measured, and what it ran on."""

    versions: Mapping[str, str]
    rounds: Sequence[Round]
    workers: Sequence[WorkerRound] = field(default_factory=tuple)

    def as_json(self) -> dict[str, object]:
        return {
            "versions": dict(self.versions),
            "rounds": [
                {**asdict(each), "median_ms": each.median_ms, "p95_ms": each.p95_ms} for each in self.rounds
            ],
            "workers": [asdict(each) for each in self.workers],
        }


def table_of(run: Run) -> str:
    """The figures as a Markdown table, with ratios against devenv where it took part."""
    rows = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    rows += [_row(each, _devenv_round(run, each.load)) for each in run.rounds]
    rows += ["", *(_gaps(each) for each in run.rounds)]
    if run.workers:
        rows += ["", "| set-up | save of a task → its first new result |", "|---|---|"]
        rows += [f"| {each.setup} | {_worker_cell(each)} |" for each in run.workers]
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    return "\n".join([*rows, "", versions])


def _row(each: Round, devenv: Round | None) -> str:
    ratio = f"{each.median_ms / devenv.median_ms:.1f} times" if devenv else ""
    saves = len(each.served_ms) + each.never_served
    late = f" ({each.never_served} never)" if each.never_served else ""
    cells = [
        each.setup,
        each.load,
        f"{saves}{late}",
        f"{each.median_ms:.0f} ms",
        f"{each.p95_ms:.0f} ms",
        ratio,
        str(each.tally.answered),
        _failures(each.tally),
        str(each.tally.stale),
        f"{each.tally.longest_gap_ms:.0f} ms",
    ]
    return f"| {' | '.join(cells)} |"


def _gaps(each: Round) -> str:
    """How often nobody was answered for how long."""
    over = ", ".join(f"{sum(gap > limit for gap in each.tally.gaps_ms)} of {limit} ms" for limit in GAPS_MS)
    return f"- {each.setup}, {each.load}: gaps of more than: {over}"


def _failures(tally: Tally) -> str:
    most = sorted(tally.failed.items(), key=lambda item: -item[1])
    reasons = ", ".join(f"{count} {reason}" for reason, count in most)
    return f"**{tally.failures}** ({reasons})" if reasons else "**0**"


def _worker_cell(each: WorkerRound) -> str:
    times = [time for time in each.changed_ms if time is not None]
    if not times:
        return "never, it must be restarted by hand"
    return f"{statistics.median(times):.0f} ms (median of {len(times)})"


def _devenv_round(run: Run, load: str) -> Round | None:
    return next((each for each in run.rounds if each.setup == "devenv" and each.load == load), None)
