"""Lines of the user's own for the Dockerfile: they may add to a stage, not end it or change how it is run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from devenv.config.document import Path as Key
from devenv.config.model import DockerfileSection
from devenv.config.reading import Reading

KEY: Key = ("app", "dockerfile")
ALLOWED = ("RUN", "COPY", "ADD", "ENV", "ARG", "LABEL", "USER", "WORKDIR", "EXPOSE")
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
    at = 0
    while at < len(lines):
        begun, joined = at, lines[at].strip()
        at += 1
        if not joined or joined.startswith("#"):
            continue
        while joined.endswith("\\"):
            at = _after_comments(lines, at)
            if at == len(lines):
                yield begun + 1, "it ends with \\, so the next line of devenv's own would belong to it"
                return
            joined = joined[:-1] + lines[at].strip()
            at += 1
        keyword = joined.split(maxsplit=1)[0]
        if keyword.upper() not in ALLOWED:
            yield begun + 1, _refusal(keyword)
        elif keyword.upper() == "LABEL" and _OUR_LABELS.search(joined):
            yield begun + 1, "labels that begin with dev.devenv. or com.docker.compose. are devenv's own"
        elif keyword.upper() in _WITH_HEREDOC:
            for ending in _HEREDOC.finditer(joined):
                end = _end_of_heredoc(lines, at, ending)
                if end is None:
                    yield (
                        begun + 1,
                        f"the here-document <<{_word(ending)} is never closed by a line {_word(ending)}",
                    )
                    return
                at = end


def _after_comments(lines: list[str], at: int) -> int:
    """The builder passes over comments and empty lines between the lines of one instruction."""
    while at < len(lines) and (not lines[at].strip() or lines[at].lstrip().startswith("#")):
        at += 1
    return at


def _refusal(keyword: str) -> str:
    if why := _WHY_NOT.get(keyword.upper()):
        return f"{keyword.upper()} cannot stand here: {why}"
    return f"{keyword} is no instruction that may stand here; there are {', '.join(ALLOWED)}"


def _word(ending: re.Match[str]) -> str:
    return ending[2] or ending[3] or ending[4]


def _end_of_heredoc(lines: list[str], at: int, ending: re.Match[str]) -> int | None:
    """The number of the line after a here-document, None where it has no end."""
    for number in range(at, len(lines)):
        line = lines[number].lstrip("\t") if ending[1] else lines[number]
        if line == _word(ending):
            return number + 1
    return None
