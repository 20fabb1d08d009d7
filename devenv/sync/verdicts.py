"""Why a path travels or does not: the line that decides, in the order in which `ignore` asks them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from devenv.sync.ignore import IgnoreRules, parents


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """`source`: what decides: a file's path from the tree, "sync.ignore", "devenv" for what it itself lays
    down, "git's index", "" where nothing names the path. `line`: in the file, from 1; of sync.ignore the
    number of the pattern. `pattern`: as it is written. `folder`: the folder above that it names instead.
    """

    travels: bool
    source: str = ""
    line: int = 0
    pattern: str = ""
    folder: str = ""


def verdict(rules: IgnoreRules, path: str, *, is_folder: bool) -> Verdict:
    """Whether a path of the tree travels, and what says so."""
    outermost = next((folder for folder in reversed(parents(path)) if not rules.enters(folder)), None)
    if outermost is not None:
        return _decided(rules, outermost, path, is_folder=True)
    return _decided(rules, path, path, is_folder=is_folder)


def _decided(rules: IgnoreRules, path: str, asked: str, *, is_folder: bool) -> Verdict:
    travels = rules.travels(path, is_folder)
    if is_folder and not travels and rules.is_environment(path):
        return Verdict(travels=False, source="devenv", pattern="pyvenv.cfg", folder=path)
    found = next(_lines(rules, path, travels, is_folder=is_folder), None)
    if found is not None:
        source, line, pattern, named = found
        return Verdict(
            travels=travels,
            source=source,
            line=line,
            pattern=pattern,
            folder=named if named != asked else "",
        )
    return Verdict(travels=travels, source="git's index" if rules.is_tracked(path) else "")


def _lines(
    rules: IgnoreRules, path: str, travels: bool, *, is_folder: bool
) -> Iterator[tuple[str, int, str, str]]:
    """Lines that say what is so, the strongest first: (source, line, pattern, the path that it names)."""
    for source in rules.sources(path):
        for each in (path, *parents(path)):
            index = source.match(each, is_folder or each != path)
            if index < 0:
                continue
            found = source.patterns.patterns[index]
            if (found.negated or source.sends) is travels:
                yield source.name, 0 if source.name == "devenv" else found.line, found.text, each
            break
