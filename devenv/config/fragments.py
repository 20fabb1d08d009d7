"""Lines of the user's own for the Dockerfile: they may add to a stage, not end it or change how it is run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from devenv.config.document import Path as Key
from devenv.config.instructions import Instruction, instructions_of
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
_OUR_LABELS = re.compile(r"(?:^|[\s\"'])(?:dev\.devenv|com\.docker\.compose)\.")


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
    for number, line in enumerate(text.split("\n"), 1):
        if len(line.encode()) > LONGEST_LINE_BYTES:
            yield number, f"the builder reads no line of more than {LONGEST_LINE_BYTES:,} bytes"
    for instruction in instructions_of(text):
        if problem := _refused(instruction) or _unended(instruction):
            yield instruction.begins + 1, problem


def _unended(instruction: Instruction) -> str:
    """What keeps it from ending, "" where it does."""
    if instruction.goes_on:
        return "it ends with \\, so the next line of devenv's own would belong to it"
    if word := instruction.unclosed:
        return f"the here-document <<{word} is never closed by a line {word}"
    return ""


def _refused(instruction: Instruction) -> str:
    """Why an instruction may not stand there, "" where it may."""
    keyword = instruction.keyword
    if keyword == "LABEL" and _OUR_LABELS.search(instruction.text):
        return "labels that begin with dev.devenv. or com.docker.compose. are devenv's own"
    if keyword in ALLOWED:
        return ""
    if why := _WHY_NOT.get(keyword):
        return f"{keyword} cannot stand here: {why}"
    return f"{keyword} is no instruction that may stand here; there are {', '.join(ALLOWED)}"
