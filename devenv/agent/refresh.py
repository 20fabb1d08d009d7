"""In process 1: from what the process did about a change to what open pages hear of it."""

from __future__ import annotations

from typing import List, Sequence, Tuple

from .loop import Loop
from .news import Journal, Mark, news_of
from .visitors import Visitors


class Refresh:
    """boot: names this agent's life; "" where pages do not refresh themselves, so that nobody visits."""

    def __init__(self, boot: str, loop: Loop) -> None:
        self.visitors = Visitors(loop, Journal(boot))
        self._boot = boot
        self._expected: List[Tuple[int, Sequence[Sequence[str]]]] = []
        self._broken = False

    def expect(self, generation: int, reactions: Sequence[Sequence[str]]) -> None:
        """A change is being acted on."""
        self._expected.append((generation, reactions))

    def reloaded(self, action: str, generation: int) -> None:
        """It was: `action` as in protocol.Reloaded, of all changes up to `generation`."""
        reactions = [each for number, rows in self._expected if number <= generation for each in rows]
        self._expected = [item for item in self._expected if item[0] > generation]
        if action in ("reload", "failed"):
            self._broken = action == "failed"
        news = news_of(Mark(self._boot, generation, self._broken), action, reactions)
        if news is not None:
            self.visitors.tell(news)
