"""What commands return, as text for people; aligned columns, readable without colour."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.databases.listing import Snapshot
    from devenv.engine.checks import Finding
    from devenv.engine.leftovers import Leftover
    from devenv.engine.step import Plan, Step
    from devenv.sync.convergence import Comparison
    from devenv.workflows.environments import ListedEnvironment

SHOWN_PATHS = 20
SHOWN_CAUSES = 8
_PINNED = re.compile(r"(@sha256:[0-9a-f]{12})[0-9a-f]+")


def plan_text(plan: Plan) -> str:
    """The steps in their order, what is kept below; a cause to a line, and what becomes of data."""
    if not plan:
        return "nothing to do"
    wide = max(len(_shown(step.subject)) for step in (*plan.steps, *plan.kept))
    lines = [line for step in plan.steps for line in _step_lines(step, wide)]
    kept = [line for step in plan.kept for line in _step_lines(step, wide)]
    return "\n".join([*lines, *(["", *kept] if kept else [])])


def _step_lines(step: Step, wide: int) -> list[str]:
    """An action, its subject, and the causes below each other."""
    causes = [str(cause) for cause in step.causes[:SHOWN_CAUSES]]
    if len(step.causes) > SHOWN_CAUSES:
        causes.append(f"and {len(step.causes) - SHOWN_CAUSES} more")
    told = [*causes, *([f"asks first: it {step.risk}"] if step.risk else [])] or [""]
    heads = [f"{step.action:<9} {_shown(step.subject):<{wide}}", *[" " * (10 + wide)] * (len(told) - 1)]
    return [f"{head}  {text}".rstrip() for head, text in zip(heads, told, strict=True)]


def _shown(subject: str) -> str:
    return _PINNED.sub(r"\1…", subject)


def plan_values(plan: Plan) -> dict[str, Any]:
    """A plan for programs: each cause with its file and line."""
    return {
        "is_empty": not plan,
        "steps": [_step_values(step) for step in plan.steps],
        "kept": [_step_values(step) for step in plan.kept],
    }


def _step_values(step: Step) -> dict[str, Any]:
    causes = [
        {
            "text": cause.text,
            "file": cause.origin.file if cause.origin else None,
            "line": cause.origin.line if cause.origin else None,
        }
        for cause in step.causes
    ]
    return {"action": step.action, "subject": step.subject, "causes": causes, "risk": step.risk or None}


def findings_text(findings: Sequence[Finding]) -> str:
    """One line a check, what to do below it."""
    lines = []
    for finding in findings:
        lines.append(f"{finding.verdict:<5} {finding.subject}: {finding.seen}")
        if finding.advice:
            lines.append(f"      {finding.advice}")
    return "\n".join(lines)


def comparison_text(comparison: Comparison) -> str:
    """Equal, or every path that differs; what containers keep for themselves below."""
    if comparison.is_equal:
        lines = [f"equal: {comparison.host_hash}"]
    else:
        lines = [f"{len(comparison.differences)} paths differ:"]
        lines += [f"  {change.kind:<8} {change.path}" for change in comparison.differences[:SHOWN_PATHS]]
        lines += _more(len(comparison.differences))
    if comparison.problems:
        lines += [
            "in trouble, and tried again while something watches:",
            *(f"  {path}: {reason}" for path, reason in comparison.problems[:SHOWN_PATHS]),
        ]
        lines += _more(len(comparison.problems))
    if comparison.kept:
        lines += [
            "only in the containers, and kept there:",
            *(f"  {path}" for path in comparison.kept[:SHOWN_PATHS]),
        ]
        lines += _more(len(comparison.kept))
    return "\n".join(lines)


def environments_text(environments: Sequence[ListedEnvironment], home: Path) -> str:
    """A line each; an asterisk at the one that the current folder is in."""
    if not environments:
        return "no environment on this machine; `devenv up` starts one"
    rows = [
        (
            ("* " if each.is_here else "  ") + each.found.project_name,
            each.found.state,
            ", ".join(each.found.urls),
            _shortened(each.found.root, home) + (" (gone)" if each.is_gone else ""),
        )
        for each in environments
    ]
    return "\n".join(columns(("  NAME", "STATE", "ADDRESS", "FOLDER"), rows))


def leftovers_text(leftovers: Sequence[Leftover], going: Sequence[Leftover]) -> str:
    """What there is to remove and how large it is; what stays unless it is asked for says so."""
    if not leftovers:
        return "nothing to remove: every environment's folder is there, and no older build is left"
    rows = [
        (
            each.kind,
            each.name,
            size_text(each.size_bytes),
            each.why + ("" if each in going else "; stays without --volumes"),
        )
        for each in leftovers
    ]
    return "\n".join(columns(("KIND", "NAME", "SIZE", "WHY"), rows))


def snapshots_text(snapshots: Sequence[Snapshot]) -> str:
    """A line each; the moment is this machine's time."""
    if not snapshots:
        return "no snapshot yet; `devenv db snapshot` takes one"
    rows = (
        (each.name, f"{datetime.fromtimestamp(each.made):%Y-%m-%d %H:%M}", size_text(each.size_bytes))
        for each in snapshots
    )
    return "\n".join(columns(("NAME", "TAKEN", "SIZE"), rows))


def total_size(leftovers: Iterable[Leftover]) -> str:
    """All sizes that are known, added up. Layers that two images share are counted in neither."""
    return size_text(sum(each.size_bytes or 0 for each in leftovers))


def size_text(size_bytes: int | None) -> str:
    """Units: powers of 1000, as docker prints them; "" where it is not known."""
    if size_bytes is None:
        return ""
    size, unit = float(size_bytes), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.3g} {unit}"


def _shortened(folder: str, home: Path) -> str:
    inside = folder.removeprefix(f"{home}/") if folder.startswith(f"{home}/") else ""
    return f"~/{inside}" if inside else folder or "?"


def layers_text(layers: Sequence[Mapping[str, str]]) -> str:
    """A line each, lowest first."""
    rows = [(layer["kind"], layer["layer"].removeprefix("profile ") + _source(layer)) for layer in layers]
    return "\n".join(columns(("KIND", "LAYER"), rows))


def _source(layer: Mapping[str, str]) -> str:
    """What the name of a layer does not say yet."""
    file = f" of {layer['file']}" if layer["kind"] == "profile" else ""
    return f"{file} at {layer['commit'][:12]}" if layer["commit"] else file


def columns(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows as left-aligned columns."""
    table = [tuple(heading), *(tuple(map(str, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in table]


def _more(count: int) -> list[str]:
    return [f"  and {count - SHOWN_PATHS} more"] if count > SHOWN_PATHS else []
