"""One load under way: the folder, the document, and what was read and found wrong so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from devenv.config.document import Document
from devenv.config.document import Path as Key
from devenv.config.problems import Problem


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What the parts of a load share; each adds to `problems` and `files` and goes on."""

    root: Path  # devenv.yaml's folder
    templates: Path
    document: Document
    problems: list[Problem] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)

    def complain(self, key: Key, message: str) -> None:
        """Something is wrong with a key of devenv.yaml."""
        self.problems.append(self.document.problem(key, message))

    def read(self, file: Path, complain: Callable[[str], None]) -> bytes | None:
        """A file's bytes; where it cannot be read, `complain` gets the reason."""
        if file not in self.files:
            self.files.append(file)
        try:
            return file.read_bytes()
        except FileNotFoundError:
            complain("no such file")
        except OSError as error:
            complain(f"cannot be read: {(error.strerror or str(error)).lower()}")
        return None

    def shown(self, file: Path) -> str:
        """A file's name in messages: relative to devenv.yaml's folder where it is below."""
        try:
            return file.relative_to(self.root).as_posix()
        except ValueError:
            return str(file)
