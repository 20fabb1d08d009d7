"""What can stand at the cursor: the command line so far against the tree of commands."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from devenv.cli.completion import COMPLETERS
from devenv.cli.shells import Proposal, Question, answer_text

TREE = "commands"


def answer(question: Question, environ: Mapping[str, str]) -> int:
    """Print what a shell is told; returns the exit code."""
    proposals = propose(known_tree(), question.words, question.begun)
    if question.shell == "fish" and environ.get("_TYPER_COMPLETE_FISH_ACTION") == "is-args":
        return int(not proposals)  # whether names of files are to be proposed
    if text := answer_text(question.shell, proposals):
        print(text)  # noqa: T201 the answer
    return 0


def known_tree() -> Any:
    """The commands, from the cache where they are those of the program that runs."""
    from devenv.workspace.user_cache import recall, remember, user_cache

    key = _key(Path(__file__).parent)
    if tree := recall(user_cache(), TREE, key):
        return tree
    from devenv.cli.app import app
    from devenv.cli.command_tree import read_tree

    tree = read_tree(app)
    remember(user_cache(), TREE, key, tree)
    return tree


def _key(folder: Path) -> str:
    """What changes with the program's commands: its files."""
    with os.scandir(folder) as entries:
        files = [(each.name, each.stat()) for each in entries if each.name.endswith(".py")]
    return f"{folder} {sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in files)}"


def propose(tree: Mapping[str, Any], words: Sequence[str], begun: str) -> list[Proposal]:
    """What the word that is `begun` can become, in the order of the help."""
    line = _Line(tree)
    for word in _joined(words):
        line.take(word)
    if begun == "=":  # bash has a word of its own for it
        begun = ""
    elif begun.startswith("--") and "=" in begun and not line.is_ended:
        option, _, begun = begun.partition("=")
        line.take(option)
    return [each for each in line.proposals(begun) if each.word.startswith(begun)]


def _joined(words: Sequence[str]) -> Iterator[str]:
    """`--file = x` as it was typed, and as an option and its value."""
    return (word for word in words if word != "=")


class _Line:
    """A command line as far as it was read."""

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self.is_ended = False  # what begins with - is no option any more
        self._command = tree
        self._used: set[str] = set()
        self._before: list[str] = []  # the options before the command, for completers
        self._position = 0
        self._wants: Mapping[str, Any] | None = None  # the option whose value comes next

    def take(self, word: str) -> None:
        """Read one whole word."""
        is_before = bool(self._command.get("commands"))
        if self._wants:
            self._wants = None
        elif word == "--" and not self.is_ended:
            self.is_ended = True
        elif word.startswith("-") and len(word) > 1 and not self.is_ended:
            self._option(word)
        elif is_before:
            self._command = self._command["commands"].get(word, {})
            self._used = set()
            return
        else:
            self._position += 1
            self.is_ended = self.is_ended or self._command.get("passes_on", False)
        if is_before:
            self._before += word.split("=", 1)

    def _option(self, word: str) -> None:
        name, is_whole, _ = word.partition("=")
        self._used.add(name)
        for option in self._command.get("options", ()):
            if name in option["names"] and option["takes"] and not is_whole:
                self._wants = option

    def proposals(self, begun: str) -> list[Proposal]:
        """What can stand next."""
        if self._wants:
            return self._values(self._wants["values"], begun)
        if begun.startswith("-") and not self.is_ended:
            return [*self._options()]
        if commands := self._command.get("commands"):
            return [Proposal(name, each["help"]) for name, each in commands.items()]
        arguments = self._command.get("arguments", ())
        for at, argument in enumerate(arguments):
            if at == self._position or (argument["repeats"] and at < self._position):
                return self._values(argument["values"], begun)
        return []

    def _options(self) -> Iterator[Proposal]:
        for option in self._command.get("options", ()):
            if option["repeats"] or self._used.isdisjoint(option["names"]):
                yield from (Proposal(name, option["help"]) for name in option["names"])

    def _values(self, values: Sequence[str] | str | None, begun: str) -> list[Proposal]:
        words = COMPLETERS[values](self._before, begun) if isinstance(values, str) else values
        return [Proposal(word) for word in words or ()]
