"""The rules of `on_change`, with the processes that they name."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from devenv.config.document import Path as Key
from devenv.config.environment import OnChange
from devenv.config.problems import did_you_mean
from devenv.config.reading import Reading
from devenv.config.rule_model import OnChangeSection


def read_on_change(
    sections: Sequence[OnChangeSection], processes: Collection[str], reading: Reading
) -> tuple[OnChange, ...]:
    """The rules in the file's order."""
    return tuple(_rule(index, section, processes, reading) for index, section in enumerate(sections))


def _rule(index: int, section: OnChangeSection, processes: Collection[str], reading: Reading) -> OnChange:
    key: Key = ("on_change", index)
    named = [(("restart", at), name) for at, name in enumerate(section.restart)]
    for below, name in [*named, *([(("process",), section.process)] if section.process else [])]:
        if name not in processes:
            written = reading.document.written((*key, *below))
            reading.complain(written, f"there is no process {name}; {did_you_mean(name, processes)}")
    return OnChange(
        paths=section.paths,
        run=section.run or (),
        process=section.process or "",
        restart=section.restart,
        rebuild=section.rebuild,
        ignore=section.ignore,
    )
