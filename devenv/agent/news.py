"""What an open page may have missed: marks of pages, news of changes, and the journal of both. Pure."""

from __future__ import annotations

import re
from typing import List, NamedTuple, Optional, Sequence

MAX_NEWS = 200
MARK = re.compile(r"([0-9a-z]+)\.(\d+)(\.broken)?")
UNSEEN = (".map",)  # what no page shows
SHOWN = ("template", "translation", "static")


class Mark(NamedTuple):
    """What a page was made of: an agent's life, a generation, and whether its code did not start."""

    boot: str
    generation: int
    broken: bool = False

    def __str__(self) -> str:
        return "%s.%d%s" % (self.boot, self.generation, ".broken" if self.broken else "")


NOBODY = Mark("", -1)


def mark_of(text: str) -> Mark:
    """The mark that a page tells; NOBODY's where it is none."""
    match = MARK.fullmatch(text)
    return Mark(match[1], int(match[2]), bool(match[3])) if match else NOBODY


class News(NamedTuple):
    """What `mark` brought. sheets: the style sheets to load again; without any, the whole page."""

    mark: Mark
    sheets: List[str]


def news_of(mark: Mark, action: str, reactions: Sequence[Sequence[str]]) -> Optional[News]:
    """What a page gets to know of a change. action: see protocol.Reloaded."""
    if action != "none":
        return News(mark, [])
    shown = [path for kind, path in reactions if kind in SHOWN and not path.endswith(UNSEEN)]
    if not shown:
        return None
    return News(mark, shown if all(path.endswith(".css") for path in shown) else [])


class Journal:
    """The news of one life of an agent, the newest last."""

    def __init__(self, boot: str) -> None:
        self.boot = boot
        self._news: List[News] = []
        self._forgotten = -1

    def note(self, news: News) -> None:
        """Add what is the newest now."""
        self._news.append(news)
        if len(self._news) > MAX_NEWS:
            self._forgotten = self._news.pop(0).mark.generation

    def missed_by(self, seen: Mark) -> Optional[News]:
        """All that came after `seen` as one piece of news; None where nothing did."""
        if not self._news:
            return None
        newest = self._news[-1].mark
        is_other = (seen.boot, seen.broken) != (newest.boot, newest.broken)
        if is_other or seen.generation < self._forgotten:
            return News(newest, [])
        later = [news for news in self._news if news.mark.generation > seen.generation]
        if not later:
            return None
        sheets = list(dict.fromkeys(path for news in later for path in news.sheets))
        return News(newest, sheets if all(news.sheets for news in later) else [])
