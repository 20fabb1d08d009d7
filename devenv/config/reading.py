"""One load under way: the folder, the document, and what was read and found wrong so far."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from devenv.config.document import Document, dotted
from devenv.config.document import Path as Key
from devenv.config.problems import Problem

NOT_THERE = "no such file"
APP_PATH: Key = ("app", "path")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What the parts of a load share; each adds to `problems` and `files` and goes on."""

    root: Path  # devenv.yaml's folder
    templates: Path
    document: Document
    left_out: Collection[Key] = ()  # what validation found wrong, and no value has
    is_whole: bool = True  # no layer lacks that may say what is not said here
    problems: list[Problem] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)  # of other files, what messages may show

    def complain(self, key: Key, message: str) -> None:
        """Something is wrong with a key of devenv.yaml.

        It is not said where it only follows from another problem: of the key, of one above or below it.
        """
        if not any(_related(key, each) for each in self.left_out):
            self.problems.append(self.document.problem(key, message))

    def lack(self, key: Key, message: str, *, without: Key = ()) -> None:
        """Something is wrong that a layer which cannot be read may heal: by the key that it is `without`.

        That key is any that is not written, where none is named.
        """
        if self.knows(without):
            self.complain(key, message)

    def knows(self, key: Key) -> bool:
        """Whether no layer that cannot be read may say something of a key (of any, where it is empty)."""
        return self.is_whole or (key != () and key in self.document.origins)

    def names_below(self, section: str) -> tuple[str, ...]:
        """The names that a section has, be what they hold right or wrong."""
        written = self.document.at((section,))
        return tuple(written) if isinstance(written, dict) else ()

    def in_doubt(self, *keys: str) -> bool:
        """Whether something at or below a key is known to be wrong, so that what lacks may be due to that."""
        wrong = [dotted(key) for key in self.left_out] + [problem.key for problem in self.problems]
        return any(f"{each}.".startswith(f"{key}.") for each in wrong for key in keys)

    def read(self, file: Path, complain: Callable[[str], None]) -> bytes | None:
        """A file's bytes; where it cannot be read, `complain` gets the reason."""
        if file not in self.files:
            self.files.append(file)
        try:
            return file.read_bytes()
        except FileNotFoundError:
            complain(NOT_THERE)
        except OSError as error:
            complain(f"cannot be read: {(error.strerror or str(error)).lower()}")
        return None

    def shown(self, file: Path) -> str:
        """A file's name in messages: relative to devenv.yaml's folder where it is below."""
        try:
            return file.relative_to(self.root).as_posix()
        except ValueError:
            return str(file)


def _related(key: Key, other: Key) -> bool:
    """Whether one is the other, or lies below it."""
    length = min(len(key), len(other))
    return key[:length] == other[:length]
