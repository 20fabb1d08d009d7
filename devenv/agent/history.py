"""What a process of the app looked up and loaded, in order; and what a change means for it. Pure.

A history is a list of records [kind, name]:
  FILE    a project file that became a module, relative to the source root
  MISS    a module name that was looked for where a project file could answer, and none did
  USES    a third-party module whose presence matters to a reaction
  BLIND   a module by which child processes begin anew: nobody sees what those load
A checkpoint is a position in it: the number of records made before it. It may be resumed after a change
when no record before its position is touched by that change.
"""

from __future__ import annotations

from typing import Callable, List, NamedTuple, Optional, Sequence

FILE = "file"
MISS = "miss"
BLIND = "blind"
USES = "uses"

RESETS = {"template": "django.template.loaders.cached", "translation": "django.utils.translation.trans_real"}
KEEPERS = {
    **{module: module for module in RESETS.values()},
    "django.template.backends.jinja2": RESETS["template"],
}
"""The modules that keep what they read, and as what their use is noted."""
SPAWNS = ("multiprocessing.popen_spawn_posix", "multiprocessing.popen_forkserver")
RESTART = "restart"
MISSED = "changes that it was not told of"  # a restart without a path
CODE = "code"
MODULES = "modules"

Record = List[str]
History = Sequence[Record]


class Touch(NamedTuple):
    """The earliest record that a change reaches. path: the changed one; cause: how it reaches it."""

    position: int
    cause: str


def meant_for(name: str, reactions: Sequence[Sequence[str]]) -> List[List[str]]:
    """The reactions that concern the process `name`: a kind may end with `@` and the one that it is for."""
    rows = [(*kind.partition("@")[::2], path) for kind, path in reactions]
    return [[kind, path] for kind, process, path in rows if process in ("", name)]


COLD = -1
"""A position that no checkpoint can have: everything must start anew."""


def earliest_touch(
    history: History, reactions: Sequence[Sequence[str]], is_package: Callable[[str], bool]
) -> Optional[Touch]:
    """Where the changes reach into `history`, or None when they do not.

    is_package: whether a folder (relative to the root) has an __init__.py.
    """
    touches = [
        touch for kind, path in reactions for touch in [_touch(history, kind, path, is_package)] if touch
    ]
    return min(touches, default=None, key=lambda touch: touch.position)


def _touch(history: History, kind: str, path: str, is_package: Callable[[str], bool]) -> Optional[Touch]:
    if kind == RESTART:
        return Touch(COLD, "%s is read before anything else" % path if path else MISSED)
    if kind not in (CODE, MODULES):
        return None
    position = _index(history, [FILE, path])
    if position is not None:
        return Touch(position, path)
    touches = [_touch_of_children(history, path)]
    if kind == MODULES:
        touches.append(_touch_of_new_name(history, path, is_package))
    return min(filter(None, touches), default=None, key=lambda touch: touch.position)


def _touch_of_children(history: History, path: str) -> Optional[Touch]:
    """What this process has not loaded, its children may have."""
    blind = next((position for position, record in enumerate(history) if record[0] == BLIND), None)
    return None if blind is None else Touch(blind, "%s (what child processes load cannot be seen)" % path)


def _touch_of_new_name(history: History, path: str, is_package: Callable[[str], bool]) -> Optional[Touch]:
    """A file that came or went, not loaded: it may shadow a module, or its package may list its folder."""
    names = path[: -len(".py")].split("/") if path.endswith(".py") else path.split("/")
    found = [
        Touch(position, "%s: a module %r was looked for" % (path, name))
        for position, (kind, name) in enumerate(history)
        if kind == MISS and name.rpartition(".")[2] in names
    ]
    folder = path.rpartition("/")[0]
    while folder and not is_package(folder):
        folder = folder.rpartition("/")[0]
    listed = _index(history, [FILE, folder + "/__init__.py"]) if folder else None
    if listed is not None:
        found.append(Touch(listed, "%s came or went in the package %s" % (path, folder)))
    return min(found, default=None, key=lambda touch: touch.position)


def _index(history: History, record: Record) -> Optional[int]:
    try:
        return list(history).index(record)
    except ValueError:
        return None
