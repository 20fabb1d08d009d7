"""What a recogniser looks at: a failure's log, read once, beside the environment that it happened in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from posixpath import join, normpath

from devenv.cards.traces import Frame, Raised, last_chain
from devenv.config.environment import Environment, Service
from devenv.detect.as_of import AsOf
from devenv.errors import Failure

FindDay = Callable[[], AsOf | None]
APP = "/app/"
_FOREIGN = ("/site-packages/", "/.venv/")


def of_no_day() -> None:
    """Where versions are pinned, or nobody knows since when they are not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clues:
    """`find_modules`: looks for the project's own. `find_day`: for the day that its list of packages is of.

    `chain`: the exceptions of the last traceback, the cause first.
    """

    failure: Failure
    environment: Environment
    find_modules: Callable[[], tuple[str, ...]] = tuple
    find_day: FindDay = of_no_day
    lines: tuple[str, ...] = field(init=False)
    chain: tuple[Raised, ...] = field(init=False)

    def __post_init__(self) -> None:
        lines = tuple(unwrapped(self.failure.log).splitlines())
        object.__setattr__(self, "lines", lines)
        object.__setattr__(self, "chain", last_chain(lines))

    @property
    def modules(self) -> tuple[str, ...]:
        """The project's own modules, dotted."""
        return self.find_modules()

    @property
    def is_build(self) -> bool:
        """Whether it is the image that could not be built."""
        return self.failure.subject == "build"

    @property
    def told(self) -> Raised | None:
        """The exception that ended it."""
        return self.chain[-1] if self.chain else None

    def raised(self, *kinds: str) -> Raised | None:
        """The exception of one of these classes that is nearest to the end; of any where none is named."""
        return next((each for each in reversed(self.chain) if not kinds or each.kind in kinds), None)

    def search(self, pattern: str) -> re.Match[str] | None:
        """The last line of the log that holds the pattern."""
        compiled = re.compile(pattern)
        return next((found for line in reversed(self.lines) if (found := compiled.search(line))), None)

    def quote(self, pattern: str) -> str:
        """The last line that holds the pattern, as a card shows it; "" where none does."""
        found = self.search(pattern)
        return found.string.strip() if found else ""

    @property
    def nearest_own(self) -> Raised | None:
        """The last exception that passed through the project's own code."""
        return next((each for each in reversed(self.chain) if own_frame(each)), None)

    def place(self, raised: Raised | None) -> str:
        """ "shop/settings.py:12": the innermost line of the project's own code, "" where there is none."""
        frame = own_frame(raised) if raised else None
        return self.shown(frame) if frame else ""

    def shown(self, frame: Frame) -> str:
        """A frame's file as the user has it, relative to devenv.yaml's folder, with its line."""
        return f"{self.host_path(frame.file)}:{frame.line}"

    def host_path(self, file: str) -> str:
        """A file of the containers as the user has it."""
        return normpath(join(self.environment.app.path, file.removeprefix(APP)))

    def evidence(self, raised: Raised | None) -> tuple[str, ...]:
        """The innermost own line of code with its place, and what was raised there."""
        if raised is None:
            return ()
        frame = own_frame(raised)
        where = [f"{self.shown(frame)}  {frame.code}".rstrip()] if frame else []
        return (*where, raised.text)

    def service(self, *kinds: str) -> Service | None:
        """The environment's service of one of these kinds."""
        return next((each for each in self.environment.services if each.kind in kinds), None)


def unwrapped(log: str) -> str:
    """Older uv breaks its explanation into lines of a terminal's width; here each is one again."""
    return re.sub(r"(?<=\S)\n {6}(?=[\w`])", " ", log) if "╰─▶ Because" in log else log


def own_frame(raised: Raised) -> Frame | None:
    """The innermost frame in the project's own code; that manage.py called Django tells nothing."""
    own = [frame for frame in raised.frames if is_own(frame.file)]
    telling = [frame for frame in own if frame is raised.frames[-1] or not frame.file.endswith("/manage.py")]
    return telling[-1] if telling else None


def shortened(line: str, width: int = 300) -> str:
    """A line of a log as evidence; of an endless one the end, which says what is wrong."""
    text = line.strip()
    return text if len(text) <= width else f"…{text[-width:]}"


def is_own(file: str) -> bool:
    """Whether a file of a container is the project's."""
    return file.startswith(APP) and not any(part in file for part in _FOREIGN)


def nearest(word: str, known: Sequence[str]) -> str:
    """What was probably meant by a misspelt word; "" where nothing is near."""
    return next(iter(get_close_matches(word, known, n=1, cutoff=0.7)), "")
