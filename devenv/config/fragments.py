"""Lines of the user's own for the Dockerfile: they may add to a stage, not end it or change how it is run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from devenv.config.document import Path as Key
from devenv.config.model import DockerfileSection
from devenv.config.reading import Reading

KEY: Key = ("app", "dockerfile")
ALLOWED = ("RUN", "COPY", "ADD", "ENV", "ARG", "LABEL", "USER", "WORKDIR", "EXPOSE")
LONGEST_LINE_BYTES = 65_000
_WHY_NOT = {
    "FROM": "it would begin another stage, and what follows would not be in the image",
    "ENTRYPOINT": "devenv's agent has to be the first process",
    "CMD": "what runs is `command` of a process",
    "HEALTHCHECK": "devenv's agent answers for the app",
    "SHELL": "devenv's own steps are written for sh",
    "STOPSIGNAL": "devenv's agent waits for SIGTERM",
    "VOLUME": "write app.volumes",
    "ONBUILD": "no image is made from this one",
    "MAINTAINER": "write LABEL",
}
_HEREDOC = re.compile(r"(?:^|(?<=\s))\d*<<(-?)(?:\"([^\"]+)\"|'([^']+)'|([^\s<>'\"|&;()]+))")
_OUR_LABELS = re.compile(r"(?:^|[\s\"'])(?:dev\.devenv|com\.docker\.compose)\.")
_WITH_HEREDOC = ("RUN", "COPY", "ADD")


def read_fragments(section: DockerfileSection, reading: Reading) -> Mapping[str, str]:
    """The text for each stage that has one."""
    found: dict[str, str] = {}
    for stage in DockerfileSection.model_fields:
        text: str = getattr(section, stage)
        for line, message in problems_of(text):
            reading.complain((*KEY, stage), f"line {line} of it: {message}")
        if text.strip():
            found[stage] = text.strip("\n")
    return found


def problems_of(text: str) -> Iterator[tuple[int, str]]:
    """What may not stand there, by the number of its line."""
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if len(line.encode()) > LONGEST_LINE_BYTES:
            yield number, f"the builder reads no line of more than {LONGEST_LINE_BYTES:,} bytes"
    for number, instruction, unended in _instructions(lines):
        if refused := _refused(instruction):
            yield number, refused
        elif unended:
            yield number, unended


def _instructions(lines: list[str]) -> Iterator[tuple[int, str, str]]:
    """The number of its line, the instruction on one line, and what keeps it from ending."""
    at = 0
    while (at := _after_comments(lines, at)) < len(lines):
        begun = at + 1
        instruction, at = _joined(lines, at)
        if instruction.endswith("\\"):
            yield begun, instruction, "it ends with \\, so the next line of devenv's own would belong to it"
            return
        for ending in _HEREDOC.finditer(instruction) if _keyword(instruction) in _WITH_HEREDOC else ():
            word = ending[2] or ending[3] or ending[4]
            end = _end_of_heredoc(lines, at, word, tabs_count=not ending[1])
            if end is None:
                yield begun, instruction, f"the here-document <<{word} is never closed by a line {word}"
                return
            at = end
        yield begun, instruction, ""


def _joined(lines: list[str], at: int) -> tuple[str, int]:
    """An instruction with the lines that go on with it, and the number of the next line."""
    joined = lines[at].strip()
    at += 1
    while joined.endswith("\\") and (following := _after_comments(lines, at)) < len(lines):
        joined = joined[:-1] + lines[following].strip()
        at = following + 1
    return joined, at


def _after_comments(lines: list[str], at: int) -> int:
    """The builder passes over comments and empty lines, between the lines of one instruction, too."""
    while at < len(lines) and (not lines[at].strip() or lines[at].lstrip().startswith("#")):
        at += 1
    return at


def _end_of_heredoc(lines: list[str], at: int, word: str, *, tabs_count: bool) -> int | None:
    """The number of the line after a here-document, None where it has no end."""
    for number in range(at, len(lines)):
        if (lines[number] if tabs_count else lines[number].lstrip("\t")) == word:
            return number + 1
    return None


def _refused(instruction: str) -> str:
    """Why an instruction may not stand there, "" where it may."""
    keyword = _keyword(instruction)
    if keyword == "LABEL" and _OUR_LABELS.search(instruction):
        return "labels that begin with dev.devenv. or com.docker.compose. are devenv's own"
    if keyword in ALLOWED:
        return ""
    if why := _WHY_NOT.get(keyword):
        return f"{keyword} cannot stand here: {why}"
    return f"{keyword} is no instruction that may stand here; there are {', '.join(ALLOWED)}"


def _keyword(instruction: str) -> str:
    return instruction.split(maxsplit=1)[0].upper()
