"""`devenv why`: what a change to a path does, to which process, and why. Nothing is changed by asking."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from devenv.agent.protocol import Explain, Explained
from devenv.changes import ChangeKind, PathChange
from devenv.errors import DevenvError, EngineUnavailable
from devenv.reload import Reaction, ReactionKind, Rule, as_written, kinds_for_agents, react, ruled
from devenv.reload.translations import compiled_name, is_translation
from devenv.sync.asking import ask
from devenv.sync.ignore import OWN_SETTING, IgnoreRules, load_rules
from devenv.sync.verdicts import Verdict, verdict
from devenv.workflows.checkout import Checkout
from devenv.workflows.exchange import Carriers, processes_of
from devenv.workflows.machine import Machine
from devenv.workflows.project import open_project
from devenv.workflows.rules import change_rules, path_in_app, reload_rules

MOST_FILES = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """On one process: `action` "reload", "reset", "none", or "unknown" where it does not run.

    `rung`, `before`: how it starts anew, and before which module's import the checkpoint stands; `obstacle`:
    why there is none nearer.
    `position` of the `records` that it looked up and loaded so far is the first that the change reaches, from
    1; 0 for none. `files`: of a folder, how many it reacts to.
    """

    process: str
    state: str
    action: str
    cause: str = ""
    rung: str = ""
    before: str = ""
    position: int = 0
    records: int = 0
    files: int = 0
    obstacle: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Why:
    """`path`: in the app's folder, as sync has it, or as it was asked where it is outside.

    `what`: what is there now. `sent`, `sent_because`: whether it travels. `kind`, `cause`: devenv's own
    reaction; of a folder, `kinds` counts those of its files. `work`: what the host does, a sentence each.
    """

    path: str
    what: Literal["file", "folder", "missing", "outside"]
    sent: bool
    sent_because: str
    kind: str = ""
    cause: str = ""
    kinds: Mapping[str, int]
    work: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()


def agents_of(checkout: Checkout, machine: Machine) -> Carriers | None:
    """Whom to ask; None where no engine answers."""
    try:
        return processes_of(open_project(checkout, machine), checkout.process_names())
    except EngineUnavailable:
        return None


def explain_path(checkout: Checkout, path: Path, agents: Carriers | None) -> Why:
    """What a change there does; of the processes that run, as they say themselves."""
    inside = path_in_app(checkout, path)
    if inside is None:
        return _outside(checkout, path)
    rules = load_rules(checkout.app_folder, checkout.environment.sync.ignore)
    if path.is_dir() and not path.is_symlink():
        return _of_folder(checkout, agents, "" if inside == "." else inside, rules)
    return _of_file(checkout, agents, inside, rules, exists=os.path.lexists(path))


def _of_file(
    checkout: Checkout, agents: Carriers | None, path: str, rules: IgnoreRules, *, exists: bool
) -> Why:
    found = verdict(rules, path, is_folder=False)
    change = PathChange(path, ChangeKind.MODIFIED if exists else ChangeKind.CREATED)
    reaction = react(change, reload_rules(checkout))
    acting = ruled(change_rules(checkout), path) if found.travels else ()
    work = tuple(_of_the_environment(checkout, checkout.app_folder / path))
    kinds = kinds_for_agents(reaction, acting) if found.travels else ()
    if found.travels:
        work += tuple(_of_rules(acting)) + tuple(_of_translations(path))
    is_left = any(rule.says.ignore for rule in acting)
    rows = [(kind, path) for kind in kinds] + list(_rows_of_the_hosts_work(reaction))
    concerns_processes = found.travels and (rows or reaction.kind is not ReactionKind.CONFIG)
    return Why(
        path=path,
        what="file" if exists else "missing",
        sent=found.travels,
        sent_because=_reason(checkout, found),
        kind=str(ReactionKind.NONE if is_left or not found.travels else reaction.kind),
        cause="a rule leaves devenv's own reaction out" if is_left else reaction.cause,
        kinds={},
        work=work,
        effects=_effects_of(reaction, _effects(agents, checkout, rows)) if concerns_processes else (),
    )


def _rows_of_the_hosts_work(reaction: Reaction) -> Iterator[tuple[str, str]]:
    """What agents hear of when the host has done its part: [kind, path] each."""
    if is_translation(reaction.path):
        yield str(ReactionKind.TRANSLATION), compiled_name(reaction.path)
    if reaction.kind is ReactionKind.REBUILD:
        yield str(ReactionKind.RESTART), reaction.path


def _effects_of(reaction: Reaction, effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """With what a start that the host asks for waits for."""
    if reaction.kind is not ReactionKind.REBUILD:
        return effects
    because = "once other packages are installed"
    return tuple(replace(each, cause=because) if each.action == "reload" else each for each in effects)


def _of_folder(checkout: Checkout, agents: Carriers | None, folder: str, rules: IgnoreRules) -> Why:
    files = tuple(_files(checkout.app_folder, folder, rules))[:MOST_FILES]
    names, changes = reload_rules(checkout), change_rules(checkout)
    kinds: Counter[str] = Counter()
    rows: list[tuple[str, str]] = []
    acting: dict[int, Rule] = {}
    for path in files:
        reaction = react(PathChange(path, ChangeKind.MODIFIED), names)
        kinds[str(reaction.kind)] += 1
        of_file = ruled(changes, path)
        acting.update((rule.index, rule) for rule in of_file)
        rows += [(kind, path) for kind in kinds_for_agents(reaction, of_file)]
    found = verdict(rules, folder, is_folder=True) if folder else Verdict(travels=True)
    return Why(
        path=folder or ".",
        what="folder",
        sent=found.travels,
        sent_because=_reason(checkout, found),
        kinds=dict(kinds),
        work=tuple(_of_rules(acting[index] for index in sorted(acting))),
        effects=_effects(agents, checkout, rows) if files else (),
    )


def _files(root: Path, folder: str, rules: IgnoreRules) -> Iterator[str]:
    """The files below a folder that travel."""
    if folder and not rules.enters(folder):
        return
    for item in sorted(os.scandir(root / folder), key=lambda each: each.name):
        path = f"{folder}/{item.name}" if folder else item.name
        if item.is_dir(follow_symlinks=False):
            yield from _files(root, path, rules)
        elif rules.travels(path, is_folder=False):
            yield path


def _outside(checkout: Checkout, path: Path) -> Why:
    work = tuple(_of_the_environment(checkout, path))
    because = f"it is outside of the app's folder{_place(checkout, 'app.path')}"
    return Why(path=str(path), what="outside", sent=False, sent_because=because, kinds={}, work=work)


def _reason(checkout: Checkout, found: Verdict) -> str:
    """What decides, as a place and a pattern; "" where nothing does."""
    about = f", which names the folder {found.folder}" if found.folder else ""
    if found.source == "devenv":
        always = "always" if found.travels else "never"
        return f"`{found.pattern}` {always} travels{about}"
    place = found.source
    if found.source == OWN_SETTING:
        origin = checkout.environment.origin_of(f"{OWN_SETTING}.{found.line - 1}")
        place = f"{OWN_SETTING}, {origin.place}" if origin else OWN_SETTING
    elif found.line:
        place = f"{found.source}:{found.line}"
    return f"{place} says `{found.pattern}`{about}" if found.pattern else place


def _of_the_environment(checkout: Checkout, path: Path) -> Iterator[str]:
    """What devenv.yaml and the files that it names say of the environment."""
    absolute = path.resolve()
    environment = checkout.environment
    for file in environment.app.dependencies.files:
        if absolute == (checkout.app_folder / file.path).resolve():
            place = _place(checkout, "app.dependencies")
            yield f"it says what is installed{place}: packages follow, while devenv watches"
            return
    for service in environment.services:
        if absolute in {(checkout.root / file).resolve() for file in service.followed}:
            key = f"services.{service.name}"
            yield f"{service.name} works from it, and is made anew{_place(checkout, key)}"
            return
    if absolute in {file.resolve() for file in checkout.files}:
        yield "the environment is read from it: an edit is followed at once, and what differs is made anew"


def _place(checkout: Checkout, key: str) -> str:
    origin = checkout.environment.origin_of(key)
    return f" ({key}, {origin.place})" if origin else f" ({key})"


def _of_rules(acting: Iterable[Rule]) -> Iterator[str]:
    for rule in acting:
        says = rule.says
        if says.run:
            yield f"{rule}: runs `{as_written(says.run)}` in {says.process or 'the process that serves'}"
        if says.restart:
            yield f"{rule}: starts {', '.join(says.restart)} anew from cold"
        if says.rebuild:
            yield f"{rule}: the image is built anew"
        if says.ignore:
            yield f"{rule}: no reaction of devenv's own"


def _of_translations(path: str) -> Iterator[str]:
    if is_translation(path):
        yield "it is compiled in the container, and translations are read anew"


# What the agents say


def _effects(
    agents: Carriers | None, checkout: Checkout, rows: Sequence[tuple[str, str]]
) -> tuple[Effect, ...]:
    """On each process, in devenv.yaml's order; those that do not run cannot say."""
    names = checkout.process_names()
    if agents is None or not names:
        return tuple(
            Effect(process=name, state="", action="unknown", cause="no engine answers") for name in names
        )
    with ThreadPoolExecutor(len(names)) as pool:
        return tuple(pool.map(lambda name: _effect(name, agents, rows), names))


def _effect(name: str, carriers: Carriers, rows: Sequence[tuple[str, str]]) -> Effect:
    try:
        answer = ask(name, carriers.connect, Explain([[kind, path] for kind, path in rows]), Explained)
    except DevenvError as error:
        cause = f"{error.summary}; {error.hint}" if error.hint else error.summary
        return Effect(process=name, state="", action="unknown", cause=cause)
    return effect_of(answer)


def effect_of(answer: Explained) -> Effect:
    """What an agent's answer comes to: the decision that reaches furthest back."""
    nothing = Effect(
        process=answer.process, state=answer.state, action="none", cause="", records=answer.records
    )
    effects = [
        replace(
            nothing,
            action=action,
            rung=rung,
            cause=cause,
            before=before,
            obstacle=obstacle,
            position=position + 1,
        )
        for _, action, rung, cause, before, obstacle, position in answer.decisions
    ]
    acting = [effect for effect in effects if effect.action != "none"]
    if not acting:
        return effects[0] if effects else nothing
    furthest = min(acting, key=lambda each: (each.action != "reload", each.rung != "cold", each.position))
    return replace(furthest, files=len(acting))
