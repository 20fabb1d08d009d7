"""What processes that share pages cost together."""

from __future__ import annotations

from typing import Iterable, Tuple


def overhead_bytes(app: int, checkpoints: Iterable[int]) -> int:
    """What the machine holds for the process `app` and its `checkpoints`, over what it alone would need.

    Pss counts a page that n processes share as an nth of it in each.
    """
    resident, proportional = _measure(app)
    return proportional + sum(_measure(pid)[1] for pid in checkpoints) - resident


def _measure(pid: int) -> Tuple[int, int]:
    """Rss and Pss; zeros for a process that is gone, or on a kernel that does not tell."""
    try:
        with open("/proc/%d/smaps_rollup" % pid) as file:
            rows = [line.split() for line in file]
    except OSError:
        return 0, 0
    sizes = {row[0]: int(row[1]) * 1024 for row in rows if row[-1] == "kB"}
    return sizes.get("Rss:", 0), sizes.get("Pss:", 0)
