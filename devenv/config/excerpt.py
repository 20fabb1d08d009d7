"""The line that a problem is about, with a caret below its column."""

from __future__ import annotations

from unicodedata import combining, east_asian_width

_WIDTH = 100
_GUTTER = "  | "


def excerpt(line: str, column: int) -> list[str]:
    """Two lines of text; none where the line is empty. What acts on a terminal is escaped, a tab to \\t."""
    if not line.strip():
        return []
    start = max(0, min(column - 1 - _WIDTH // 2, len(line) - _WIDTH))
    end = start + _WIDTH
    cut_before, cut_after = "…" * (start > 0), "…" * (end < len(line))
    before = cut_before + visible(line[start : column - 1])
    after = visible(line[column - 1 : end]) + cut_after
    return [_GUTTER + before + after, f"{_GUTTER}{' ' * _columns(before)}^"]


def visible(text: str) -> str:
    """`text` with line breaks and the like escaped."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes: Chinese characters take two, accents of their own none."""
    return sum(0 if combining(each) else 2 if east_asian_width(each) in "WF" else 1 for each in text)
