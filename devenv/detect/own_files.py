"""Env files that the settings open, that each developer makes and that no repository has.

What is read of the environment too stands in devenv.yaml; what only such a file gives can stand nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from devenv.detect.finding import Confidence, Finding
from devenv.detect.proposal import Proposal, ProposedService
from devenv.detect.reading import Reading

_HEADING = "# For development, by `devenv init`: the settings read this file, and the repository has none.\n"


def own_files(reading: Reading, samples: Mapping[str, str]) -> dict[str, str]:
    """Path and text of each. samples: what the project's own examples say."""
    texts = dict.fromkeys(reading.own_files, _HEADING)
    values = {**{name: text for name, text in samples.items() if text}, **reading.given}
    for name, path in reading.of_files.items():
        said = f"{name}={_quoted(values[name])}\n" if name in values else ""
        texts[path] = texts.get(path, _HEADING) + said
    return texts


def with_own_files(proposal: Proposal, reading: Reading, texts: Mapping[str, str]) -> Proposal:
    """The proposal with these files; their variables stand nowhere else."""
    return replace(
        proposal,
        env={name: said for name, said in proposal.env.items() if name not in reading.of_files},
        services=tuple(_without(each, reading.of_files) for each in proposal.services),
        files={**proposal.files, **texts},
    )


def findings_on(texts: Iterable[str], reading: Reading) -> Iterator[Finding]:
    """Why each file is made."""
    for path in texts:
        place = reading.own_files.get(path)
        yield Finding(
            topic="file",
            value=path,
            why="the settings read it, and the repository has none",
            evidence=(place,) if place else (),
            confidence=Confidence.LIKELY,
        )


def _without(service: ProposedService, names: Mapping[str, str]) -> ProposedService:
    return replace(service, gives={name: text for name, text in service.gives.items() if name not in names})


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
