"""The reference that comes with devenv: which section is about a key, a command or a service; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

SECTIONS = (
    *("app.dependencies", "app.dockerfile", "app", "services", "processes", "jobs", "sync", "on_change"),
    "extends",
)
WHOLE_FILE = "the file"

_FENCE = re.compile(r"^(?:```|~~~)")
_HEADING = re.compile(r"^(#{1,4}) (.+)$")
_ROW = re.compile(r"^\| `([\w-]+)` \|.*\| (.+) \|$")


def topic_of(key: str) -> str:
    """The section of docs/devenv-yaml.md that is about a dotted key."""
    return next((each for each in SECTIONS if f"{key}.".startswith(f"{each}.")), WHOLE_FILE)


def sections_of(document: str) -> Mapping[str, str]:
    """The text of each section with what is below it, by topic: the heading in small letters, unquoted.

    A heading "stop, restart" is of both.
    """
    lines = document.splitlines(keepends=True)
    headings = list(_headings(lines))
    found: dict[str, str] = {}
    for place, (start, level, title) in enumerate(headings):
        after = (begin for begin, other, _ in headings[place + 1 :] if other <= level)
        text = "".join(lines[start : next(after, len(lines))])
        for topic in title.replace("`", "").lower().split(","):
            found.setdefault(topic.strip(), text)
    return found


def keys_of(document: str) -> Iterator[tuple[str, str, str]]:
    """Each key of the tables: the section that it stands in, the key, its meaning."""
    section = ""
    for line in document.splitlines():
        if heading := _HEADING.match(line):
            section = heading[2].replace("`", "").lower()
        elif row := _ROW.match(line):
            yield section, row[1], row[2]


def _headings(lines: list[str]) -> Iterator[tuple[int, int, str]]:
    """The line's number, level and title of each heading; a comment in a snippet is none."""
    is_code = False
    for number, line in enumerate(lines):
        if _FENCE.match(line):
            is_code = not is_code
        elif not is_code and (heading := _HEADING.match(line)):
            yield number, len(heading[1]), heading[2]
