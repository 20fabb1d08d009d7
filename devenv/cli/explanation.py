"""An explanation as text for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devenv.compiler.differences import GeneratedLine
    from devenv.workflows.explain import Explanation, Said

FOLDER = ".devenv"
SHOWN_RUNS = 40
SHOWN_COLUMNS = 160
_DOCUMENT = re.compile(r"<<-?[\"']?(?P<end>\w+)")  # a text in a Dockerfile, up to the line that is its end


def explanation_text(found: Explanation) -> str:
    """The key and its value; who says it, and over whom; what it became."""
    lines = [found.key] if found.kind == "mapping" else [f"{found.key}: {_value(found)}"]
    if found.kind == "default":
        lines.append(f"nobody sets it: the default{f' ({found.reason})' if found.reason else ''}")
    elif found.reason:
        lines.append(f"{'removed by ' if found.kind == 'removed' else ''}{found.reason}")
    if len(found.said) == 1:
        lines.append(f"set at {_place(found.said[0])}")
    elif found.said:
        lines += ["set at", *(f"  {_place(said)}: {_said(said)}" for said in found.said)]
    if found.overrode:
        lines += ["over", *(f"  {_place(said)}: {_said(said)}" for said in found.overrode)]
    lines += [f"  {each.key}: {_value(each)}  ({_place(each.said[0])})" for each in found.below]
    if found.lines:
        lines += ["became", *_runs(found.lines)]
    elif found.kind in {"set", "mapping"}:
        lines.append("no generated line differs by it")
    return "\n".join(lines)


def _value(found: Explanation) -> str:
    return "not set" if found.value is None else shown(found.value)


def _said(said: Said) -> str:
    return " ".join(filter(None, [said.mark, shown(said.value) if said.mark != "!reset" else ""]))


def _place(said: Said) -> str:
    """The place, and the layer where the place does not name it already."""
    return (
        said.place if not said.layer or said.place.startswith(said.layer) else f"{said.place}, {said.layer}"
    )


def shown(value: object) -> str:
    """A value on one line."""
    return value if isinstance(value, str) and value.isprintable() else json.dumps(value, ensure_ascii=False)


def _runs(lines: Iterable[GeneratedLine]) -> Iterator[str]:
    """A block of lines is shown by its first one."""
    blocks: list[list[GeneratedLine]] = []
    for line in lines:
        if blocks and _goes_on(blocks[-1], line):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    for first, *rest in blocks[:SHOWN_RUNS]:
        numbers = f"{first.number}-{rest[-1].number}" if rest else str(first.number)
        yield f"  {FOLDER}/{first.file}:{numbers}: {_cut(first.text.strip())}{' …' * bool(rest)}"
    if len(blocks) > SHOWN_RUNS:
        yield f"  and {len(blocks) - SHOWN_RUNS} more places; --format json has all"


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_COLUMNS else f"{text[: SHOWN_COLUMNS - 1]}…"


def _goes_on(block: list[GeneratedLine], line: GeneratedLine) -> bool:
    """Whether a line belongs to the block: it follows, and goes on with the first, or is its text."""
    first, last = block[0], block[-1]
    document = _DOCUMENT.search(first.text)
    if document and line.file == first.file and all(each.text != document["end"] for each in block):
        return True
    if (line.file, line.number) != (last.file, last.number + 1):
        return False
    return _indent(line) > _indent(first) or last.text.endswith("\\")


def _indent(line: GeneratedLine) -> int:
    return len(line.text) - len(line.text.lstrip())
