"""What a watcher of the system's file events tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from devenv.sync.agenda import Sign


@dataclass(frozen=True, slots=True)
class Seen:
    """Signs that belong together: both ends of a rename, or one path."""

    signs: tuple[tuple[str, Sign], ...]


@dataclass(frozen=True, slots=True)
class Overflow:
    """Events were lost; only a look at everything will tell."""


@dataclass(frozen=True, slots=True)
class WatchesExhausted:
    """The system gives no more watches: these folders and what is below them must be polled."""

    folders: tuple[str, ...]


WatchEvent = Seen | Overflow | WatchesExhausted
Sink = Callable[[WatchEvent], None]
"""Called from the watcher's thread; must be quick."""
