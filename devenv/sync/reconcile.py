"""What must move so that both sides agree; pure.

Three manifests meet: the host's, the container's, and the one that the host last gave. Invariants:

1. A path on which host and container agree is never moved.
2. The host is never changed but by `pulls`, and a pull never replaces what the host changed since it gave it.
3. What the container wrote (it differs from what was given) is never overwritten or removed unless it is in
   `conflicts`, which are fetched and put aside first.
4. What the container wrote and nobody asked for is in `kept`, left alone and told.
5. After the transfer, host and container agree but for `kept`; reconciling again yields nothing to move.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from devenv.agent.tree import FILE, FOLDER, Entry, Manifest
from devenv.changes import ChangeKind, PathChange
from devenv.sync.ignore import parents

SMALL_TREE = 50
"""Below so many files, losing most of them is a day's work, not an accident."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Transfer:
    """What to do, each in an order that works.

    `conflicts` are also in `push` or `removals`; their content is fetched before. `adopt`: equal on both
    sides but unknown as given; sent again so that a later removal is understood. `halt`: why a human must
    decide first, else "".
    """

    push: Mapping[str, Entry] = field(default_factory=dict)
    adopt: Mapping[str, Entry] = field(default_factory=dict)
    removals: tuple[str, ...] = ()
    pulls: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    halt: str = ""

    def is_empty(self) -> bool:
        """Whether nothing moves."""
        return not (self.push or self.adopt or self.removals or self.pulls)


def reconcile(
    host: Manifest, remote: Manifest, given: Manifest, is_pulled: Callable[[str], bool]
) -> Transfer:
    """How to make `remote` what `host` is, with what containers made under the pull patterns kept.

    is_pulled: whether the host wants a file at that path when a container makes or changes it.
    """
    push: dict[str, Entry] = {}
    adopt: dict[str, Entry] = {}
    removals: set[str] = set()
    pulls: set[str] = set()
    kept: set[str] = set()
    for path in {**host, **remote}:
        ours, theirs, last = host.get(path), remote.get(path), given.get(path)
        if ours == theirs:
            if last != ours and ours is not None:
                adopt[path] = ours
        elif theirs is None or theirs == last or ours != last or _is_swap(ours, theirs):
            _host_decides(path, ours, push, removals)
        elif theirs.kind == FILE and (ours is None or ours.kind == FILE) and is_pulled(path):
            pulls.add(path)
        else:
            kept.add(path)
    _settle_folders(host, removals, pulls, kept)
    touched = push.keys() | removals
    conflicts = {
        path for path in touched if _written_there(remote.get(path), given.get(path), host.get(path))
    }
    return Transfer(
        push=dict(sorted(push.items())),
        adopt=dict(sorted(adopt.items())),
        removals=children_first(removals),
        pulls=tuple(sorted(pulls)),
        conflicts=tuple(sorted(conflicts)),
        kept=tuple(sorted(kept)),
        halt=too_much_removed(remote, removals),
    )


def _is_swap(ours: Entry | None, theirs: Entry) -> bool:
    """A folder on one side only: what is below it on that side leaves no room for the other."""
    return ours is not None and FOLDER in (ours.kind, theirs.kind)


def _host_decides(path: str, ours: Entry | None, push: dict[str, Entry], removals: set[str]) -> None:
    if ours is None:
        removals.add(path)
    else:
        push[path] = ours


def _written_there(theirs: Entry | None, last: Entry | None, ours: Entry | None) -> bool:
    return theirs is not None and theirs.kind != FOLDER and theirs not in (last, ours)


def _settle_folders(host: Manifest, removals: set[str], pulls: set[str], kept: set[str]) -> None:
    """Make the decisions of single paths possible together.

    A file or link of the host's where the container has a folder: the folder's content gives way.
    A folder that the host removed while the container wrote into it: the folder stays with what was written.
    """
    for path in sorted(kept | pulls):
        if any((entry := host.get(parent)) is not None and entry.kind != FOLDER for parent in parents(path)):
            kept.discard(path)
            pulls.discard(path)
            removals.add(path)
    for path in kept | pulls:
        removals.difference_update(parents(path))
    for path in pulls:
        kept.difference_update(parents(path))


def removals_of_changed_kinds(push: Manifest, remote: Manifest) -> tuple[str, ...]:
    """What must go before it is written anew: a folder that becomes a file, or a file that becomes one."""
    return children_first(
        path
        for path, entry in push.items()
        if (there := remote.get(path)) is not None and there.kind != entry.kind and _is_swap(entry, there)
    )


def children_first(paths: Iterable[str]) -> tuple[str, ...]:
    """`paths` in an order in which each can be removed."""
    return tuple(sorted(paths, reverse=True))


def too_much_removed(remote: Manifest, removals: Iterable[str]) -> str:
    """Why removing so much needs a human, or "": more than half of the files of a tree that is not small."""
    files = sum(entry.kind != FOLDER for entry in remote.values())
    going = sum(1 for path in removals if path in remote and remote[path].kind != FOLDER)
    if files <= SMALL_TREE or going * 2 <= files:
        return ""
    return f"{going} of {files} files would be removed from the containers"


def differences(host: Manifest, remote: Manifest, paths: Iterable[str]) -> tuple[PathChange, ...]:
    """What the container will see of `paths` once the host's state is there."""
    changes = []
    for path in sorted(set(paths)):
        ours, theirs = host.get(path), remote.get(path)
        if ours != theirs:
            changes.append(PathChange(path, _kind(ours, theirs)))
    return tuple(changes)


def _kind(ours: Entry | None, theirs: Entry | None) -> ChangeKind:
    if ours is None:
        return ChangeKind.DELETED
    return ChangeKind.CREATED if theirs is None else ChangeKind.MODIFIED


def tree_hash(manifest: Manifest) -> str:
    """One digest for a whole tree: equal exactly when the manifests are."""
    hasher = hashlib.blake2b(digest_size=16)
    for path, entry in sorted(manifest.items()):
        hasher.update(repr((path, *entry)).encode())
    return hasher.hexdigest()
