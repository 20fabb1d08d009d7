"""Lines of the user's own for the Dockerfile, so that they are run with the certificates of the host.

Each RUN has to mount the secret, and only another shell can name it in variables: both are put in beside the
text. That shell comes from a stage that no image is made of, and is mounted below /dev, which no layer has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from devenv.config.instructions import Instruction, instructions_of

STAGE = "own-lines"
_FOLDER = "/dev/devenv"
_SECRET = "/run/secrets/certificates"  # noqa: S105 - a path
_KEYWORD = re.compile(r"\s*RUN(?=[\s\\]|$)", re.IGNORECASE)
_OWN_MOUNT = re.compile(
    r"--mount=(?=\S*type=secret)(?!\S*(?:target|dst|destination)=)\S*id=certificates(?![\w-])"
)
_SHELL = f'SHELL ["{_FOLDER}/run", "-c"]'
_AS_BEFORE = 'SHELL ["/bin/sh", "-c"]'


def needs_stage(fragments: Mapping[str, str]) -> bool:
    """Whether anything in the lines is run."""
    return any(_runs(text) for text in fragments.values())


def with_certificates(text: str) -> str:
    """The same lines; each RUN gets what is mounted, and a shell that knows of it."""
    runs = _runs(text)
    if not runs:
        return text
    lines = text.split("\n")
    for run in runs:
        end = _end_of_keyword(lines[run.begins])
        lines[run.begins] = f"{lines[run.begins][:end]} {_mounts(run)}{lines[run.begins][end:]}"
        if run.is_in_json:
            _put_before_words(lines, run)
    return "\n".join([_SHELL, *lines, _AS_BEFORE])


def _runs(text: str) -> list[Instruction]:
    """Each RUN; none where one has its keyword in two lines, which is no text to put anything into."""
    runs = [each for each in instructions_of(text) if each.keyword == "RUN"]
    return runs if all(_end_of_keyword(text.split("\n")[each.begins]) for each in runs) else []


def _end_of_keyword(line: str) -> int:
    found = _KEYWORD.match(line)
    return found.end() if found else 0


def _mounts(run: Instruction) -> str:
    """Readable for whoever runs it. What the user mounts at the same place stays the user's."""
    has_own = _SECRET in run.flags or _OWN_MOUNT.search(run.flags)
    secret = "" if has_own else "--mount=type=secret,id=certificates,mode=0444 "
    return f"{secret}--mount=type=bind,from={STAGE},target={_FOLDER}"


def _put_before_words(lines: list[str], run: Instruction) -> None:
    """What no shell reads is begun by the same program; not where a flag has a bracket, too."""
    if "[" in run.flags:
        return
    at = next(number for number in range(run.begins, run.ends) if "[" in lines[number])
    lines[at] = lines[at].replace("[", f'["{_FOLDER}/run", ', 1)
