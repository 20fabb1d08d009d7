"""The live database is that of the branch that is checked out: what has to be done when another one is.

Invariants: no step drops what a person made; after the steps the live database is the branch's, and each
other branch that had one still has it, under its own name.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from devenv.databases.names import branch_database, next_database


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """Make `to` as `from_` is."""

    from_: str
    to: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Swap:
    """The live database becomes `aside`, and `next_` the live one."""

    aside: str
    next_: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Drop:
    """Remove what an interrupted switch left half made."""

    name: str


Step = Copy | Swap | Drop


@dataclass(frozen=True, kw_only=True, slots=True)
class Switch:
    """What to do, and in words: where the branch's data is from."""

    steps: tuple[Step, ...]
    origin: str


def live_after(database: str, *, live: str, towards: str, present: Collection[str]) -> str:
    """The branch whose database is the live one after a switch from `live` that may have been cut short.

    Each switch gives the live database's branch one of its own, and takes that of `towards`, in one step.
    """
    if not towards or branch_database(database, towards) in present:
        return live
    return towards if not live or branch_database(database, live) in present else live


def plan_switch(
    database: str,
    *,
    live: str,
    wanted: str,
    former: Sequence[str] = (),
    present: Collection[str],
    nearest: Sequence[str],
    spare: str,
) -> Switch:
    """From the branch that the live database is of to the one that is wanted.

    live: "" where nobody knows. former: what `wanted` was called before. present: the databases that there
    are. nearest: branches, the one that `wanted` is likeliest made from first. spare: the name for a live
    database whose branch has one already, so that nobody can tell which of them is right.
    """
    parked = {branch: branch_database(database, branch) for branch in (live, wanted, *former, *nearest)}
    aside = spare if not live or parked[live] in present else parked[live]
    rest: tuple[Step, ...] = (
        (Drop(name=next_database(database)),) if next_database(database) in present else ()
    )
    own = next((each for each in (wanted, *former) if each == live or parked[each] in present), "")
    if own and own == live:
        return Switch(steps=rest, origin=f"the same, since {live} was renamed")
    if own:
        return Switch(steps=(*rest, Swap(aside=aside, next_=parked[own])), origin=f"as {own} left it")
    parent = next((each for each in nearest if each == live or parked[each] in present), live)
    if parent == live:
        copies = (Copy(from_=database, to=aside),) if aside == parked[live] and live else ()
        return Switch(steps=(*rest, *copies), origin=f"a copy of {live}'s" if live else "what is there")
    made = next_database(database)
    steps = (Copy(from_=parked[parent], to=made), Swap(aside=aside, next_=made))
    return Switch(steps=(*rest, *steps), origin=f"a copy of {parent}'s")
