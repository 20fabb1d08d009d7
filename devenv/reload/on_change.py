"""The rules of `on_change` on changed paths: which act, and what devenv itself then does. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from devenv.config.environment import OnChange
from devenv.reload.reactions import Reaction, ReactionKind

RULED_OUT = "on_change says so"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A rule with its place in words ("on_change.1, devenv.yaml:40"), and whether it means a path."""

    index: int
    place: str
    says: OnChange
    means: Callable[[str], bool]

    def __str__(self) -> str:
        return f"on_change.{self.index} ({self.place})" if self.place else f"on_change.{self.index}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """What a rule asks the host to do for a batch.

    `run`: () for nothing; `process`: in whose container. `makes`: the one file that the run is to write.
    """

    rule: str
    paths: tuple[str, ...]
    run: tuple[str, ...] = ()
    process: str = ""
    rebuild: bool = False
    makes: str = ""


def as_written(command: Sequence[str]) -> str:
    """A command as devenv.yaml has it: a text with a shell's operators is given to a shell."""
    return command[2] if tuple(command[:2]) == ("sh", "-c") and len(command) == 3 else shlex.join(command)


def ruled(rules: Iterable[Rule], path: str) -> tuple[Rule, ...]:
    """The rules that mean a path, in their order."""
    return tuple(rule for rule in rules if rule.means(path))


def kinds_for_agents(reaction: Reaction, acting: Iterable[Rule]) -> tuple[str, ...]:
    """The kinds that travel to the agents: devenv's own (unless left out), each named restart."""
    acting = tuple(acting)
    own = reaction.kind if reaction.kind.is_for_agents else ReactionKind.NONE
    if any(rule.says.ignore for rule in acting):
        own = ReactionKind.NONE
    names = dict.fromkeys(name for rule in acting for name in rule.says.restart)
    kinds = (own, *(f"{ReactionKind.RESTART}@{name}" for name in names))
    return tuple(str(kind) for kind in kinds if kind is not ReactionKind.NONE)


def work_of(rules: Iterable[Rule], paths: Iterable[str]) -> tuple[Work, ...]:
    """What there is to run and to rebuild after a batch, each rule at most once."""
    paths = tuple(paths)
    meant = ((rule, tuple(path for path in paths if rule.means(path))) for rule in rules)
    return tuple(
        Work(
            rule=str(rule),
            paths=concerned,
            run=rule.says.run,
            process=rule.says.process,
            rebuild=rule.says.rebuild,
        )
        for rule, concerned in meant
        if concerned and (rule.says.run or rule.says.rebuild)
    )
