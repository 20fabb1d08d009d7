"""What can stop a command: a class for each remedy, an exit code for each class.

Trouble with one path or one service is a value, not an exception; an exception means "cannot go on".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """What a tool or a container left behind when it failed: what a card is made from.

    `subject`: "build", or the name of a service, process or job. `log`: the end of what it printed.
    """

    subject: str
    log: str
    exit_code: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """A change of devenv.yaml: `lines` that follow the one at `place`, or take its place."""

    place: str
    lines: tuple[str, ...]
    follows: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """Why something failed, in one sentence; what shows it; what to try next.

    `kind`: its heading in docs/troubleshooting.md. `evidence`: a place ("shop/settings.py:12") with its line
    of source, or lines of the log. `edit`: where the remedy is a line of devenv.yaml.
    """

    cause: str
    kind: str = ""
    evidence: tuple[str, ...] = ()
    next_step: str = ""
    edit: Edit | None = None


class DevenvError(Exception):
    """A failure that a user can meet: what happened, the evidence, the next thing to try.

    `summary` is one lower-case line, `details` any number of lines, `hint` one sentence. `failure` is what
    there is to make a `card` from; where there is a card, its cause and next step stand for the hint.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self, summary: str, *, details: str = "", hint: str = "", failure: Failure | None = None
    ) -> None:
        super().__init__(summary)
        self.summary = summary
        self.details = details
        self.hint = hint
        self.failure = failure
        self.card: Card | None = None


class UsageError(DevenvError):
    """The command line asks for something that does not exist, such as an unknown process."""

    exit_code = 2


class ConfigError(DevenvError):
    """devenv.yaml (or a file it names) must be edited. `details` holds every problem, one a line.

    `files`: what was read, as far as the reading got; an edit of one may heal it.
    `topics`: the sections of the reference that the problems are about, as `devenv help` takes them.
    """

    exit_code = 3
    files: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


class EngineUnavailable(DevenvError):
    """No container engine answers, or it (or compose) is too old."""

    exit_code = 4


class BuildFailed(DevenvError):
    """The image could not be built; `details` ends with the failing step's output."""

    exit_code = 5


class StartFailed(DevenvError):
    """A service, process or job did not come up; `details` ends with its last log lines."""

    exit_code = 6


class NotRunning(DevenvError):
    """The command needs a running container and there is none."""

    exit_code = 7


class ComposeFailed(DevenvError):
    """`docker compose` refused a call that should have worked; `details` is what it said."""

    exit_code = 8


class WorkspaceError(DevenvError):
    """`.devenv/` cannot be written, or holds a generated file that was edited by hand."""

    exit_code = 9


class SyncHalted(DevenvError):
    """Going on would delete most of a tree, or the host's folder vanished; a human decides."""

    exit_code = 10


class Refused(DevenvError):
    """A destructive step needs a yes and nobody could be asked."""

    exit_code = 11


class PortTaken(StartFailed):
    """Another program took a published port between two looks at it; another one is to be assigned.

    `port`: that one, where the engine says which.
    """

    exit_code = 12
    port: int | None = None


class LayerUnavailable(ConfigError):
    """A git layer cannot be had: no git, no network, or no such repository, tag or file."""

    exit_code = 13


class LayerChanged(ConfigError):
    """A git layer is not what devenv.lock says: its tag moved, or its bytes are others."""

    exit_code = 14


class LockStale(DevenvError):
    """devenv.lock is missing or does not say what the environment needs, and may not be changed."""

    exit_code = 15


class ImageUnresolved(DevenvError):
    """Neither a registry nor this machine can say what an image is; it cannot be locked."""

    exit_code = 16


class WrongVersion(ConfigError):
    """devenv.yaml asks for another version of devenv than this one."""

    exit_code = 17


class DatabaseFailed(DevenvError):
    """A database server did not do what was asked; `details` is what it said. What was there is there."""

    exit_code = 18
